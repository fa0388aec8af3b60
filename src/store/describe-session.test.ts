import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSession } from './describe-session.ts';
import type { JournalBody, JournalEntry } from './store.ts';

function session(...bodies: readonly (JournalBody & { atMs: number })[]): JournalEntry[] {
  const atEpochMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  return bodies.map((body, sequence) => ({ ...body, sessionId: 's1', sequence, atEpochMs }));
}

const said = {
  type: 'agent-said',
  replyId: 'r1',
  itemId: 'i1',
  text: 'We are open until ten tonight',
  heardText: 'We are open',
  spokenAtMs: 1_500,
  receivedMs: 2_400,
  sentMs: 900,
  heardMs: 880,
  words: [
    { text: 'We', startMs: 0, endMs: 200, state: 'heard' },
    { text: 'are', startMs: 200, endMs: 400, state: 'heard' },
    { text: 'open', startMs: 400, endMs: 900, state: 'partly' },
    { text: 'until', startMs: 900, endMs: 1_200, state: 'unheard' },
    { text: 'ten', startMs: 1_200, endMs: 1_500, state: 'unheard' },
  ],
} as const;

test('[B3] a session reads as a timeline with the unheard part of speech marked', () => {
  const entries = session(
    {
      type: 'session-start',
      provider: 'local',
      model: 'scripted',
      transport: 'audiosocket',
      persona: 'waiter',
      trust: 'anonymous',
      callId: 'c1',
      callerNumber: '+35621234567',
      dialledNumber: null,
      atMs: 0,
    },
    { type: 'turn', replyId: 'r1', responseMs: 480.4, atMs: 1_490 },
    { type: 'barge-in', replyId: 'r1', itemId: 'i1', heardMs: 880, unheardMs: 1_520, atMs: 2_400 },
    { type: 'caller-said', itemId: 'i0', text: 'When do you close?', spokenAtMs: 200, atMs: 2_450 },
    { ...said, atMs: 2_460 },
    { type: 'digit', atMs: 61_000 },
    { type: 'tool-call', callId: 't1', name: 'hangup_call', argumentsJson: '{}', atMs: 61_500 },
    {
      type: 'session-end',
      cause: 'agent-hung-up',
      durationMs: 62_000,
      callerFillerMs: 0,
      agentHeardMs: 880,
      atMs: 62_000,
    },
  );
  assert.deepEqual(describeSession(entries), [
    ' 0:00.000  session   s1 began 2026-01-02T03:04:05.000Z: +35621234567 to unknown, ' +
      'audiosocket, anonymous, waiter by local scripted',
    ' 0:00.200  caller    When do you close?',
    ' 0:01.490  turn      answered after 480 ms',
    ' 0:01.500  agent     We are open– ~until ten~  [heard 0.88 s of 2.40 s]',
    ' 0:02.400  barge-in  after 0.88 s, 1.52 s not heard',
    ' 1:01.000  caller    pressed *',
    ' 1:01.500  tool      hangup_call {}',
    ' 1:02.000  session   ended: agent-hung-up, after 62.00 s, agent heard 0.88 s',
  ]);
});

test('every kind of entry has its line', () => {
  const usage = {
    inputTextTokens: 10,
    inputAudioTokens: 20,
    cachedTextTokens: 0,
    cachedAudioTokens: 0,
    outputTextTokens: 5,
    outputAudioTokens: 40,
    costUsdMicros: 1_234,
  };
  const ended = { errorCode: null, tookMs: 900 };
  const result = { type: 'tool-result', callId: 't1', name: 'lookup', outputJson: '{}' } as const;
  const texts = describeSession(
    session(
      { type: 'link', state: 'lost', reason: '1006', atMs: 0 },
      { type: 'reply', replyId: 'r', outcome: 'completed', reason: null, ...ended, usage, atMs: 1 },
      {
        type: 'reply',
        replyId: 'r',
        outcome: 'failed',
        reason: 'quota',
        ...ended,
        usage: null,
        atMs: 2,
      },
      { ...result, outcome: 'timeout', code: 'TOOL_TIMEOUT', tookMs: 10, atMs: 3 },
      { type: 'prompt', name: 'hold', atMs: 4 },
      { type: 'error', code: 'INTERNAL', message: 'broke', atMs: 5 },
      { ...said, heardText: said.text, spokenAtMs: 6, atMs: 6 },
      { type: 'turn', replyId: 'r', responseMs: null, atMs: 7 },
    ),
  ).map((line) => line.slice(11));
  assert.deepEqual(texts, [
    'link      lost (1006)',
    'reply     completed, 30 tokens in, 45 out, USD 0.0012',
    'reply     failed (quota)',
    'tool      lookup timeout TOOL_TIMEOUT in 10 ms: {}',
    'prompt    hold',
    'error     INTERNAL: broke',
    'agent     We are open until ten tonight',
    'turn      unasked',
  ]);
});

test('entries that were lost are told, and nothing is made of nothing', () => {
  assert.deepEqual(describeSession([]), []);
  const [first, , third] = session(
    { type: 'digit', atMs: 0 },
    { type: 'digit', atMs: 1 },
    { type: 'digit', atMs: 2 },
  );
  assert.equal(describeSession([first!, third!]).at(-1), '1 entries are missing');
});
