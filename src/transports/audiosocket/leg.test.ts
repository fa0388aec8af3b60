import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audioSocketRig, recordEvents } from '../../../sim/audiosocket-rig.ts';
import { type AudioFormat, frameBytes, mulaw8k, pcm } from '../../audio/format.ts';
import type { ByteSocket } from '../../runtime/byte-socket.ts';
import type { LegEvent } from '../transport.ts';
import { AgentQueue } from './agent-queue.ts';
import { audioSocketFormats, encodeMessage, messageKind } from './wire.ts';

function callerAudioBytes(events: readonly LegEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === 'caller-audio' ? event.length : 0), 0);
}

test('[V1] agent audio goes out under the kind of its format', async () => {
  const kinds = { slin: 0x10, slin16: 0x12, slin24: 0x13, slin48: 0x16, ulaw: 0x10, alaw: 0x10 };
  for (const [name, format] of Object.entries(audioSocketFormats)) {
    const rig = await audioSocketRig({ leg: { format } });
    const { caller, leg } = rig.call();
    const bytes = new Uint8Array(frameBytes(format)).fill(9);
    leg.send({ type: 'agent-audio', bytes, offset: 0, length: bytes.length });
    rig.clock.advance(10);
    assert.deepEqual(caller.heard, [{ kind: Reflect.get(kinds, name), payload: bytes }], name);
  }
});

test('[V1] audio of other kinds is converted to the configured format', async () => {
  const cases: [number, AudioFormat, AudioFormat][] = [
    [messageKind.slin16, pcm(16_000), pcm(8000)],
    [messageKind.slin24, pcm(24_000), pcm(8000)],
    [messageKind.slin48, pcm(48_000), pcm(24_000)],
    [messageKind.slin16, pcm(16_000), mulaw8k],
    [messageKind.slin16, pcm(16_000), pcm(16_000)],
  ];
  for (const [kind, from, format] of cases) {
    const rig = await audioSocketRig({ leg: { format } });
    const { caller, leg } = rig.call();
    const events = recordEvents(leg);
    for (let index = 0; index < 50; index += 1) {
      caller.sendAudio(new Uint8Array(frameBytes(from)), kind);
      rig.clock.advance(20);
    }
    assert.equal(callerAudioBytes(events), 50 * frameBytes(format));
  }
});

test('a message longer than a second is converted without room for all of it', async () => {
  const rig = await audioSocketRig();
  const { caller, leg } = rig.call();
  const events = recordEvents(leg);
  caller.sendAudio(new Uint8Array(64_000), messageKind.slin16);
  rig.clock.advance(10);
  assert.equal(callerAudioBytes(events), 32_000);
  assert.ok(events.every((event) => event.type === 'caller-audio' && event.length <= 320));
});

test('[V1] a rate that is not carried ends the call with AUDIO_RATE_UNSUPPORTED', async () => {
  for (const kind of [0x11, 0x14, 0x15, 0x17, 0x18]) {
    const rig = await audioSocketRig();
    const { caller, leg } = rig.call();
    const events = recordEvents(leg);
    caller.sendAudio(new Uint8Array(480), kind);
    caller.sendAudio(new Uint8Array(320));
    rig.clock.advance(5000);
    const [ended, ...more] = events;
    assert.ok(ended?.type === 'ended' && more.length === 0);
    assert.equal(ended.cause, 'protocol-error');
    assert.equal(ended.error?.code, 'AUDIO_RATE_UNSUPPORTED');
    assert.deepEqual(caller.heard, [{ kind: messageKind.hangUp, payload: new Uint8Array(0) }]);
  }
});

test('[V1] hanging up says 0x00 and then FIN, so that the dialplan goes on', async () => {
  const rig = await audioSocketRig();
  const { caller, leg } = rig.call();
  leg.send({ type: 'hang-up' });
  rig.clock.advance(10);
  assert.deepEqual(caller.heard, [{ kind: messageKind.hangUp, payload: new Uint8Array(0) }]);
  assert.equal(caller.endedHow, 'fin');
});

test('[V19] a caller is trusted as far as the operator vouched for them', async () => {
  for (const [announced, trust] of [
    [{ announcedTrust: 'verified' }, 'verified'],
    [{ callerNumber: '+35621000000', variables: { trust: 'verified' } }, 'anonymous'],
  ] as const) {
    const calls = {
      claim: (callId: string) => ({ callId, variables: {}, ...announced }),
      release: () => undefined,
      transfer: () => undefined,
    };
    const rig = await audioSocketRig({ calls });
    assert.equal(rig.call().leg.trust, trust);
  }
});

test('[V1] a transfer is noted before the line is given back', async () => {
  const noted: string[] = [];
  const calls = {
    claim: () => null,
    release: (callId: string) => noted.push(`released ${callId}`),
    transfer: (callId: string, key: string) => noted.push(`transfer ${callId} ${key}`),
  };
  const rig = await audioSocketRig({ calls });
  const { caller, leg } = rig.call();
  leg.send({ type: 'transfer', destinationKey: 'sales' });
  assert.deepEqual(noted, [`transfer ${leg.id} sales`]);
  rig.clock.advance(10);
  assert.equal(caller.endedHow, 'fin');
  assert.deepEqual(noted, [`transfer ${leg.id} sales`, `released ${leg.id}`]);
});

test('a far end that does not close after a hang-up is reset after 2 s', async () => {
  const rig = await audioSocketRig();
  const { leg, gatewayWire } = rig.call();
  const events = recordEvents(leg);
  gatewayWire.clog();
  leg.send({ type: 'hang-up' });
  rig.clock.advance(1999);
  assert.deepEqual(events, []);
  rig.clock.advance(2);
  assert.deepEqual(events, [{ type: 'ended', cause: 'agent-hung-up' }]);
  rig.clock.advance(10);
  assert.equal(rig.clock.pendingCount, 0, 'nothing of the call is left');
});

