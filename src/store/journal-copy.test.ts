import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { metricsRegistry } from '../observe/metrics.ts';
import { silentLog } from '../observe/testing/silent.ts';
import { systemClock } from '../runtime/clock.ts';
import { forgetLines, sessionsOfCaller } from './forget-lines.ts';
import { databaseCopy } from './journal-copy.ts';
import { openDatabase } from './open-database.ts';
import { collectEntries, readEntries } from './read-entries.ts';
import { segmentFiles, segmentReader } from './segment-files.ts';
import { frameLine } from './segment-line.ts';
import { SegmentLog } from './segment-log.ts';
import { forgetRecords, listRecords, recordedEntries } from './session-records.ts';
import type { JournalBody, JournalEntry } from './store.ts';
import { entriesOf } from './testing/entries-of.ts';

const directory = mkdtempSync(join(tmpdir(), 'offhook-copy-'));
const database = openDatabase(
  { is: 'embedded', directory: join(directory, 'store') },
  {
    clock: systemClock(),
    log: silentLog,
    metrics: metricsRegistry({ toolNames: [], hasProcessSeries: false }),
  },
);
after(async () => {
  await database.close();
  rmSync(directory, { recursive: true });
});

const copy = databaseCopy(database, {
  journalId: '11111111-1111-4111-8111-111111111111',
  openaiRequests: { tags: ['demo'], quotaTag: 'trial' },
});

function session(sessionId: string, callerNumber: string): readonly JournalEntry[] {
  const at = (sequence: number) => ({
    sessionId,
    sequence,
    atMs: sequence * 1_000,
    atEpochMs: Date.parse('2026-05-01T10:00:00Z') + sequence * 1_000,
  });
  return [
    {
      ...at(0),
      type: 'session-start',
      provider: 'local',
      model: 'scripted',
      transport: 'audiosocket',
      persona: 'waiter',
      trust: 'anonymous',
      callId: 'c1',
      callerNumber,
      dialledNumber: null,
    },
    { ...at(1), type: 'caller-said', itemId: 'i', text: 'Say "\\u0000".', spokenAtMs: 900 },
    {
      ...at(2),
      type: 'session-end',
      cause: 'caller-hung-up',
      durationMs: 2_000,
      callerFillerMs: 0,
      agentHeardMs: 500,
    },
  ];
}

const linesOf = (entries: readonly JournalEntry[]) => entries.map((each) => JSON.stringify(each));

test('what is copied comes back as it was, however often it is sent', async () => {
  assert.equal(await copy.position(), null);
  const entries = session('ses_1', '+35621000000');
  const lines = linesOf(entries);
  await copy.add(entriesOf(lines.slice(0, 2)), { segment: 1, bytes: 100 });
  await copy.add(entriesOf(lines), { segment: 1, bytes: 200 });
  assert.deepEqual(await copy.position(), { segment: 1, bytes: 200 });
  assert.deepEqual(await recordedEntries(database, 'ses_1'), entries);
  assert.deepEqual(await listRecords(database, 10), [
    {
      id: 'ses_1',
      startedAtEpochMs: Date.parse('2026-05-01T10:00:00Z'),
      persona: 'waiter',
      provider: 'local',
      turnCount: 1,
      cause: 'caller-hung-up',
    },
  ]);
});

test('text that JSON allows and Postgres does not is kept but for those characters', async () => {
  const [, said] = session('ses_2', '+1');
  assert.ok(said?.type === 'caller-said');
  const odd = { ...said, sequence: 5, text: 'a\0b\ud800c \\u0000 "' };
  await copy.add(entriesOf(linesOf([odd])), { segment: 1, bytes: 300 });
  const [back] = await recordedEntries(database, 'ses_2');
  assert.ok(back?.type === 'caller-said');
  assert.equal(back.text, 'a\ufffdb\ufffdc \\u0000 "');
});

test('what is no JSON or no entry is refused as data, and leaves nothing', async () => {
  const [, said] = session('ses_9', '+1');
  for (const bad of ['{"a":', '{"a":"\\u0000', '{"a":1}', '{"sessionId":"a","sequence":-1}']) {
    const lines = [JSON.stringify(said), bad];
    const adding = copy.add(entriesOf(lines), { segment: 9, bytes: 9 });
    await assert.rejects(adding, { code: /^2[23]/ }, bad);
  }
  assert.deepEqual(await recordedEntries(database, 'ses_9'), []);
  assert.notDeepEqual(await copy.position(), { segment: 9, bytes: 9 });
});

