import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import type { Log } from '../observe/observe.ts';
import { redactor } from '../observe/redact.ts';
import { entriesIn, memoryJournal } from './memory-journal.ts';
import { collectEntries } from './read-entries.ts';
import type { JournalBody, JournalEntry } from './store.ts';

type Options = Omit<Parameters<typeof memoryJournal>[0], 'clock' | 'log' | 'metrics' | 'scrub'>;

function setUp(options: Options = {}, clock = new VirtualClock()) {
  const messages: string[] = [];
  const note = (message: string): void => {
    messages.push(message);
  };
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const scrub = redactor(['canary-secret']).secretsOnly;
  const opened = memoryJournal({ clock, log, metrics, scrub, ...options });
  clock.advance(10);
  return { clock, metrics, messages, ...opened };
}

function entry(sessionId: string, sequence: number, body: JournalBody): JournalEntry {
  return { ...body, sessionId, sequence, atMs: sequence * 10, atEpochMs: 1_000 };
}

function prompt(sessionId: string, sequence: number, name = 'hold'): JournalEntry {
  return entry(sessionId, sequence, { type: 'prompt', name });
}

function end(sessionId: string, sequence: number): JournalEntry {
  return entry(sessionId, sequence, {
    type: 'session-end',
    cause: 'caller-hung-up',
    durationMs: 1,
    callerFillerMs: 0,
    agentHeardMs: 0,
  });
}

async function read(
  { journal, clock }: Pick<ReturnType<typeof setUp>, 'journal' | 'clock'>,
  sessionId: string,
): Promise<readonly JournalEntry[]> {
  const reading = collectEntries(journal.entries(sessionId));
  clock.advance(10);
  return reading;
}

/** Waits for `promise` while the disk answers. */
async function outcome(clock: VirtualClock, promise: Promise<void>): Promise<string> {
  const settled = promise.then(
    () => 'safe',
    (error) => error.code,
  );
  clock.advance(10);
  return settled;
}

test('entries come back in order, those of other sessions left out', async () => {
  const run = setUp();
  const written = [prompt('a', 0), prompt('b', 0), prompt('a', 1, 'line\nfeed " é'), end('a', 2)];
  for (const each of written) run.journal.append(each);
  assert.deepEqual(await read(run, 'a'), [written[0], written[2], written[3]]);
  assert.deepEqual(await read(run, 'nobody'), []);
});

test('an entry is safe within a second, a session end at once', () => {
  const { clock, journal, files } = setUp();
  const safe = (): number => {
    files.crash(() => 0);
    return entriesIn(files).length;
  };
  journal.append(prompt('a', 0));
  clock.advance(1_060);
  assert.equal(safe(), 1);
  const next = setUp();
  next.journal.append(prompt('a', 0));
  next.journal.append(end('a', 1));
  next.clock.advance(2);
  next.files.crash(() => 0);
  assert.equal(entriesIn(next.files).length, 2);
});

test('appending hands nothing to the writer before 50 ms or 256 kB', () => {
  const { clock, journal, files } = setUp();
  journal.append(prompt('a', 0));
  clock.advance(45);
  assert.equal(entriesIn(files).length, 0);
  clock.advance(10);
  assert.equal(entriesIn(files).length, 1);
  journal.append(prompt('a', 1, 'x'.repeat(300_000)));
  clock.advance(2);
  assert.equal(entriesIn(files).length, 2);
});

test('durable waits for a sync, and one sync serves all who wait', async () => {
  const { clock, journal, files } = setUp();
  let syncCount = 0;
  const sync = files.sync.bind(files);
  files.sync = () => {
    syncCount += 1;
    sync();
  };
  for (let sequence = 0; sequence < 50; sequence += 1) journal.append(prompt('a', sequence));
  const waiting = Promise.all(Array.from({ length: 50 }, (_, at) => journal.durable('a', at)));
  clock.advance(10);
  await waiting;
  assert.ok(syncCount <= 2, `${syncCount} syncs`);
  files.crash(() => 0);
  assert.equal(entriesIn(files).length, 50);
});

