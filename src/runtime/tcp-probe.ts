import { createConnection } from 'node:net';

/**
 * Whether somebody takes a TCP connection there within `msMax`. Nothing is sent, and the connection
 * is closed at once. Rejects with why nobody did.
 */
export async function probeTcp(address: {
  readonly host: string;
  readonly port: number;
  readonly msMax: number;
}): Promise<void> {
  const { host, port, msMax } = address;
  const socket = createConnection({ host, port });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(msMax, () => reject(new Error(`no answer within ${msMax} ms`)));
      socket.once('error', reject);
      socket.once('connect', resolve);
    });
  } finally {
    socket.destroy();
  }
}
