import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { ByteListener, ByteSocket, ByteSocketEvents } from './byte-socket.ts';
import type { Closer } from './closer.ts';
import { GatewayError } from './errors.ts';

/**
 * Idle time before the operating system asks whether the far host still lives. libuv asks ten
 * times, a second apart (uv_tcp_keepalive): a dead host is found 20 s after its last byte.
 */
const keepAliveAfterMs = 10_000;
/**
 * Every frame leaves at once (no Nagle). Reading is never paused: Asterisk ends a call it cannot
 * write to.
 */
const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs };

const nothing = new Uint8Array(0);

/** A TCP port to listen on. `port` 0 takes a free one, which `port` tells once it listens. */
export class TcpListener implements ByteListener {
  readonly host: string;
  #port: number;

  constructor(address: { readonly host: string; readonly port: number }) {
    this.host = address.host;
    this.#port = address.port;
  }

  get port(): number {
    return this.#port;
  }

  async listen(onSocket: (socket: ByteSocket) => void): Promise<Closer> {
    const server = createServer(socketOptions, (socket) => {
      // Without an address it was reset before we could accept it.
      if (socket.remoteAddress === undefined) socket.destroy();
      else onSocket(new TcpSocket(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(listenFailed(this.host, this.#port, cause)));
      server.listen({ host: this.host, port: this.#port }, resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
    return closerOf(server);
  }
}

/** Connects, or rejects with the operating system's error. Call `listen` on the socket at once. */
export async function connectTcp(address: {
  readonly host: string;
  readonly port: number;
}): Promise<ByteSocket> {
  const socket = createConnection({ ...address, ...socketOptions });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return new TcpSocket(socket);
}

/** Closed as soon as nobody can connect; open sockets go on. */
function closerOf(server: Server): Closer {
  return {
    close: async () => {
      server.close();
    },
  };
}

function listenFailed(host: string, port: number, cause: Error): GatewayError {
  const message = `cannot listen on ${host}:${port}: ${cause.message}`;
  return new GatewayError('LISTEN_FAILED', message, { host, port }, cause);
}

/** IPv4 that came by an IPv6 socket bears its own address. */
function numericAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

class TcpSocket implements ByteSocket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  #error: NodeJS.ErrnoException | null = null;
  #isWaitingForDrain = false;
  #isReset = false;
  #events: ByteSocketEvents | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = numericAddress(socket.remoteAddress);
    this.remotePort = socket.remotePort ?? 0;
    // The reason of the close, which always follows.
    socket.on('error', (error) => {
      this.#error = error;
    });
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  listen(events: ByteSocketEvents): void {
    this.#events = events;
    this.#socket.on('data', (bytes) => this.#events?.onBytes(bytes));
    this.#socket.on('end', () => {
      this.#end('fin');
      this.#socket.destroy();
    });
    this.#socket.on('close', () => this.#end(this.#howClosed(), this.#error ?? undefined));
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > 0) this.#askForDrain();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#isReset = true;
    this.#socket.resetAndDestroy();
  }

  /**
   * Node's own `drain` comes only above its high-water mark: an empty write behind the rest is
   * asked instead. Frames that are taken at once, as nearly all are, cost no callback: 5 % of a
   * call.
   */
  #askForDrain(): void {
    if (this.#isWaitingForDrain) return;
    this.#isWaitingForDrain = true;
    this.#socket.write(nothing, () => {
      this.#isWaitingForDrain = false;
      if (this.#socket.writableLength > 0) this.#askForDrain();
      else this.#events?.onDrain();
    });
  }

  #howClosed(): 'fin' | 'reset' | 'error' {
    if (this.#isReset) return 'reset';
    const code = this.#error?.code;
    if (code === undefined) return 'fin';
    return code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'error';
  }

  #end(how: 'fin' | 'reset' | 'error', error?: Error): void {
    const events = this.#events;
    this.#events = null;
    events?.onEnd(how, error);
  }
}
