import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { systemClock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import { seededRandom } from '../runtime/random.ts';
import { listenRealtime } from './listener.ts';
import { RealtimeServer } from './realtime-server.ts';
import { type EmulatorScriptSource, emulatorScript } from './script.ts';
import { scriptBrain } from './script-brain.ts';

const sound = { kind: 'tone', ms: 500 } as const;
const hello: EmulatorScriptSource = {
  firstDeltaMs: 0,
  speed: 50,
  replies: [{ say: 'Hi.', sound }],
};

async function listen(source: EmulatorScriptSource = hello) {
  const clock = systemClock();
  const script = emulatorScript.parse(source);
  const brain = scriptBrain(script);
  const server = new RealtimeServer({
    clock,
    random: seededRandom(1),
    brain,
    faults: script.faults,
    authorize: (key) => key !== null,
  });
  return await listenRealtime(server, { clock, port: 0 });
}

const bearer = { headers: { authorization: 'Bearer sk-test' } };

test('[B2] a WebSocket client is served, and told when the listener closes', async () => {
  const listener = await listen();
  const socket = new WebSocket(`${listener.url}?model=gpt-realtime`, bearer);
  const types: string[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const { type } = JSON.parse(data.toString());
      types.push(type);
      if (type === 'session.created') socket.send('{"type":"response.create"}');
      if (type === 'rate_limits.updated') resolve();
    });
  });
  await done;
  assert.equal(types.filter((type) => type === 'response.output_audio.delta').length, 5);
  const closed = once(socket, 'close');
  await listener.close();
  const [code] = await closed;
  assert.equal(code, 1001);
});

test('a browser’s key in the subprotocol opens, and only "realtime" is answered', async () => {
  const listener = await listen();
  const offered = ['realtime', 'openai-insecure-api-key.ek_test'];
  const socket = new WebSocket(`${listener.url}?model=gpt-realtime`, offered);
  await once(socket, 'open');
  assert.equal(socket.protocol, 'realtime');
  socket.close();
  await once(socket, 'close');
  await listener.close();
});

test('refusals are HTTP answers with the error as JSON', async () => {
  const listener = await listen();
  const statusOf = async (path: string, options = bearer) => {
    const url = listener.url.replace('/v1/realtime', path);
    const socket = new WebSocket(url, options);
    const [, response] = await once(socket, 'unexpected-response');
    let body = '';
    for await (const piece of response) body += piece;
    return [response.statusCode, JSON.parse(body).error.code];
  };
  const path = '/v1/realtime?model=gpt-realtime';
  assert.deepEqual(await statusOf(path, { headers: { authorization: '' } }), [
    401,
    'invalid_api_key',
  ]);
  assert.deepEqual(await statusOf('/v1/realtime'), [400, 'missing_required_parameter']);
  assert.deepEqual(await statusOf('/v1/else?model=x'), [404, 'unknown_url']);
  await listener.close();
});

test('a connection that drops by script ends without a closing frame', async () => {
  const faults = [{ fault: 'drop', when: { after: 'session.created' } }] as const;
  const listener = await listen({ ...hello, faults: [...faults] });
  const socket = new WebSocket(`${listener.url}?model=gpt-realtime`, bearer);
  const [code] = await once(socket, 'close');
  assert.equal(code, 1006);
  await listener.close();
});

test('a port that is taken is LISTEN_FAILED', async () => {
  const listener = await listen();
  const clock = systemClock();
  const brain = scriptBrain(emulatorScript.parse(hello));
  const server = new RealtimeServer({ clock, random: seededRandom(1), brain });
  await assert.rejects(
    listenRealtime(server, { clock, port: listener.port }),
    (thrown) => thrown instanceof GatewayError && thrown.code === 'LISTEN_FAILED',
  );
  await listener.close();
});
