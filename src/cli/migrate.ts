import type { Config } from '../config/schema.ts';
import { applyMigrations, printMigrations, shippedMigrations } from '../store/migrations.ts';
import { openPostgres } from '../store/postgres-engine.ts';
import { commandDatabase } from './command-database.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface MigrateOptions {
  readonly database: Config['database'];
  /** The SQL is printed, and no database is touched. */
  readonly isPrint: boolean;
}

/** `offhook migrate`: brings the database up to date, or prints the SQL that does. */
export async function migrate(
  { database, isPrint }: MigrateOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (isPrint) {
    terminal.print(printMigrations(shippedMigrations()).trimEnd());
    return exitCodes.done;
  }
  const url = database.direct_url ?? database.url;
  if (url === null) {
    await openEmbedded(database);
    terminal.print('The embedded database is up to date.');
    return exitCodes.done;
  }
  const applied = await applyTo(url);
  if (applied.length === 0) terminal.print('The database is up to date.');
  else terminal.print(`Applied ${applied.join(', ')}.`);
  if (database.direct_url !== null) {
    terminal.print('If the gateway has a login of its own: grant offhook_gateway to it.');
  }
  return exitCodes.done;
}

/** It brings itself up to date when it is opened. */
async function openEmbedded(choice: Config['database']): Promise<void> {
  const database = commandDatabase(choice);
  try {
    await database.transaction(async () => undefined);
  } finally {
    await database.close();
  }
}

async function applyTo(url: string): Promise<readonly string[]> {
  const engine = await openPostgres({ url, connectionsMax: 1, migrations: null });
  try {
    const connection = await engine.acquire();
    try {
      return await applyMigrations(connection, shippedMigrations());
    } finally {
      connection.release();
    }
  } finally {
    await engine.close();
  }
}
