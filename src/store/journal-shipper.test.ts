import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import { silentLog } from '../observe/testing/silent.ts';
import { unavailable } from './engine.ts';
import type { EntryBytes } from './entry-bytes.ts';
import type { JournalCopy } from './journal-copy.ts';
import { JournalShipper } from './journal-shipper.ts';
import { memoryJournal } from './memory-journal.ts';
import { MemorySegmentFiles } from './memory-segment-files.ts';
import { collectEntries, readEntries } from './read-entries.ts';
import type { SegmentPosition } from './segment-files.ts';
import type { JournalEntry } from './store.ts';

type Fault = 'none' | 'before' | 'after-commit';

/** A database of one table, which may fail before it commits or forget to say that it did. */
class MemoryCopy implements JournalCopy {
  readonly entries = new Map<string, JournalEntry>();
  readonly order: string[] = [];
  refused: (entry: JournalEntry) => boolean = () => false;
  #position: SegmentPosition | null = null;
  fault: Fault = 'none';

  async position(): Promise<SegmentPosition | null> {
    if (this.fault !== 'none') throw unavailable('away');
    return this.#position;
  }

  async add(given: EntryBytes, after: SegmentPosition): Promise<void> {
    if (this.fault === 'before') throw unavailable('away');
    const entries: readonly JournalEntry[] = JSON.parse(given.toArray().toString());
    if (entries.some(this.refused)) throw Object.assign(new Error('bad'), { code: '22P02' });
    this.#position = after;
    for (const entry of entries) {
      const key = `${entry.sessionId} ${entry.sequence}`;
      if (this.entries.has(key)) continue;
      this.entries.set(key, entry);
      this.order.push(key);
    }
    if (this.fault === 'after-commit') throw unavailable('lost on the way back');
  }
}

/** A process: a journal on the disk and a shipper to the copy. */
function start(files: MemorySegmentFiles, copy: JournalCopy, clock = new VirtualClock()) {
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const scrub = (json: string): string => json;
  const parts = { clock, log: silentLog, metrics };
  const logOptions = { segmentBytesMax: 700 };
  const { journal } = memoryJournal({ ...parts, scrub, files, logOptions });
  const shipper = new JournalShipper({ ...parts, reader: files, copy });
  journal.follow((safe) => shipper.advance(safe));
  return { clock, journal, shipper, metrics };
}

