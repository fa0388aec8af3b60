/**
 * The embedded database: how long it takes to start, what it takes of memory, how fast it answers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { metricsRegistry } from '../src/observe/metrics.ts';
import { silentLog } from '../src/observe/testing/silent.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import { type DatabaseChoice, openDatabase } from '../src/store/open-database.ts';
import type { Database } from '../src/store/store.ts';
import { type BenchOptions, childPeakMb, percentile, Report } from './bench.ts';

const starts = 5;
const queries = 1_000;
const dishes = 300;

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('store');
  const clock = systemClock();
  const home = mkdtempSync(join(tmpdir(), 'offhook-bench-'));
  try {
    const firstMs: number[] = [];
    for (let turn = 0; turn < starts; turn += 1) {
      firstMs.push(await startMs(clock, join(home, `new-${turn}`)));
    }
    const laterMs: number[] = [];
    for (let turn = 0; turn < starts; turn += 1) {
      laterMs.push(await startMs(clock, join(home, 'new-0')));
    }
    report.atMost('first start, median of 5', percentile(firstMs, 50), 'ms', 1_500);
    report.atMost('later start, median of 5', percentile(laterMs, 50), 'ms', 500);
    await measureQueries(report, clock, join(home, 'new-0'));
  } finally {
    rmSync(home, { recursive: true });
  }
  const url = process.env['OFFHOOK_BENCH_DATABASE_URL'];
  if (url === undefined) {
    report.note('OFFHOOK_BENCH_DATABASE_URL names no server: its tool query was not measured');
  } else {
    const database = openAs(clock, { is: 'postgres', url, connectionsMax: 5 });
    report.inform('tool query over a real server, p50', await queryMs(database, clock), 'ms');
    await database.close();
  }
  return report.finish(options);
}

function openAs(clock: Clock, choice: DatabaseChoice): Database {
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  return openDatabase(choice, { clock, log: silentLog, metrics });
}

async function startMs(clock: Clock, directory: string): Promise<number> {
  const beganMs = clock.monotonicMs();
  const database = openAs(clock, { is: 'embedded', directory });
  await database.transaction(async () => undefined, { limitMs: 30_000 });
  const tookMs = clock.monotonicMs() - beganMs;
  await database.close();
  return tookMs;
}

async function measureQueries(report: Report, clock: Clock, directory: string): Promise<void> {
  const database = openAs(clock, { is: 'embedded', directory });
  await database.transaction(async () => undefined, { limitMs: 30_000 });
  const p50Ms = await queryMs(database, clock);
  report.inform('tool query over the embedded database, p50', p50Ms, 'ms');
  const rss = childPeakMb();
  if (rss === null) report.notJudged('memory of its process', 'MB', '<= 250', 'needs /proc');
  else report.atMost('memory of its process, peak', rss, 'MB', 250);
  await database.close();
}

/** A menu of a restaurant, searched as a tool does: full text, best first, five rows. */
async function queryMs(database: Database, clock: Clock): Promise<number> {
  await database.transaction(async (rows) => {
    await rows.deleteFrom('menu_items').where('venue', '=', 'Bench').execute();
    const items = Array.from({ length: dishes }, (_, at) => ({
      venue: 'Bench',
      name: `Dish ${at} with ${at % 7 === 0 ? 'tilapia' : 'beans'}`,
      description: 'grilled, with rice and a salad of the house',
      price_minor: 1_000 + at,
      currency: 'RWF',
    }));
    await rows.insertInto('menu_items').values(items).execute();
  });
  const times: number[] = [];
  for (let turn = 0; turn < queries; turn += 1) {
    const beganMs = clock.monotonicMs();
    await database.transaction((rows) =>
      rows
        .selectFrom('menu_items')
        .select(['id', 'name', 'price_minor', 'currency', 'description', 'image_url'])
        .where(sql<boolean>`search @@ to_tsquery('simple', ${'tilapia'})`)
        .orderBy('name')
        .limit(5)
        .execute(),
    );
    times.push(clock.monotonicMs() - beganMs);
  }
  return percentile(times, 50);
}
