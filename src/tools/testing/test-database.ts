import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Log, Metrics } from '../../observe/observe.ts';
import { systemClock } from '../../runtime/clock.ts';
import { BackgroundDatabase } from '../../store/background-database.ts';
import { shippedMigrations } from '../../store/migrations.ts';
import { openPglite } from '../../store/pglite-engine.ts';
import { seedDemo } from '../../store/seed-demo.ts';
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

/** One with the demonstration data for all tests of a file: opening it takes most of their time. */
export function demoDatabase(): () => Database {
  const store = { database: undefined as Database | undefined };
  before(async () => {
    store.database = openTestDatabase();
    await seedDemo(store.database, '2026-11-21');
  });
  after(() => store.database?.close());
  return () => {
    assert.ok(store.database);
    return store.database;
  };
}