test('[V20] secrets are taken out before an entry leaves the process', async () => {
  const run = setUp();
  run.journal.append(prompt('a', 0, 'canary-secret "and" sk-canary12345678'));
  const [kept] = await read(run, 'a');
  assert.deepEqual(kept, prompt('a', 0, '[secret] "and" [secret]'));
  assert.doesNotMatch(Buffer.from(run.files.read(1)).toString(), /canary/);
});

test('a full disk is told and waits are refused; with room again nothing is lost', async () => {
  const { clock, journal, files, messages } = setUp();
  journal.append(prompt('a', 0));
  assert.equal(await outcome(clock, journal.durable('a', 0)), 'safe');
  files.freeBytes = 70;
  journal.append(prompt('a', 1));
  assert.equal(await outcome(clock, journal.durable('a', 1)), 'DISK_FULL');
  assert.equal(journal.isWritable, false);
  assert.equal(await outcome(clock, journal.durable('a', 0)), 'DISK_FULL');
  journal.append(prompt('a', 2));
  clock.advance(5_000);
  assert.equal(journal.isWritable, false);
  files.freeBytes = 1_000_000;
  clock.advance(1_100);
  assert.equal(journal.isWritable, true);
  assert.deepEqual(messages, ['journal cannot be written', 'journal is written again']);
  files.crash(() => 0);
  const sequences = entriesIn(files).map((each) => each.sequence);
  assert.deepEqual(sequences, [0, 1, 2]);
  assert.ok(files.numbers().length <= 2);
});

test('a sync that failed is not believed the second time: the lines go to a new file', async () => {
  const run = setUp();
  const { clock, journal, files } = run;
  journal.append(prompt('a', 0));
  files.isBroken = true;
  assert.equal(await outcome(clock, journal.durable('a', 0)), 'DISK_FULL');
  files.isBroken = false;
  clock.advance(2_000);
  assert.deepEqual(files.numbers(), [1, 2]);
  assert.deepEqual(await read(run, 'a'), [prompt('a', 0)]);
});

test('a disk that never answers makes the journal unwritable after five seconds', async () => {
  const clock = new VirtualClock();
  const { journal } = setUp({ latencyMs: 60_000 }, clock);
  journal.append(prompt('a', 0));
  const waiting = assert.rejects(journal.durable('a', 0), { code: 'DISK_FULL' });
  clock.advance(5_000);
  await waiting;
  assert.equal(journal.isWritable, false);
  clock.advance(180_000);
  assert.equal(journal.isWritable, true);
});

test('what waits for the disk is bounded; beyond it entries are dropped and counted', async () => {
  const { clock, journal, files, metrics, messages } = setUp();
  files.isBroken = true;
  const name = 'x'.repeat(500_000);
  for (let sequence = 0; sequence < 100; sequence += 1) journal.append(prompt('a', sequence, name));
  journal.append(prompt('a', 100, 'x'.repeat(2_000_000)));
  const text = await metrics.text();
  assert.match(text, /offhook_journal_dropped_total\{reason="queue-full"\} 67/);
  assert.match(text, /offhook_journal_dropped_total\{reason="too-long"\} 1/);
  clock.advance(2_000);
  files.isBroken = false;
  clock.advance(2_000);
  assert.equal(journal.isWritable, true);
  await assert.rejects(journal.durable('a', 99), { code: 'DISK_FULL' });
  assert.equal(messages.filter((message) => message === 'journal entries are dropped').length, 1);
});

test('the lag is the age of the oldest entry that is not safe', async () => {
  const { clock, journal, files, metrics } = setUp();
  files.isBroken = true;
  journal.append(prompt('a', 0));
  clock.advance(10_000);
  const [, lag] = (await metrics.text()).match(/^offhook_journal_lag_seconds (\S+)$/m) ?? [];
  assert.ok(Number(lag) > 8 && Number(lag) <= 10, `lag ${lag}`);
  files.isBroken = false;
  clock.advance(2_000);
  assert.match(await metrics.text(), /offhook_journal_lag_seconds 0\n/);
});

