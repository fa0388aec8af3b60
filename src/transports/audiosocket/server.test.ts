import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audioSocketRig, recordEvents, someUuid } from '../../../sim/audiosocket-rig.ts';
import { PipeListener } from '../../../sim/byte-pipe.ts';
import { CallRegistry } from '../../asterisk/call-registry.ts';
import { seededRandom } from '../../runtime/random.ts';
import { encodeUuid, messageKind } from './wire.ts';

type Rig = Awaited<ReturnType<typeof audioSocketRig>>;

const hangUpMessage = { kind: messageKind.hangUp, payload: new Uint8Array(0) };
const otherUuid = '00000000-0000-4000-8000-000000000001';

function limitCount(rig: Rig, limit: string): number {
  return rig.metrics.values.get(`offhook_limits_total/${limit}`) ?? 0;
}

function announced(rig: Rig): CallRegistry {
  return new CallRegistry({ ...rig, destinations: new Map() });
}

test('[V1] no leg before the whole UUID has come, and unknown UUIDs get defaults', async () => {
  const rig = await audioSocketRig();
  const { caller } = rig.connect();
  const bytes = encodeUuid(someUuid);
  caller.sendRaw(bytes.subarray(0, 18));
  rig.clock.advance(100);
  assert.equal(rig.legs.length, 0);
  caller.sendRaw(bytes.subarray(18));
  rig.clock.advance(100);
  assert.equal(rig.legs.length, 1);
  assert.deepEqual(rig.legs[0]?.call, { callId: someUuid, variables: {} });
  assert.equal(rig.legs[0]?.trust, 'anonymous');
});

test('what comes in one piece with the UUID belongs to the call', async () => {
  const rig = await audioSocketRig();
  const { caller } = rig.connect();
  caller.sendRaw(Buffer.concat([encodeUuid(someUuid), Buffer.from('0300', 'hex')]));
  rig.clock.advance(10);
  const leg = rig.legs[0];
  assert.ok(leg);
  const events = recordEvents(leg);
  caller.sendRaw(Buffer.from('0138', 'hex'));
  rig.clock.advance(10);
  assert.deepEqual(events, [{ type: 'caller-digit', digit: '8' }]);
});

test('[V1] connecting and closing without a UUID is no error', async () => {
  const rig = await audioSocketRig();
  for (const leave of ['hangUp', 'reset'] as const) {
    const { caller } = rig.connect();
    caller.sendRaw(Uint8Array.of(1, 0));
    rig.clock.advance(10);
    caller[leave]();
    rig.clock.advance(10_000);
  }
  assert.deepEqual(rig.log.lines, []);
  assert.equal(rig.metrics.values.size, 0);
  assert.equal(rig.legs.length, 0);
  assert.equal(rig.clock.pendingCount, 0);
});

test('a UUID that trickles is waited for 2 s in all, a silent call for ever', async () => {
  const rig = await audioSocketRig();
  const { caller } = rig.connect();
  for (const byte of encodeUuid(someUuid).subarray(0, 15)) {
    rig.clock.advance(140);
    caller.sendRaw(Uint8Array.of(byte));
  }
  rig.clock.advance(10);
  assert.equal(caller.endedHow, 'reset');
  assert.equal(limitCount(rig, 'audiosocket-uuid-timeout'), 1);
  const events = recordEvents(rig.call().leg);
  rig.clock.advance(3_600_000);
  assert.deepEqual(events, []);
});

test('who does not speak AudioSocket is reset at the first wrong byte', async () => {
  const rig = await audioSocketRig();
  const { caller } = rig.connect();
  caller.sendRaw(Buffer.from('GET / HTTP/1.1\r\n'));
  rig.clock.advance(10);
  assert.equal(caller.endedHow, 'reset');
  assert.equal(limitCount(rig, 'audiosocket-uuid-malformed'), 1);
});

test('[V1] a live UUID is never opened twice, an ended one may come again', async () => {
  const rig = await audioSocketRig();
  const first = rig.call();
  const { caller: second } = rig.connect();
  second.sendUuid(someUuid);
  rig.clock.advance(10);
  assert.equal(rig.legs.length, 1);
  assert.deepEqual(second.heard, [hangUpMessage]);
  assert.equal(limitCount(rig, 'audiosocket-uuid-live'), 1);
  first.caller.hangUp();
  rig.clock.advance(10);
  rig.call();
  assert.equal(rig.legs.length, 2);
});

