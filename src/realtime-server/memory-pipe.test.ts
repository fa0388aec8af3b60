import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { seededRandom } from '../runtime/random.ts';
import { connectInMemory } from './memory-pipe.ts';
import { RealtimeServer, type RealtimeServerSetup } from './realtime-server.ts';
import { demoScript } from './script.ts';
import { scriptBrain } from './script-brain.ts';

function pipe(url: string, setup: Partial<RealtimeServerSetup> = {}, headers = {}) {
  const clock = new VirtualClock();
  const brain = scriptBrain(demoScript);
  const server = new RealtimeServer({ clock, random: seededRandom(1), brain, ...setup });
  const log: string[] = [];
  const socket = connectInMemory(server, clock)(
    { url, headers },
    {
      onOpen: () => log.push('open'),
      onMessage: (message) => log.push(JSON.parse(message.toString()).type),
      onClose: (close) => log.push(`close ${close.httpStatus ?? close.code}`),
    },
  );
  return { clock, server, socket, log };
}

const url = 'ws://local/v1/realtime?model=scripted';

test('nothing arrives from inside a call, and the close is the last event of all', () => {
  const { clock, server, socket, log } = pipe(url);
  assert.deepEqual(log, []);
  clock.advance(0);
  assert.deepEqual(log, ['open', 'session.created']);
  socket.send(Buffer.from('{"type":"session.update","session":{"type":"realtime"}}'));
  assert.equal(socket.bufferedBytes, 55);
  assert.equal(log.length, 2);
  clock.advance(0);
  assert.equal(socket.bufferedBytes, 0);
  let pongs = 0;
  socket.ping(() => {
    pongs += 1;
  });
  clock.advance(0);
  assert.equal(pongs, 1);
  socket.close(1000, 'done');
  assert.equal(log.at(-1), 'session.updated');
  socket.send('{}');
  socket.close(1000, 'again');
  clock.advance(10);
  assert.deepEqual(log, ['open', 'session.created', 'session.updated', 'close 1000']);
  assert.equal(server.connectionCount, 0);
  assert.equal(clock.pendingCount, 0);
});

test('bytes may be reused as soon as they are sent', () => {
  const { clock, socket, log } = pipe(url);
  const message = Buffer.from('{"type":"input_audio_buffer.clear"}');
  socket.send(message);
  message.fill(0);
  clock.advance(1);
  assert.equal(log.at(-1), 'input_audio_buffer.cleared');
});

test('who asks for nothing, has no key or finds the house full is refused with a status', () => {
  const statusOf = (...args: Parameters<typeof pipe>) => {
    const { clock, log } = pipe(...args);
    clock.advance(1);
    return log.join();
  };
  assert.equal(statusOf('ws://local/v1/realtime'), 'close 400');
  assert.equal(statusOf(`${url}&intent=transcription`), 'close 400');
  const authorize = (key: string | null) => key === 'sk-mine';
  assert.equal(statusOf(url, { authorize }), 'close 401');
  assert.match(statusOf(url, { authorize }, { Authorization: 'Bearer sk-mine' }), /^open/);
  const offered = 'realtime, openai-insecure-api-key.sk-mine';
  assert.match(statusOf(url, { authorize }, { 'Sec-WebSocket-Protocol': offered }), /^open/);
  assert.equal(statusOf(url, { connectionsMax: 0 }), 'close 429');
});

test('a socket that is closed before it opens is never served', () => {
  const { clock, server, socket, log } = pipe(url);
  socket.close(1000, '');
  clock.advance(1);
  assert.deepEqual(log, ['close 1000']);
  assert.equal(server.connectionCount, 0);
});
