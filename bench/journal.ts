/**
 * The journal at full speed, from `append` to the embedded database, beside the event loop that
 * paces calls: entries a second, how late the loop is, and what both processes take.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metricsRegistry } from '../src/observe/metrics.ts';
import { redactor } from '../src/observe/redact.ts';
import { silentLog } from '../src/observe/testing/silent.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import { openJournal } from '../src/store/journal.ts';
import { databaseCopy } from '../src/store/journal-copy.ts';
import { JournalShipper } from '../src/store/journal-shipper.ts';
import { openDatabase } from '../src/store/open-database.ts';
import { type SegmentPosition, segmentReader } from '../src/store/segment-files.ts';
import type { Database, Journal, JournalEntry } from '../src/store/store.ts';
import { workerPort } from '../src/store/worker-port.ts';
import {
  type BenchOptions,
  busyLatenessMs,
  childPeakMb,
  emptyLoopLatenessMs,
  Report,
} from './bench.ts';

const entriesPerSecond = 30_000;
const seconds = 10;
const tickMs = 1;
const sessionCount = 100;
/** Copied with nothing beside: what was written while the database was away. */
const backlogEntries = 150_000;
/** The journal takes so many at once, and more when these are safe. */
const backlogStep = 10_000;
/** Behind the last entry: what a batch, the gathering and a sync take together, and some. */
const restMsMax = 3_000;

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('journal');
  const clock = systemClock();
  const home = mkdtempSync(join(tmpdir(), 'offhook-bench-'));
  try {
    await measure(report, clock, home);
  } finally {
    rmSync(home, { recursive: true });
  }
  return report.finish(options);
}

async function measure(report: Report, clock: Clock, home: string): Promise<void> {
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const shared = { clock, log: silentLog, metrics };
  const directory = join(home, 'journal');
  const reader = segmentReader(directory);
  const { journal } = await openJournal({
    ...shared,
    openPort: workerPort({
      directory,
      atEpochMs: clock.epochMs(),
      segmentBytesMax: 64 * 1024 * 1024,
      retentionMs: Number.POSITIVE_INFINITY,
      repeatableTools: [],
    }),
    reader,
    scrub: redactor([]).secretsOnly,
  });
  const database = openDatabase({ is: 'embedded', directory: join(home, 'store') }, shared);
  await database.transaction(async () => undefined, { limitMs: 30_000 });
  const copy = databaseCopy(database, {
    journalId: '11111111-1111-4111-8111-111111111111',
    openaiRequests: { tags: ['demo'], quotaTag: 'trial' },
  });
  const shipper = new JournalShipper({ ...shared, reader, copy });
  let safe: SegmentPosition = { segment: 0, bytes: 0 };
  const untilCopied = async (): Promise<void> => {
    const lastMs = clock.monotonicMs() + 10 * restMsMax;
    // Counting the rows meanwhile would take the database longer than copying them.
    while (!isSame(await copy.position(), safe) && clock.monotonicMs() < lastMs) {
      await pause(clock, 100);
    }
  };
  await appendBacklog(clock, journal);
  const followedMs = clock.monotonicMs();
  journal.follow((position) => {
    safe = position;
    shipper.advance(position);
  });
  await untilCopied();
  const rate = backlogEntries / ((clock.monotonicMs() - followedMs) / 1_000);
  report.atLeast('a backlog, from the files to the database', rate, 'entries/s', entriesPerSecond);

  const latenessMs = await emptyLoopLatenessMs(clock);
  const idleMs = await loopDelayMs(() => pause(clock, 3_000));
  const [beganMs, began] = [clock.monotonicMs(), process.threadCpuUsage()];
  const busyMs = await loopDelayMs(() => appendPaced(clock, (entry) => journal.append(entry)));
  const spent = process.threadCpuUsage(began);
  const wanted = entriesPerSecond * seconds;
  await untilCopied();
  const copied = (await countIn(database)) - backlogEntries;
  const tookS = (clock.monotonicMs() - beganMs) / 1_000;
  report.atLeast('entries copied in all', copied, 'entries', wanted);
  const restMs = Math.max(0, tookS - seconds) * 1_000;
  report.atMost('from the last entry to its copy', restMs, 'ms', restMsMax);
  report.inform('sustained, from append to the database', copied / tookS, 'entries/s');
  const spentMicroseconds = (spent.user + spent.system) / wanted;
  report.inform("CPU of the gateway's thread, of an entry", spentMicroseconds, 'µs');
  report.inform('event loop idle, p99', idleMs, 'ms');
  if (latenessMs <= busyLatenessMs) {
    report.atMost('event loop above idle, p99', busyMs - idleMs, 'ms', 3);
  } else {
    const reason = `an empty loop is late by ${latenessMs.toFixed(1)} ms: ${busyMs - idleMs}`;
    report.notJudged('event loop above idle, p99', 'ms', '<= 3', reason);
  }
  const rss = childPeakMb();
  if (rss !== null) report.atMost("memory of the database's process, peak", rss, 'MB', 250);
  await shipper.close();
  await journal.close();
  await database.close();
}

async function appendBacklog(clock: Clock, journal: Journal): Promise<void> {
  for (let at = 0; at < backlogEntries; at += 1) {
    const entry = entryOf(at, clock.epochMs());
    journal.append(entry);
    if (at % backlogStep === backlogStep - 1) {
      await journal.durable(entry.sessionId, entry.sequence);
    }
  }
}

/** So many entries in every tick, whenever the tick comes: the rate is kept over the whole. */
async function appendPaced(clock: Clock, append: (entry: JournalEntry) => void): Promise<void> {
  const beganMs = clock.monotonicMs();
  let appended = 0;
  while (appended < entriesPerSecond * seconds) {
    await pause(clock, tickMs);
    const due = ((clock.monotonicMs() - beganMs) / 1_000) * entriesPerSecond;
    for (; appended < Math.min(due, entriesPerSecond * seconds); appended += 1) {
      append(entryOf(backlogEntries + appended, clock.epochMs()));
    }
  }
}

function entryOf(at: number, atEpochMs: number): JournalEntry {
  const sequence = Math.floor(at / sessionCount);
  return {
    type: 'caller-said',
    itemId: `item_${at}`,
    text: 'I would like a table for two by the window, and the tilapia if you still have it.',
    spokenAtMs: sequence * 20,
    sessionId: `ses_${at % sessionCount}`,
    sequence,
    atMs: sequence * 20,
    atEpochMs,
  };
}

async function loopDelayMs(work: () => Promise<void>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

function isSame(left: SegmentPosition | null, right: SegmentPosition): boolean {
  return left?.segment === right.segment && left.bytes === right.bytes;
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}

async function countIn(database: Database): Promise<number> {
  const { count } = await database.transaction(
    (rows) =>
      rows
        .selectFrom('journal_entries')
        .select((each) => each.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow(),
    { limitMs: 30_000 },
  );
  return count;
}