test('[V1] with require_registered only announced calls come in, each once', async () => {
  const world = await audioSocketRig();
  const calls = announced(world);
  const server = { requireRegistered: true };
  const rig = await audioSocketRig({ calls, server, clock: world.clock });
  const arrive = () => {
    const { caller } = rig.connect();
    caller.sendUuid(someUuid);
    rig.clock.advance(10);
    return caller;
  };
  assert.deepEqual(arrive().heard, [hangUpMessage]);
  calls.announce({ uuid: someUuid, callerNumber: '+356', variables: { table: '4' } });
  const admitted = arrive();
  assert.equal(rig.legs[0]?.call.callerNumber, '+356');
  admitted.hangUp();
  rig.clock.advance(10);
  assert.deepEqual(arrive().heard, [hangUpMessage], 'used up');
  assert.equal(rig.legs.length, 1);
  assert.equal(limitCount(rig, 'audiosocket-unregistered'), 2);
});

test('only listed addresses may connect; an empty list is loopback', async () => {
  const loopback = await audioSocketRig();
  loopback.call(someUuid, '::1');
  const { caller } = loopback.connect('192.0.2.7');
  loopback.clock.advance(10);
  assert.equal(caller.endedHow, 'reset');
  const rig = await audioSocketRig({ server: { allow: ['192.0.2.0/24', '2001:db8::1'] } });
  rig.call(someUuid, '192.0.2.7');
  rig.call(otherUuid, '2001:db8::1');
  for (const stranger of ['127.0.0.1', '192.0.3.7', '2001:db8::2', '', 'nonsense']) {
    const { caller: refused } = rig.connect(stranger);
    rig.clock.advance(10);
    assert.equal(refused.endedHow, 'reset', stranger);
  }
  assert.equal(limitCount(rig, 'audiosocket-allow'), 5);
});

test('[O3] a listener that others can reach does not start without a list of who may', async () => {
  const listener = new PipeListener({ clock: (await audioSocketRig()).clock }, '0.0.0.0');
  await assert.rejects(audioSocketRig({ listener }), { code: 'LISTEN_UNSAFE' });
  await audioSocketRig({ listener, server: { allow: ['10.0.0.0/8'] } });
  for (const entry of ['', 'pbx.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.1/8/8', '::1/129']) {
    await assert.rejects(audioSocketRig({ server: { allow: [entry] } }), {
      code: 'CONFIG_INVALID',
    });
  }
});

test('connections per peer and per second are limited, others not disturbed', async () => {
  const random = seededRandom(5);
  const peer = { connectionsMax: 10, connectionsPerSecondMax: 4 };
  const rig = await audioSocketRig({ server: { allow: ['192.0.2.0/24'], peer } });
  const legsOf = (address: string, attempts: number): number => {
    const before = rig.legs.length;
    for (let index = 0; index < attempts; index += 1) {
      rig.connect(address).caller.sendUuid(random.uuid());
    }
    rig.clock.advance(5);
    return rig.legs.length - before;
  };
  assert.equal(legsOf('192.0.2.1', 9), 4);
  assert.equal(legsOf('192.0.2.2', 1), 1);
  assert.equal(limitCount(rig, 'audiosocket-peer-rate'), 5);
  rig.clock.advance(1000);
  assert.equal(legsOf('192.0.2.1', 4), 4);
  rig.clock.advance(1000);
  assert.equal(legsOf('192.0.2.1', 4), 2);
  assert.equal(limitCount(rig, 'audiosocket-peer-connections'), 2);
  rig.legs[0]?.send({ type: 'hang-up' });
  rig.clock.advance(1000);
  assert.equal(legsOf('192.0.2.1', 4), 1, 'one has left');
});

test('connections without a UUID are limited in all', async () => {
  const rig = await audioSocketRig({ server: { waitingMax: 3 } });
  const callers = Array.from({ length: 5 }, () => rig.connect().caller);
  rig.clock.advance(10);
  assert.equal(callers.filter(({ endedHow }) => endedHow === 'reset').length, 2);
  assert.equal(limitCount(rig, 'audiosocket-waiting'), 2);
});

test('refusals are logged once a minute for a peer, with how many were not', async () => {
  const rig = await audioSocketRig();
  for (let index = 0; index < 200; index += 1) {
    rig.connect(`192.0.2.${index % 7}`);
    rig.clock.advance(400);
  }
  assert.deepEqual(
    rig.log.lines.map(({ fields: { untoldCount } }) => untoldCount),
    [0, 149],
  );
  assert.equal(limitCount(rig, 'audiosocket-allow'), 200);
});

test('closing the server resets who waits and leaves calls alone', async () => {
  const rig = await audioSocketRig();
  const { leg } = rig.call();
  const events = recordEvents(leg);
  const { caller } = rig.connect();
  rig.clock.advance(10);
  await rig.closer.close();
  await rig.closer.close();
  rig.clock.advance(10);
  assert.equal(caller.endedHow, 'reset');
  assert.deepEqual(events, []);
  assert.equal(rig.metrics.values.size, 0);
});
