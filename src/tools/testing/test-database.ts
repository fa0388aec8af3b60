import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log, Metrics } from '../../observe/observe.ts';
import { systemClock } from '../../runtime/clock.ts';
import { BackgroundDatabase } from '../../store/background-database.ts';
import { shippedMigrations } from '../../store/migrations.ts';
import { openPglite } from '../../store/pglite-engine.ts';
import type { Database } from '../../store/store.ts';

const ignore = () => undefined;
export const noLog: Log = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => noLog,
};
export const noMetrics: Metrics = { count: ignore, set: ignore, add: ignore, observe: ignore };

/** An embedded database of a test's own with all tables, empty; `close` deletes it. */
export function openTestDatabase(): Database {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-tools-'));
  const clock = systemClock();
  const migrations = shippedMigrations();
  const database = new BackgroundDatabase({
    open: () => openPglite({ directory: join(directory, 'pg'), migrations, clock }),
    isEmbedded: true,
    clock,
    log: noLog,
    metrics: noMetrics,
  });
  return {
    isEmbedded: true,
    get state() {
      return database.state;
    },
    transaction: (work, options) => database.transaction(work, options),
    async close() {
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
