import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ByteSocket, ByteSocketEvents } from './byte-socket.ts';
import { connectTcp, TcpListener } from './tcp-socket.ts';

/** Keeps what a socket tells, and lets a test wait for its next event. */
class Heard implements ByteSocketEvents {
  text = '';
  byteCount = 0;
  drainCount = 0;
  readonly ends: string[] = [];
  #wake: () => void = () => undefined;

  onBytes(bytes: Uint8Array): void {
    if (this.byteCount < 1000) this.text += Buffer.from(bytes).toString();
    this.byteCount += bytes.length;
    this.#wake();
  }

  onDrain(): void {
    this.drainCount += 1;
    this.#wake();
  }

  onEnd(how: string): void {
    this.ends.push(how);
    this.#wake();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function connected() {
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 });
  const accepted = Promise.withResolvers<ByteSocket>();
  const atServer = new Heard();
  const closer = await listener.listen((socket) => {
    socket.listen(atServer);
    accepted.resolve(socket);
  });
  const client = await connectTcp({ host: '127.0.0.1', port: listener.port });
  const atClient = new Heard();
  client.listen(atClient);
  return { listener, closer, client, atClient, server: await accepted.promise, atServer };
}

test('bytes and FIN pass both ways, and each side ends once', async () => {
  const { closer, client, atClient, server, atServer } = await connected();
  assert.equal(server.remoteAddress, '127.0.0.1');
  assert.equal(client.remoteAddress, '127.0.0.1');
  client.write(Buffer.from('to server'));
  server.write(Buffer.from('to client'));
  await atServer.until(() => atServer.text === 'to server');
  client.end();
  client.write(Buffer.from('too late'));
  await atServer.until(() => atServer.ends.length > 0);
  await atClient.until(() => atClient.ends.length > 0);
  server.destroy();
  client.destroy();
  await closer.close();
  assert.equal(atClient.text, 'to client');
  assert.equal(atServer.text, 'to server');
  assert.deepEqual([atServer.ends, atClient.ends], [['fin'], ['fin']]);
});

test('destroying one side is a reset at both', async () => {
  const { closer, client, atClient, atServer } = await connected();
  client.destroy();
  await atClient.until(() => atClient.ends.length > 0);
  await atServer.until(() => atServer.ends.length > 0);
  await closer.close();
  assert.deepEqual([atServer.ends, atClient.ends], [['reset'], ['reset']]);
});

test('a small write is taken at once; a large one is buffered until it drains', async () => {
  const { closer, client, atClient, server, atServer } = await connected();
  server.write(new Uint8Array(323));
  assert.equal(server.bufferedBytes, 0);
  const large = new Uint8Array(32 * 1024 * 1024);
  server.write(large);
  assert.ok(server.bufferedBytes > 0);
  await atServer.until(() => atServer.drainCount > 0);
  assert.equal(server.bufferedBytes, 0);
  server.end();
  await atClient.until(() => atClient.ends.length > 0);
  assert.equal(atClient.byteCount, 323 + large.length);
  client.destroy();
  await closer.close();
});

test('after closing, nobody can connect and open sockets go on', async () => {
  const { listener, closer, client, server, atServer } = await connected();
  await closer.close();
  await assert.rejects(connectTcp({ host: '127.0.0.1', port: listener.port }), {
    code: 'ECONNREFUSED',
  });
  client.write(Buffer.from('still here'));
  await atServer.until(() => atServer.text === 'still here');
  server.destroy();
  await atServer.until(() => atServer.ends.length > 0);
});

test('a port that is taken is LISTEN_FAILED, with host and port', async () => {
  const { listener, closer, client, atClient } = await connected();
  const second = new TcpListener({ host: '127.0.0.1', port: listener.port });
  await assert.rejects(
    second.listen(() => undefined),
    { code: 'LISTEN_FAILED', details: { host: '127.0.0.1', port: listener.port } },
  );
  client.destroy();
  await atClient.until(() => atClient.ends.length > 0);
  await closer.close();
});
