import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { SmtpSettings } from '../smtp-mailer.ts';

const settings = {
  host: '127.0.0.1',
  user: null,
  password: null,
  from: 'offhook@example.org',
  security: 'none',
  stepMsMax: 5_000,
} as const satisfies Partial<SmtpSettings>;

/** A mail server that keeps what it takes; `options` say what it does not take. */
export async function mailServer(t: TestContext, options: SMTPServerOptions = {}) {
  const received: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push(Buffer.concat(chunks).toString());
        done();
      });
    },
    ...options,
  });
  // Clients that hang up in the middle are part of the tests.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  return { received, settings: { ...settings, port } };
}

/**
 * A mail server in words: `answer` is given each line of the client with its socket and says what
 * comes back; `null`: nothing, it hangs.
 */
export async function scriptedMailServer(
  t: TestContext,
  answer: (line: string, socket: Socket) => string | null,
) {
  const closed = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.once('close', () => closed.resolve());
    socket.on('error', () => undefined);
    const say = (text: string | null) => text !== null && socket.write(`${text}\r\n`);
    say('220 localhost');
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n')) {
        if (line !== '') say(answer(line, socket));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { settings: { ...settings, port }, clientGone: closed.promise };
}

/** What a server says to a mail up to its text, by the first word of the client's line. */
export const mailReplies: Readonly<Record<string, string>> = {
  EHLO: '250 localhost',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
};
