import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordEvents } from '../../../sim/audiosocket-rig.ts';
import { browserRig } from '../../../sim/browser-rig.ts';
import type { JournalBody, JournalEntry } from '../../store/store.ts';
import { closeCodes } from './wire.ts';

const hello = { type: 'hello', version: 1, playoutDelayMs: 100 };

test('[V17] a browser that says hello is a call of whoever opened the socket', async () => {
  const rig = await browserRig();
  const caller = { trust: 'identified', organisationId: 'an organisation' } as const;
  const { leg, wire } = rig.call({ persona: 'waiter', provider: 'local' }, caller);
  assert.equal(leg.trust, 'identified');
  assert.deepEqual(leg.call, {
    callId: leg.id,
    persona: 'waiter',
    provider: 'local',
    organisationId: 'an organisation',
    variables: {},
  });
  assert.deepEqual(wire.told, [{ type: 'welcome', version: 1 }]);
});

const delays = [
  { told: 0, counts: 61 },
  { told: 180.2, counts: 182 },
  { told: 60_000, counts: 2_001 },
] as const;

for (const { told, counts } of delays) {
  test(`a delay of ${told} ms in the page counts as ${counts} ms with the way there`, async () => {
    const { leg } = (await browserRig()).call({ playoutDelayMs: told });
    assert.equal(leg.farEndDelayMs, counts);
  });
}

const tooEarly = {
  sound: (wire: { sends(bytes: Uint8Array): void }) => wire.sends(new Uint8Array(960)),
  text: (wire: { says(message: object): void }) => wire.says({ type: 'text', text: 'Hi' }),
  garbage: (wire: { saysText(text: string): void }) => wire.saysText('{'),
  'a frame that breaks the rules': (wire: { breaksRules(reason: string): void }) =>
    wire.breaksRules('invalid UTF-8'),
} as const;

for (const [what, comes] of Object.entries(tooEarly)) {
  test(`${what} before hello makes no call`, async () => {
    const rig = await browserRig();
    const wire = rig.connect();
    comes(wire);
    wire.says(hello);
    rig.clock.advance(100);
    assert.equal(wire.closedBy, closeCodes.malformed);
    assert.deepEqual(rig.legs, []);
    assert.equal(rig.clock.pendingCount, 0);
  });
}

test('who does not say hello is not waited for', async () => {
  const rig = await browserRig();
  const wire = rig.connect();
  rig.clock.advance(10_100);
  assert.equal(wire.closedBy, closeCodes.helloLate);
  assert.equal(rig.metrics.values.get('offhook_limits_total/browser-helloLate'), 1);
});

test('those who have not said hello are so many at most; others go on', async () => {
  const rig = await browserRig();
  const wires = Array.from({ length: 65 }, () => rig.connect());
  rig.clock.advance(10);
  assert.deepEqual(
    wires.flatMap(({ closedBy }) => closedBy ?? []),
    [closeCodes.tooManyWaiting],
  );
  wires[0]?.says(hello);
  rig.clock.advance(10);
  assert.equal(rig.legs.length, 1);
});

test('a gateway that closes its doors turns away who has not said hello, and no call', async () => {
  const rig = await browserRig();
  const { leg, wire } = rig.call();
  const events = recordEvents(leg);
  const waiting = rig.connect();
  await rig.closer.close();
  const late = rig.connect();
  rig.clock.advance(100);
  assert.deepEqual([waiting.closedBy, late.closedBy, wire.closedBy], [1001, 1001, null]);
  assert.deepEqual(events, []);
});

function entriesOf(callId: string, bodies: readonly JournalBody[]): JournalEntry[] {
  const start: JournalBody = {
    ...{ type: 'session-start', provider: 'local', model: 'm', transport: 'browser' },
    ...{ persona: 'waiter', trust: 'verified', callId, callerNumber: null, dialledNumber: null },
  };
  return [start, ...bodies].map((body, sequence) => ({
    ...body,
    sessionId: `session of ${callId}`,
    sequence,
    atMs: sequence,
    atEpochMs: sequence,
  }));
}

test('[V10] a page is shown its own call, and each word as far as it was heard', async () => {
  const rig = await browserRig();
  const mine = rig.call();
  const other = rig.call();
  const word = (text: string, state: 'heard' | 'partly' | 'unheard') => ({
    ...{ text, state, startMs: 0, endMs: 1 },
  });
  const entries = entriesOf(mine.leg.id, [
    { type: 'caller-said', itemId: 'c', text: 'Hello', spokenAtMs: 0 },
    {
      ...{ type: 'agent-said', replyId: 'r', itemId: 'a', text: 'Good day', heardText: 'Good' },
      ...{ spokenAtMs: 0, receivedMs: 2, heardMs: 1 },
      words: [word('Good', 'heard'), word('day', 'unheard')],
    },
    { type: 'turn', replyId: 'r', responseMs: null },
    { type: 'turn', replyId: 'r', responseMs: 480 },
    { type: 'digit' },
    {
      type: 'session-end',
      ...{ cause: 'caller-hung-up', durationMs: 9, callerFillerMs: 0, agentHeardMs: 1 },
    },
    { type: 'caller-said', itemId: 'late', text: 'nobody is told', spokenAtMs: 9 },
  ]);
  for (const entry of entries) rig.transport.follow(entry);
  assert.deepEqual(mine.wire.told.slice(1), [
    {
      ...{ type: 'call', sessionId: `session of ${mine.leg.id}`, persona: 'waiter' },
      ...{ provider: 'local', model: 'm' },
    },
    { type: 'caller-said', itemId: 'c', text: 'Hello' },
    {
      ...{ type: 'agent-said', itemId: 'a' },
      words: [
        { text: 'Good', state: 'heard' },
        { text: 'day', state: 'unheard' },
      ],
    },
    { type: 'turn', responseMs: 480 },
    { type: 'ended', cause: 'caller-hung-up' },
  ]);
  assert.equal(other.wire.told.length, 1);
});
