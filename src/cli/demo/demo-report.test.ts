import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalBody, JournalEntry } from '../../store/store.ts';
import type { CallResult } from '../place-call.ts';
import { type DemoCall, demoFacts, shortcomingsOf } from './demo-report.ts';

const result: CallResult = {
  end: 'agent-hung-up',
  rateHz: 8_000,
  caller: new Int16Array(0),
  agent: new Int16Array(0),
  timeline: {
    durationMs: 9_000,
    caller: [],
    agent: [],
    turns: [
      { caller: { startMs: 0, endMs: 1 }, agentStoppedAfterMs: null, responseMs: 400 },
      { caller: { startMs: 2, endMs: 3 }, agentStoppedAfterMs: null, responseMs: 600 },
    ],
  },
  agentFrameCount: 10,
  latenessMsMax: 1,
};

const farewell: JournalBody = {
  type: 'agent-said',
  ...{ replyId: 'r', itemId: 'i', spokenAtMs: 0, receivedMs: 2, heardMs: 2 },
  ...{ text: 'Thank you. Goodbye!', heardText: 'Thank you. Goodbye!' },
  words: [
    { text: 'Thank you.', startMs: 0, endMs: 1, state: 'heard' },
    { text: 'Goodbye!', startMs: 1, endMs: 2, state: 'unheard' },
  ],
};

/** What is in the record of a call that went as it should. */
const bodies: readonly JournalBody[] = [
  ...['lookup_menu', 'recommend_pairing', 'lookup_menu', 'place_order'].flatMap(tool),
  { type: 'turn', replyId: 'r', responseMs: 120 },
  { type: 'barge-in', replyId: 'r', itemId: 'i', heardMs: 1, unheardMs: 1 },
  farewell,
];

function tool(name: string): readonly JournalBody[] {
  const done = { outcome: 'ok', code: null, outputJson: '{}', tookMs: 1 } as const;
  return [
    { type: 'tool-call', callId: 'c', name, argumentsJson: '{}' },
    { type: 'tool-result', callId: 'c', name, ...done },
  ];
}

function entriesOf(what: readonly JournalBody[]): readonly JournalEntry[] {
  const when = { sessionId: 'ses_1', atMs: 0, atEpochMs: 0 };
  return what.map((body, sequence) => ({ ...body, ...when, sequence }));
}

const good: DemoCall = {
  result,
  entries: entriesOf(bodies),
  ordered: [{ name: 'Goat brochettes', quantity: 3 }],
};

test('the table of the demo counts what the record and the recording hold', () => {
  const facts = demoFacts(good, 'call.wav');
  assert.deepEqual(facts, [
    ['turns', '2'],
    ['answer after', '120 ms median, 120 ms worst, from the end of the turn'],
    ['', '400 ms median, 600 ms worst, from the last sound on the recording'],
    ['interruptions', '1'],
    ["agent's words heard", '1 of 2'],
    ['tools', 'lookup_menu × 2, recommend_pairing, place_order'],
    ['in the database', '3 × Goat brochettes'],
    ['errors', '0'],
    ['recording', 'call.wav (left: caller, right: agent)'],
  ]);
});

test('a demo counts as gone well only with the order in the database and a farewell heard', () => {
  const without = (type: JournalBody['type']) =>
    entriesOf(bodies.filter((body) => body.type !== type));
  assert.deepEqual(shortcomingsOf(good), []);
  const cases: readonly (readonly [DemoCall, RegExp])[] = [
    [{ ...good, ordered: [] }, /not in the database/],
    [{ ...good, ordered: [{ name: 'Goat brochettes', quantity: 2 }] }, /not in the database/],
    [{ ...good, entries: without('agent-said') }, /farewell/],
    [{ ...good, entries: without('barge-in') }, /cut in/],
    [{ ...good, entries: without('tool-result') }, /lookup_menu was not used/],
    [{ ...good, result: { ...result, end: 'time-limit' } }, /did not hang up/],
  ];
  for (const [call, words] of cases) assert.match(shortcomingsOf(call).join(' '), words);
});
