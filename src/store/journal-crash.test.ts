import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import type { Log } from '../observe/observe.ts';
import { memoryJournal } from './memory-journal.ts';
import { MemorySegmentFiles } from './memory-segment-files.ts';
import { collectEntries, readEntries } from './read-entries.ts';

const step = fc.record({
  /** Each appends one entry to its session. */
  sessions: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }),
  disk: fc.constantFrom('good', 'good', 'full', 'broken'),
  isDurableAsked: fc.boolean(),
  advanceMs: fc.integer({ min: 0, max: 1_500 }),
});
const life = fc.record({
  steps: fc.array(step, { maxLength: 12 }),
  /** The part of the bytes not synced that the crash leaves. */
  surviving: fc.double({ min: 0, max: 1, noNaN: true }),
});
type ValueOf<A> = A extends fc.Arbitrary<infer Value> ? Value : never;

interface Told {
  /** Entries of which `durable` said that they are safe, by session: the number of them. */
  readonly safeCounts: Map<string, number>;
  readonly writtenCounts: Map<string, number>;
}

function startJournal(files: MemorySegmentFiles) {
  const silent: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    child: () => silent,
  };
  // A clock of its own, never moved after the crash: the dead process does nothing more.
  const clock = new VirtualClock();
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const logOptions = { segmentBytesMax: 700 };
  const scrub = (json: string): string => json;
  const parts = { clock, log: silent, metrics, scrub, files, logOptions };
  return { clock, ...memoryJournal(parts) };
}

/** One process on the disk, ended by a loss of power. Its sessions bear the number of its life. */
async function liveAndCrash(
  files: MemorySegmentFiles,
  { steps, surviving }: ValueOf<typeof life>,
  told: Told,
  lifeNumber: number,
): Promise<void> {
  const { clock, journal } = startJournal(files);
  for (const { sessions, disk, isDurableAsked, advanceMs } of steps) {
    files.isBroken = disk === 'broken';
    files.freeBytes = disk === 'full' ? 100 : Number.POSITIVE_INFINITY;
    for (const name of sessions) {
      const sessionId = `${name}${lifeNumber}`;
      const sequence = told.writtenCounts.get(sessionId) ?? 0;
      told.writtenCounts.set(sessionId, sequence + 1);
      const when = { atMs: sequence, atEpochMs: 0 };
      journal.append({ type: 'prompt', name: 'hold', sessionId, sequence, ...when });
    }
    const soFar = [...told.writtenCounts];
    if (isDurableAsked) {
      journal.durable('any', 0).then(
        () => {
          for (const [sessionId, count] of soFar) {
            if (sessionId.endsWith(`${lifeNumber}`)) told.safeCounts.set(sessionId, count);
          }
        },
        (error) => assert.equal(error.code, 'DISK_FULL'),
      );
    }
    clock.advance(advanceMs);
    await Promise.resolve();
  }
  await Promise.resolve();
  files.crash((unsyncedBytes) => Math.floor(unsyncedBytes * surviving));
  files.isBroken = false;
  files.freeBytes = Number.POSITIVE_INFINITY;
}

const nothing: Pick<ValueOf<typeof step>, 'sessions' | 'isDurableAsked'> = {
  sessions: [],
  isDurableAsked: false,
};
const brokenThenFull: ValueOf<typeof step>[] = [
  { ...nothing, disk: 'good', advanceMs: 1 },
  { ...nothing, sessions: ['a', 'a'], disk: 'broken', advanceMs: 1_051 },
  { ...nothing, disk: 'full', advanceMs: 1_001 },
];

test('after crashes and disk faults every promised entry is read once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), async (lives) => {
      const files = new MemorySegmentFiles(new VirtualClock());
      const told: Told = { safeCounts: new Map(), writtenCounts: new Map() };
      for (const [lifeNumber, each] of lives.entries()) {
        await liveAndCrash(files, each, told, lifeNumber);
      }
      const { clock, opened } = startJournal(files);
      clock.advance(10);
      await opened;
      for (const [sessionId, writtenCount] of told.writtenCounts) {
        const entries = await collectEntries(readEntries(files, sessionId));
        const safeCount = told.safeCounts.get(sessionId) ?? 0;
        const sequences = entries.map((each) => each.sequence);
        const prompts = entries.filter((each) => each.type === 'prompt');
        assert.deepEqual(sequences, [...sequences.keys()]);
        assert.ok(prompts.length >= safeCount, `${prompts.length} of ${safeCount} promised`);
        assert.ok(prompts.length <= writtenCount);
        const ends = entries.filter((each) => each.type === 'session-end');
        assert.equal(ends.length, entries.length === 0 ? 0 : 1);
        if (entries.length > 0) assert.equal(entries.at(-1), ends[0]);
      }
    }),
    {
      numRuns: 300,
      // The disk breaks with lines in a segment that cannot be cut, fills up, and the power goes.
      examples: [[[{ steps: brokenThenFull, surviving: 0.5 }]]],
    },
  );
});
