import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { createConverterFactory } from '../audio/converter.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import { systemClock } from '../runtime/clock.ts';
import { seededRandom } from '../runtime/random.ts';
import { TcpListener } from '../runtime/tcp-socket.ts';
import { defaultWebSocketLimits, webSocketConnector } from '../runtime/web-socket.ts';
import {
  AudioSocketTransport,
  defaultAudioSocketOptions,
} from '../transports/audiosocket/server.ts';
import { audioSocketFormats } from '../transports/audiosocket/wire.ts';
import type { Leg } from '../transports/transport.ts';
import { AriClient } from './ari.ts';
import { AriCalls } from './ari-calls.ts';
import { AriChannels } from './ari-channels.ts';
import { CallRegistry } from './call-registry.ts';
import { SecondLegs } from './second-legs.ts';
import { FakeAri } from './testing/fake-ari.ts';

const account = { user: 'offhook', password: 'secret', app: 'offhook' };
const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';
const endpoint = 'PJSIP/kitchen';

/** All of our side of Asterisk but a session: legs are kept as they come. */
async function connect(t: TestContext) {
  const clock = systemClock();
  const [log, metrics, random] = [recordingLog(), recordingMetrics(), seededRandom(1)];
  const fake = await FakeAri.start({ ...account, clock });
  const registry = new CallRegistry({ clock, log, metrics, destinations: new Map() });
  const connectSocket = webSocketConnector(defaultWebSocketLimits);
  const client = new AriClient(
    { clock, log, metrics, fetch, connect: connectSocket },
    { ...account, requestMsMax: 2_000, url: fake.url },
  );
  const channels = new AriChannels(clock);
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 });
  const media = () => ({ externalHost: `127.0.0.1:${listener.port}`, format: 'slin' });
  const shared = { client, channels, registry, random, clock, log, media };
  const calls = new AriCalls(shared);
  const seconds = new SecondLegs(shared);
  const legs: Leg[] = [];
  const converterOf = createConverterFactory(createResamplerFactory());
  const format = audioSocketFormats.slin;
  const transport = new AudioSocketTransport(
    {
      ...{ clock, log, metrics, listener, converterOf, format },
      calls: registry,
      farEndDelayMs: 0,
    },
    { ...defaultAudioSocketOptions, requireRegistered: true },
  );
  const door = await transport.listen((leg) => {
    if (seconds.claim(leg)) return;
    leg.open(() => undefined);
    legs.push(leg);
  });
  client.open({
    onEvent(event) {
      calls.onEvent(event);
      channels.onEvent(event);
    },
    onChannels: (ids) => channels.onChannels(ids),
  });
  t.after(async () => {
    client.close();
    await fake.close();
    await door.close();
  });
  await fake.connected();
  return { fake, board: fake.board, calls, seconds, legs, log };
}

const ringing = (signal: AbortSignal = new AbortController().signal) => ({
  ...{ endpoint, callerId: null, ringMsMax: 5_000 },
  signal,
});

test('[V11] a caller of Stasis() comes as a leg, and goes back to the dialplan', async (t) => {
  const { fake, board, calls, legs } = await connect(t);
  const caller = board.callIn([uuid.toUpperCase()], '+250788000001');
  await fake.settled(() => legs.length === 1 && caller.bridge?.channels.size === 2);
  assert.equal(legs[0]?.id, uuid);
  assert.equal(legs[0]?.call.callerNumber, '+250788000001');
  assert.ok(calls.has(uuid));
  legs[0].send({ type: 'hang-up' });
  await fake.settled(() => caller.isContinued && board.bridges.size === 0 && !calls.has(uuid));
});

test('a channel that brings no UUID, or one that is live, is given back at once', async (t) => {
  const { fake, board, legs } = await connect(t);
  const nameless = board.callIn([]);
  await fake.settled(() => nameless.isContinued);
  board.callIn([uuid]);
  await fake.settled(() => legs.length === 1);
  const double = board.callIn([uuid]);
  await fake.settled(() => double.isContinued);
  assert.equal(legs.length, 1);
});

test('a call that cannot be joined with us goes on in the dialplan', async (t) => {
  const { fake, board, calls } = await connect(t);
  const body = '{"message":"Allocation failed"}';
  fake.faults.push({ on: 'POST /channels/externalMedia', fault: { status: 500, body } });
  const caller = board.callIn([uuid]);
  await fake.settled(() => caller.isContinued && board.bridges.size === 0 && !calls.has(uuid));
});

test('a caller who hung up while no events came is known to be gone', async (t) => {
  const { fake, board, calls, legs } = await connect(t);
  const caller = board.callIn([uuid]);
  await fake.settled(() => legs.length === 1 && caller.bridge?.channels.size === 2);
  fake.dropEvents();
  board.hangUp(caller);
  await fake.settled(() => board.channels.size === 0 && !calls.has(uuid));
});

test('[V11] music plays on hold, and stops when the caller is back', async (t) => {
  const { fake, board, calls, legs } = await connect(t);
  const caller = board.callIn([uuid]);
  await fake.settled(() => legs.length === 1 && caller.bridge?.channels.size === 2);
  await calls.hold(uuid);
  assert.deepEqual([caller.isOnMusic, caller.bridge], [true, null]);
  await calls.resume(uuid);
  assert.deepEqual([caller.isOnMusic, caller.bridge?.channels.size], [false, 2]);
  await assert.rejects(calls.hold('no-such-call'), /not in the hands of ARI/);
});

for (const [manner, answer] of [
  ['is-busy', 'busy'],
  ['rejects', 'rejected'],
] as const) {
  test(`[V11] a telephone that ${manner} is told from one that is not there`, async (t) => {
    const { board, seconds } = await connect(t);
    assert.equal(await seconds.call(ringing()), 'failed');
    board.manners.set(endpoint, { manner, afterMs: 1 });
    assert.equal(await seconds.call(ringing()), answer);
    assert.equal(board.channels.size, 0);
  });
}

test('[V11] who picks up comes as a leg that is no new call, and is dropped whole', async (t) => {
  const { fake, board, seconds, legs } = await connect(t);
  board.manners.set(endpoint, { manner: 'picks-up', afterMs: 1 });
  const second = await seconds.call(ringing());
  assert.ok(typeof second === 'object');
  assert.equal(legs.length, 0);
  assert.equal(board.bridge(second.bridgeId).channels.size, 2);
  second.drop();
  second.drop();
  await fake.settled(() => board.channels.size === 0 && board.bridges.size === 0);
});

test('[V11] a telephone stops ringing when the caller has gone', async (t) => {
  const { fake, board, seconds } = await connect(t);
  board.manners.set(endpoint, { manner: 'rings', afterMs: 1 });
  const gone = new AbortController();
  const calling = seconds.call(ringing(gone.signal));
  await fake.settled(() => board.phoneAt(endpoint) !== undefined);
  gone.abort();
  assert.equal(await calling, 'no-answer');
  await fake.settled(() => board.channels.size === 0);
});