test('closing makes everything safe and leaves no timer', async () => {
  const { clock, journal, files } = setUp();
  journal.append(prompt('a', 0));
  const closing = journal.close();
  assert.equal(journal.close(), closing);
  const advance = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) {
      clock.advance(1);
      await Promise.resolve();
    }
  };
  await advance();
  await closing;
  assert.equal(clock.pendingCount, 0);
  files.crash(() => 0);
  assert.equal(entriesIn(files).length, 1);
});

test('a session whose process was lost is ended at the next start', async () => {
  const first = setUp();
  const call = (callId: string, name: string, sequence: number): JournalEntry =>
    entry('lost', sequence, { type: 'tool-call', callId, name, argumentsJson: '{}' });
  for (const each of [
    prompt('lost', 0),
    call('c1', 'charge_card', 1),
    call('c2', 'lookup_menu', 2),
    prompt('ended', 0),
    end('ended', 1),
  ]) {
    first.journal.append(each);
  }
  first.clock.advance(2_000);
  first.files.crash(() => 0);
  const logOptions = { repeatableTools: ['lookup_menu'] };
  const second = setUp({ files: first.files, logOptions }, first.clock);
  const recovery = await second.opened;
  assert.ok('lostSessions' in recovery);
  assert.deepEqual(
    recovery.lostSessions.map((session) => session.sessionId),
    ['lost'],
  );
  const told = (await read(second, 'lost')).slice(3);
  assert.deepEqual(
    told.map(({ type, sequence, atMs }) => [type, sequence, atMs]),
    [
      ['error', 3, 20],
      ['session-end', 4, 20],
    ],
  );
  assert.match(JSON.stringify(told[0]), /TOOL_OUTCOME_UNKNOWN.*charge_card ran \(c1\)/);
  assert.equal((await read(second, 'ended')).length, 2);
});

test('segments are turned over by size and deleted after their days, never the open one', () => {
  const dayMs = 24 * 60 * 60 * 1_000;
  const logOptions = { segmentBytesMax: 1_000, retentionMs: 3 * dayMs };
  const { clock, journal, files } = setUp({ logOptions });
  for (let sequence = 0; sequence < 30; sequence += 1) {
    journal.append(prompt('a', sequence));
    clock.advance(1_100);
  }
  assert.ok(files.numbers().length >= 3);
  clock.advance(5 * dayMs);
  assert.equal(files.numbers().length, 1);
});

test('a session open over many segments is found lost from the newest one alone', async () => {
  const logOptions = { segmentBytesMax: 300 };
  const first = setUp({ logOptions });
  first.journal.append(prompt('old', 0));
  for (let sequence = 0; sequence < 10; sequence += 1) {
    first.journal.append(prompt('new', sequence));
    first.clock.advance(1_100);
  }
  first.journal.append(end('new', 10));
  first.clock.advance(1_100);
  first.files.crash(() => 0);
  for (const number of first.files.numbers().slice(0, -1)) first.files.remove(number);
  const second = setUp({ files: first.files }, first.clock);
  const recovery = await second.opened;
  assert.ok('lostSessions' in recovery);
  assert.deepEqual(
    recovery.lostSessions.map(({ sessionId, nextSequence }) => [sessionId, nextSequence]),
    [['old', 1]],
  );
});

test('bytes that rot cost their own line and no other', async () => {
  const run = setUp();
  for (let sequence = 0; sequence < 5; sequence += 1) run.journal.append(prompt('a', sequence));
  run.clock.advance(2_000);
  const bytes = run.files.read(1);
  bytes[Buffer.from(bytes).indexOf('"sequence":2')] = 0x58;
  const sequences = (await read(run, 'a')).map((each) => each.sequence);
  assert.deepEqual(sequences, [0, 1, 3, 4]);
});
