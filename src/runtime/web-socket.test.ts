import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import type { MessageSocket, MessageSocketEvents, SocketClose } from './message-socket.ts';
import { defaultWebSocketLimits, webSocketConnector } from './web-socket.ts';

const connect = webSocketConnector(defaultWebSocketLimits);
const noEvents: MessageSocketEvents = {
  onOpen: () => undefined,
  onMessage: () => undefined,
  onClose: () => undefined,
};

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return `ws://127.0.0.1:${port}/v1/realtime?model=m`;
}

function closed(url: string, onOpen?: (socket: MessageSocket) => void): Promise<SocketClose> {
  return new Promise((resolve) => {
    const headers = { Authorization: 'Bearer k' };
    const socket = connect(
      { url, headers },
      { ...noEvents, onOpen: () => onOpen?.(socket), onClose: resolve },
    );
  });
}

test('a message of any length arrives as it was sent', async () => {
  const server = createServer();
  const url = await listening(server);
  const far = new WebSocketServer({ server });
  const lengths = [0, 1, 125, 126, 127, 128, 129, 1_327, 4_087, 4_088, 4_089, 65_535, 65_536];
  const messages = lengths.map((length, at) => String.fromCharCode(97 + at).repeat(length));
  const burst = Array.from({ length: 2_000 }, (_, at) => `${at}`.padStart(4_000, '-'));
  const heard: string[] = [];
  const done = new Promise<void>((resolve) => {
    far.on('connection', (peer) => {
      peer.on('message', (data) => {
        heard.push(String(data));
        if (heard.length === messages.length + burst.length) resolve();
      });
    });
  });
  const ended = closed(url, (socket) => {
    const reused = Buffer.alloc(70_000);
    let bufferedBytesMax = 0;
    for (const message of [...messages, ...burst]) {
      reused.write(message);
      socket.send(reused.subarray(0, message.length));
      reused.fill('?');
      bufferedBytesMax = Math.max(bufferedBytesMax, socket.bufferedBytes);
    }
    assert.ok(bufferedBytesMax > 1_000_000, 'the kernel did not take it all at once');
    void done.then(() => socket.close(1000, 'done'));
  });
  await done;
  assert.ok(heard.every((message, at) => message === [...messages, ...burst][at]));
  assert.equal((await ended).code, 1000);
  far.close();
  server.close();
});

test('bytes may be reused as soon as send returns, and arrive as text in order', async () => {
  const server = createServer();
  const url = await listening(server);
  const far = new WebSocketServer({ server });
  const heard: string[] = [];
  const done = new Promise<void>((resolve) => {
    far.on('connection', (peer, request) => {
      heard.push(String(request.headers.authorization));
      peer.on('message', (data, isBinary) => {
        heard.push(`${isBinary ? 'binary' : 'text'} ${String(data)}`);
        if (heard.length === 4) resolve();
      });
    });
  });
  const reused = Buffer.alloc(100_000);
  const ended = closed(url, (socket) => {
    for (const letter of 'ab') socket.send(reused.fill(letter));
    reused.fill('x');
    socket.send('{"é":1}');
    void done.then(() => socket.close(1000, 'done'));
  });
  await done;
  const letters = (letter: string) => `text ${letter.repeat(reused.length)}`;
  assert.deepEqual(heard, ['Bearer k', letters('a'), letters('b'), 'text {"é":1}']);
  assert.equal((await ended).code, 1000);
  far.close();
  server.close();
});

test('messages and pongs arrive, and methods after the close do nothing', async () => {
  const server = createServer();
  const url = await listening(server);
  const far = new WebSocketServer({ server });
  far.on('connection', (peer) => {
    peer.send('{"type":"session.created"}');
    peer.on('ping', () => peer.close(1001, 'going'));
  });
  const seen: string[] = [];
  const socket = await new Promise<MessageSocket>((resolve) => {
    const opened = connect(
      { url, headers: {} },
      {
        onOpen: () => seen.push('open'),
        onMessage: (message) => {
          seen.push(message.toString());
          opened.ping(() => seen.push('pong'));
        },
        onClose: ({ code, reason }) => {
          seen.push(`${code} ${reason}`);
          resolve(opened);
        },
      },
    );
  });
  socket.send('late');
  socket.ping(() => seen.push('never'));
  socket.close(1000, '');
  assert.deepEqual(seen, ['open', '{"type":"session.created"}', 'pong', '1001 going']);
  far.close();
  server.close();
});

test('a refused upgrade ends with the status and at most 4 kB of the body', async () => {
  const server = createServer();
  const url = await listening(server);
  server.on('upgrade', (_request, socket) => {
    const body = `{"error":{"code":"insufficient_quota"}}${' '.repeat(20_000)}`;
    socket.end(`HTTP/1.1 429 Too Many Requests\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  const close = await closed(url);
  assert.equal(close.code, 1006);
  assert.equal(close.httpStatus, 429);
  assert.equal(close.httpBody?.length, 4_096);
  assert.match(close.httpBody ?? '', /insufficient_quota/);
  server.close();
});

test('an address that nobody listens on, and one that is none, end as a close', async () => {
  const server = createServer();
  const url = await listening(server);
  server.close();
  await once(server, 'close');
  const refused = await closed(url);
  assert.equal(refused.code, 1006);
  assert.match(refused.error?.message ?? '', /ECONNREFUSED/);
  assert.equal((await closed('not an address')).code, 1006);
});

test('closing while the connection opens ends it', async () => {
  const server = createServer();
  const url = await listening(server);
  const close = await new Promise<SocketClose>((resolve) => {
    connect({ url, headers: {} }, { ...noEvents, onClose: resolve }).close(1000, '');
  });
  assert.equal(close.code, 1006);
  server.close();
});
