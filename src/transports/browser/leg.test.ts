import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordEvents } from '../../../sim/audiosocket-rig.ts';
import { browserRig } from '../../../sim/browser-rig.ts';
import { frameBytes, frameMs } from '../../audio/format.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Leg } from '../transport.ts';
import { browserFormat, closeCodes } from './wire.ts';

const frame = new Uint8Array(frameBytes(browserFormat)).fill(7);

function say(leg: Leg): void {
  leg.send({ type: 'agent-audio', bytes: frame, offset: 0, length: frame.length });
}

test('written words come in as such, with sound or without', async () => {
  const { clock, call } = await browserRigWithCall();
  const { wire, leg } = call;
  const events = recordEvents(leg);
  wire.says({ type: 'text', text: ' Two, please. ' });
  clock.advance(10);
  assert.deepEqual(events, [{ type: 'caller-text', text: 'Two, please.' }]);
});

test('what was not understood in the end is taken back', async () => {
  const { call } = await browserRigWithCall();
  recordEvents(call.leg);
  call.leg.send({ type: 'caller-not-understood', itemId: 'item' });
  assert.deepEqual(call.wire.ofType('caller-said'), [
    { type: 'caller-said', itemId: 'item', text: '' },
  ]);
});

test('a caller is shown what they say while they say it', async () => {
  const { call } = await browserRigWithCall();
  recordEvents(call.leg);
  for (const text of ['what is', ' on the menu']) {
    call.leg.send({ type: 'caller-words', itemId: 'item', text });
  }
  assert.equal(
    call.wire
      .ofType('caller-words')
      .map(({ text }) => text)
      .join(''),
    'what is on the menu',
  );
});

async function browserRigWithCall() {
  const rig = await browserRig();
  return { ...rig, call: rig.call() };
}

const broken = {
  'a second hello': { type: 'hello', version: 1, playoutDelayMs: 0 },
  'a message of no known type': { type: 'sing' },
};

for (const [what, message] of Object.entries(broken)) {
  test(`${what} ends the call, and says why by its code`, async () => {
    const { clock, call } = await browserRigWithCall();
    const events = recordEvents(call.leg);
    call.wire.says(message);
    call.wire.says({ type: 'digit', digit: '1' });
    clock.advance(100);
    assert.deepEqual(
      events.map((event) => event.type === 'ended' && [event.cause, event.error?.code]),
      [['protocol-error', 'WIRE_MALFORMED']],
    );
    assert.equal(call.wire.closedBy, closeCodes.malformed);
  });
}

test('half a sample ends the call, and a message without any is passed over', async () => {
  const { clock, call } = await browserRigWithCall();
  const events = recordEvents(call.leg);
  call.wire.sends(new Uint8Array(0));
  clock.advance(10);
  assert.equal(events.length, 0);
  call.wire.sends(new Uint8Array(3));
  clock.advance(10);
  assert.equal(events[0]?.type === 'ended' && events[0].cause, 'protocol-error');
});

test('what breaks the rules of WebSockets, or is too long, ends the call', async () => {
  const { clock, call } = await browserRigWithCall();
  const events = recordEvents(call.leg);
  call.wire.breaksRules('Max payload size exceeded');
  clock.advance(10);
  assert.equal(events[0]?.type === 'ended' && events[0].cause, 'protocol-error');
});

test('sound that comes far ahead of time is dropped and counted', async () => {
  const { clock, call, metrics } = await browserRigWithCall();
  const events = recordEvents(call.leg);
  const count = 20_000 / frameMs;
  for (let sent = 0; sent < count; sent += 1) call.wire.sends(frame);
  clock.advance(10);
  assert.ok(events.length * frameMs <= 5_020 && events.length > 0, `${events.length} frames`);
  assert.equal(metrics.values.get('offhook_limits_total/browser-caller-ahead'), 1);
  clock.advance(1_000);
  call.wire.sends(frame);
  clock.advance(10);
  assert.equal(events.at(-1)?.type, 'caller-audio');
});

test('who types faster than a person can is not listened to for the rest of a second', async () => {
  const { clock, call, metrics } = await browserRigWithCall();
  const events = recordEvents(call.leg);
  for (let sent = 0; sent < 100; sent += 1) call.wire.says({ type: 'digit', digit: '1' });
  clock.advance(10);
  assert.equal(events.length, 20);
  assert.equal(metrics.values.get('offhook_limits_total/browser-messages'), 1);
  clock.advance(1_000);
  call.wire.says({ type: 'digit', digit: '2' });
  clock.advance(10);
  assert.deepEqual(events.at(-1), { type: 'caller-digit', digit: '2' });
});

test('a browser that no longer answers is given up within half a minute', async () => {
  const { clock, call, metrics } = await browserRigWithCall();
  const events = recordEvents(call.leg);
  clock.advance(60_000);
  assert.deepEqual(events, []);
  call.wire.answersPings = false;
  clock.advance(31_000);
  assert.deepEqual(events, [{ type: 'ended', cause: 'line-dead' }]);
  assert.equal(metrics.values.get('offhook_limits_total/browser-keep-alive'), 1);
});

test('a page that was told of the end closes by itself, or is not waited for', async () => {
  for (const closes of [true, false]) {
    const { clock, call } = await browserRigWithCall();
    const events = recordEvents(call.leg);
    say(call.leg);
    call.leg.send({ type: 'hang-up' });
    assert.equal(call.wire.heard.length, 1);
    assert.equal(call.wire.told.at(-1)?.type, 'hang-up');
    if (closes) call.wire.closes();
    clock.advance(3_000);
    assert.deepEqual(events, [{ type: 'ended', cause: 'agent-hung-up' }]);
    assert.equal(call.wire.closedBy, closes ? null : 'terminated');
    assert.equal(clock.pendingCount, 0);
  }
});

test('a caller who is refused is told why before the line closes', async () => {
  const { call } = await browserRigWithCall();
  const error = new GatewayError('CALLS_AT_LIMIT', 'all 2 calls are taken');
  recordEvents(call.leg);
  call.leg.send({ type: 'turn-over', outcome: { is: 'failed', error } });
  call.leg.send({ type: 'hang-up' });
  assert.deepEqual(call.wire.told.slice(1), [
    { type: 'refused', code: 'CALLS_AT_LIMIT', message: 'all 2 calls are taken' },
    { type: 'hang-up' },
  ]);
});

test('a page that reads slowly loses sound, not words', async () => {
  const { clock, call } = await browserRigWithCall();
  recordEvents(call.leg);
  call.wire.clogs(true);
  for (let sent = 0; sent < 100; sent += 1) {
    say(call.leg);
    clock.advance(frameMs);
  }
  call.leg.send({ type: 'agent-text', itemId: 'item', text: 'Good day.' });
  assert.ok(call.leg.bufferedBytes <= 1_000 * 48 + 100);
  call.wire.clogs(false);
  assert.equal(call.wire.heard.length, 50);
  assert.equal(call.wire.ofType('agent-text')[0]?.text, 'Good day.');
});