test('[A6] a session goes to the rows of its organisation, one that is new included', async () => {
  const organisationId = '00000000-0000-4000-8000-00000000000b';
  const theirs = session('ses_5', '+1').map((entry) => ({ ...entry, organisationId }));
  const others = session('ses_6', '+1');
  const mixed = linesOf([theirs[0]!, others[0]!, theirs[1]!, others[1]!, theirs[2]!]);
  await copy.add(entriesOf(mixed), { segment: 1, bytes: 350 });
  assert.deepEqual(await copy.position(), { segment: 1, bytes: 350 });
  const seen = (options = {}) =>
    database.transaction(async (rows) => {
      const sessions = await rows.selectFrom('sessions').select('id').execute();
      const entries = await rows.selectFrom('journal_entries').select('session_id').execute();
      const ids = entries.map(({ session_id }) => session_id);
      return { sessions: sessions.map(({ id }) => id), entries: new Set(ids), count: ids.length };
    }, options);
  const [listed, ...more] = await listRecords(database, 10, organisationId);
  assert.deepEqual([listed?.id, more], ['ses_5', []]);
  assert.deepEqual(await recordedEntries(database, 'ses_5', organisationId), theirs);
  assert.deepEqual(await recordedEntries(database, 'ses_5'), []);
  const own = new Set(['ses_5']);
  assert.deepEqual(await seen({ organisationId }), { sessions: ['ses_5'], entries: own, count: 3 });
  const defaults = await seen();
  assert.ok(defaults.sessions.includes('ses_6') && !defaults.sessions.includes('ses_5'));
  assert.ok(defaults.entries.has('ses_6') && !defaults.entries.has('ses_5'));
});

test('[C6] each request to OpenAI has one row, those of other providers none', async () => {
  const usage = {
    inputTextTokens: 10,
    inputAudioTokens: 20,
    cachedTextTokens: 0,
    cachedAudioTokens: 0,
    outputTextTokens: 5,
    outputAudioTokens: 40,
    costUsdMicros: 1_234,
  };
  const reply = { type: 'reply', reason: null, errorCode: null, tookMs: 900, usage: null } as const;
  const told: readonly JournalBody[] = [
    { type: 'link', state: 'opened', reason: 'first' },
    { type: 'link', state: 'ready', reason: 'attempt 0' },
    { ...reply, replyId: 'r1', outcome: 'completed', usage },
    { ...reply, replyId: 'r2', outcome: 'cancelled' },
    { ...reply, replyId: 'r3', outcome: 'failed', errorCode: 'PROVIDER_REFUSED' },
    { type: 'link', state: 'lost', reason: 'PROVIDER_UNREACHABLE' },
  ];
  const callTo = (sessionId: string, provider: 'local' | 'openai_realtime') => {
    const [start] = session(sessionId, '+1');
    assert.ok(start?.type === 'session-start');
    const entries = told.map((body, at) => ({ ...start, ...body, sequence: at + 1 }));
    return linesOf([{ ...start, provider }, ...entries]);
  };
  const lines = [...callTo('ses_7', 'openai_realtime'), ...callTo('ses_8', 'local')];
  await copy.add(entriesOf(lines), { segment: 1, bytes: 360 });
  await copy.add(entriesOf(lines), { segment: 1, bytes: 370 });
  const rows = await database.transaction((each) =>
    each.selectFrom('openai_debug_events').selectAll().execute(),
  );
  const shown = rows.map((row) => [row.endpoint, row.outcome, row.response_id, row.error_code]);
  assert.deepEqual(shown.toSorted(), [
    ['realtime.response', 'aborted', 'r2', null],
    ['realtime.response', 'failed', 'r3', 'PROVIDER_REFUSED'],
    ['realtime.response', 'succeeded', 'r1', null],
    ['realtime.session', 'failed', null, 'PROVIDER_UNREACHABLE'],
    ['realtime.session', 'succeeded', null, null],
  ]);
  const whole = rows.find((row) => row.response_id === 'r1');
  assert.deepEqual([whole?.input_tokens, whole?.output_tokens, whole?.latency_ms], [30, 45, 900]);
  assert.equal(Number(whole?.cost_usd_micros), 1_234);
  assert.deepEqual([whole?.model, whole?.tags, whole?.quota_tag], ['scripted', ['demo'], 'trial']);
});

test('[V20] a caller is forgotten in files and database, and does not come back', async () => {
  const files = join(directory, 'journal');
  const segments = segmentFiles(files);
  const theirs = session('ses_3', '+250788000000');
  const others = session('ses_4', '+250788000001');
  segments.create(1);
  for (const line of linesOf([...theirs, ...others])) segments.append(frameLine(line));
  segments.sync();
  segments.close();
  await copy.add(entriesOf(linesOf([...theirs, ...others])), { segment: 1, bytes: 400 });

  const found = await sessionsOfCaller(files, '+250788000000');
  assert.deepEqual(found, { ended: ['ses_3'], open: [] });
  const order = { sessionIds: [], callerNumber: '+250788000000' };
  assert.deepEqual(await forgetRecords(database, order), ['ses_3']);
  assert.equal(forgetLines(files, ['ses_3']), 3);

  await copy.add(entriesOf(linesOf(theirs)), { segment: 1, bytes: 500 });
  assert.deepEqual(await recordedEntries(database, 'ses_3'), []);
  const reader = segmentReader(files);
  assert.deepEqual(await collectEntries(readEntries(reader, 'ses_3')), []);
  assert.deepEqual(await collectEntries(readEntries(reader, 'ses_4')), others);
  assert.doesNotMatch(Buffer.from(segments.read(1)).toString(), /ses_3|250788000000/);
  const options = { segmentBytesMax: 1_000_000, retentionMs: Infinity, repeatableTools: [] };
  assert.equal(SegmentLog.recover(segments, options, 0).recovery.badLineCount, 0);
});