test('messages without meaning are passed over, up to sixteen in a call', async () => {
  const rig = await audioSocketRig();
  const { caller, leg } = rig.call();
  const events = recordEvents(leg);
  const meaningless = [
    encodeMessage(0x42, Buffer.from('what')),
    encodeMessage(messageKind.error, Uint8Array.of(4)),
    encodeMessage(messageKind.uuid, new Uint8Array(16)),
    encodeMessage(messageKind.digit, Buffer.from('x')),
  ];
  for (const message of meaningless)
    for (let times = 0; times < 4; times += 1) caller.sendRaw(message);
  // These are known and mean nothing by themselves: never too many.
  for (let times = 0; times < 100; times += 1) {
    caller.sendRaw(encodeMessage(messageKind.silence, new Uint8Array(0)));
    caller.sendAudio(new Uint8Array(0));
    caller.sendAudio(new Uint8Array(1));
  }
  rig.clock.advance(10);
  assert.equal(events.length, 0);
  caller.sendRaw(encodeMessage(0x43, new Uint8Array(0)));
  rig.clock.advance(10);
  const [ended] = events;
  assert.ok(ended?.type === 'ended' && ended.error?.code === 'WIRE_MALFORMED');
  assert.equal(rig.metrics.values.get('offhook_limits_total/audiosocket-unknown-messages'), 1);
  const unknownLines = rig.log.lines.filter(({ message }) => message.startsWith('unknown'));
  assert.equal(unknownLines.length, 1, 'said once');
});

test('a client that hangs up by 0x00 is a caller who hung up', async () => {
  const rig = await audioSocketRig();
  const { caller, leg } = rig.call();
  const events = recordEvents(leg);
  caller.sendRaw(encodeMessage(messageKind.hangUp, new Uint8Array(0)));
  caller.sendDigit('1');
  rig.clock.advance(5000);
  assert.deepEqual(events, [{ type: 'ended', cause: 'caller-hung-up' }]);
});

test('[V1] a codec declared wrongly is said once and shown at /metrics', async () => {
  const rig = await audioSocketRig();
  const { caller, leg } = rig.call();
  recordEvents(leg);
  for (let index = 0; index < 200; index += 1) {
    caller.sendAudio(new Uint8Array(160).fill(0xff));
    rig.clock.advance(20);
  }
  const warnings = rig.log.lines.filter(({ level }) => level === 'warn');
  assert.equal(warnings.length, 1);
  const { likelyFormats, expectedBytesPerSecond } = warnings[0]?.fields ?? {};
  assert.deepEqual(likelyFormats, ['ulaw', 'alaw']);
  assert.equal(expectedBytesPerSecond, 16_000);
  assert.equal(rig.metrics.values.get('offhook_codec_alignment/audiosocket'), 0);
});

test('[V13] alignment and drift of a good call are shown at /metrics', async () => {
  const rig = await audioSocketRig();
  const { caller, leg } = rig.call();
  recordEvents(leg);
  for (let index = 0; index < 3000; index += 1) {
    caller.sendAudio(new Uint8Array(320));
    rig.clock.advance(20.002);
  }
  caller.hangUp();
  rig.clock.advance(100);
  assert.equal(rig.metrics.values.get('offhook_codec_alignment/audiosocket'), 1);
  const driftPpm = rig.metrics.values.get('offhook_leg_drift_ppm/audiosocket') ?? Number.NaN;
  assert.ok(Math.abs(driftPpm + 100) < 5, `${driftPpm} ppm`);
});

test('frames for a far end that does not read are dropped beyond a second', async () => {
  const rig = await audioSocketRig();
  const { caller, leg, gatewayWire } = rig.call();
  recordEvents(leg);
  const say = (value: number): void => {
    const bytes = new Uint8Array(320).fill(value);
    leg.send({ type: 'agent-audio', bytes, offset: 0, length: bytes.length });
    rig.clock.advance(20);
  };
  gatewayWire.clog();
  for (let index = 0; index < 100; index += 1) say(index);
  gatewayWire.unclog();
  rig.clock.advance(10);
  say(200);
  const values = caller.heard.map(({ payload }) => payload[0]);
  assert.deepEqual(values, [...Array.from({ length: 49 }, (_, index) => index), 200]);
  assert.equal(rig.metrics.values.get('offhook_limits_total/audiosocket-agent-queue'), 1);
});

test('a slow far end that takes some every second is not dead', async () => {
  const rig = await audioSocketRig();
  const { leg, gatewayWire } = rig.call();
  const events = recordEvents(leg);
  for (let index = 0; index < 1500; index += 1) {
    if (index % 50 === 0) gatewayWire.unclog();
    if (index % 50 === 1) gatewayWire.clog();
    const bytes = new Uint8Array(320);
    leg.send({ type: 'agent-audio', bytes, offset: 0, length: bytes.length });
    rig.clock.advance(20);
  }
  assert.deepEqual(events, []);
});

test('while the far end reads, one buffer carries every frame', () => {
  const written = new Set<Uint8Array>();
  const socket: ByteSocket = {
    remoteAddress: '127.0.0.1',
    remotePort: 1,
    bufferedBytes: 0,
    listen: () => undefined,
    write: (bytes) => written.add(bytes),
    end: () => undefined,
    destroy: () => undefined,
  };
  const queue = new AgentQueue(socket, pcm(8000));
  for (let atMs = 0; atMs < 60_000; atMs += 20) {
    assert.equal(queue.send(new Uint8Array(640), 320, 320, atMs), 'sent');
  }
  assert.equal(written.size, 1);
});