/** Lets timers fire and promises settle, in small steps. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (let spentMs = 0; spentMs < ms; spentMs += 100) {
    clock.advance(100);
    for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
  }
}

const step = fc.record({
  sessions: fc.array(fc.constantFrom('a', 'b'), { maxLength: 12 }),
  database: fc.constantFrom<Fault>('none', 'none', 'before', 'after-commit'),
  disk: fc.constantFrom('good', 'good', 'full', 'broken'),
  advanceMs: fc.integer({ min: 0, max: 3_000 }),
});
const life = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  surviving: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('after crashes and faults of disk and database, the copy is what is safe', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 3 }), async (lives) => {
      const files = new MemorySegmentFiles(new VirtualClock());
      const copy = new MemoryCopy();
      const sequences = new Map<string, number>();
      for (const [lifeNumber, { steps, surviving }] of lives.entries()) {
        const { clock, journal } = start(files, copy);
        for (const { sessions, database, disk, advanceMs } of steps) {
          copy.fault = database;
          files.isBroken = disk === 'broken';
          files.freeBytes = disk === 'full' ? 100 : Number.POSITIVE_INFINITY;
          for (const name of sessions) {
            const sessionId = `${name}${lifeNumber}`;
            const sequence = sequences.get(sessionId) ?? 0;
            sequences.set(sessionId, sequence + 1);
            const at = { atMs: sequence, atEpochMs: 0 };
            journal.append({ type: 'prompt', name: 'hold', sessionId, sequence, ...at });
          }
          await pass(clock, advanceMs);
        }
        // The clock of this life stands still from here: its timers never fire.
        files.crash((unsyncedBytes) => Math.floor(unsyncedBytes * surviving));
        files.isBroken = false;
        files.freeBytes = Number.POSITIVE_INFINITY;
      }
      copy.fault = 'none';
      const last = start(files, copy);
      await pass(last.clock, 3_000);
      for (const sessionId of sequences.keys()) {
        const safe = await collectEntries(readEntries(files, sessionId));
        const copied = copy.order.filter((key) => key.startsWith(`${sessionId} `));
        assert.deepEqual(
          copied,
          safe.map(({ sequence }) => `${sessionId} ${sequence}`),
        );
      }
    }),
    { numRuns: 150 },
  );
});

const prompt = (sequence: number): JournalEntry => ({
  ...{ type: 'prompt', name: 'hold', sessionId: 'a', sequence, atMs: sequence, atEpochMs: 0 },
});

test('an entry that the database refuses costs itself and no other', async () => {
  const files = new MemorySegmentFiles(new VirtualClock());
  const copy = new MemoryCopy();
  copy.refused = ({ sequence }) => sequence === 7;
  const { clock, journal, metrics } = start(files, copy);
  for (let sequence = 0; sequence < 20; sequence += 1) journal.append(prompt(sequence));
  await pass(clock, 5_000);
  const expected = [...Array(20).keys()].filter((each) => each !== 7);
  assert.deepEqual(
    copy.order,
    expected.map((each) => `a ${each}`),
  );
  assert.match(await metrics.text(), /offhook_journal_dropped_total\{reason="refused"\} 1\n/);
});

test('a line that rots on the disk costs itself, is counted, and no other', async () => {
  const files = new MemorySegmentFiles(new VirtualClock());
  const copy = new MemoryCopy();
  copy.fault = 'before';
  const { clock, journal, metrics } = start(files, copy);
  for (let sequence = 0; sequence < 20; sequence += 1) journal.append(prompt(sequence));
  await pass(clock, 2_000);
  const bytes = files.read(files.numbers()[0]!);
  const at = Buffer.from(bytes.buffer, bytes.byteOffset).indexOf('"sequence":3,');
  bytes[at + '"sequence":'.length] = '\n'.charCodeAt(0);
  copy.fault = 'none';
  await pass(clock, 5_000);
  const expected = [...Array(20).keys()].filter((each) => each !== 3);
  assert.deepEqual(
    copy.order,
    expected.map((each) => `a ${each}`),
  );
  // In two pieces, neither of which is a line.
  assert.match(await metrics.text(), /offhook_journal_dropped_total\{reason="bad-line"\} 2\n/);
});

test('segments that were deleted before they were copied are counted', async () => {
  const files = new MemorySegmentFiles(new VirtualClock());
  const copy = new MemoryCopy();
  const { clock, journal, metrics } = start(files, copy);
  journal.append(prompt(0));
  await pass(clock, 3_000);
  copy.fault = 'before';
  for (let sequence = 1; sequence < 40; sequence += 1) {
    journal.append(prompt(sequence));
    await pass(clock, 1_500);
  }
  for (const gone of files.numbers().slice(1, 3)) files.remove(gone);
  copy.fault = 'none';
  await pass(clock, 40_000);
  assert.match(await metrics.text(), /offhook_journal_dropped_total\{reason="segment-gone"\} 2\n/);
  assert.equal(copy.order.at(-1), 'a 39');
});

test('the lag is how long the copy has been behind', async () => {
  const files = new MemorySegmentFiles(new VirtualClock());
  const copy = new MemoryCopy();
  copy.fault = 'before';
  const { clock, journal, metrics } = start(files, copy);
  journal.append(prompt(0));
  await pass(clock, 20_000);
  const [, lag] = /offhook_journal_copy_lag_seconds ([\d.]+)/.exec(await metrics.text()) ?? [];
  assert.ok(Number(lag) > 10);
  copy.fault = 'none';
  await pass(clock, 40_000);
  assert.match(await metrics.text(), /offhook_journal_copy_lag_seconds 0\n/);
});

test('closing copies the rest, or leaves it for the next start, and no timer', async () => {
  const files = new MemorySegmentFiles(new VirtualClock());
  const copy = new MemoryCopy();
  const close = async ({ clock, journal, shipper }: ReturnType<typeof start>) => {
    const closing = journal.close().then(() => shipper.close());
    await pass(clock, 1_000);
    await closing;
    assert.equal(clock.pendingCount, 0);
  };
  const first = start(files, copy);
  first.journal.append(prompt(0));
  await close(first);
  assert.deepEqual(copy.order, ['a 0']);
  copy.fault = 'before';
  const second = start(files, copy);
  second.journal.append({ ...prompt(0), sessionId: 'b' });
  await close(second);
  copy.fault = 'none';
  await pass(start(files, copy).clock, 3_000);
  assert.equal(copy.order.at(-1)?.startsWith('b '), true);
});
