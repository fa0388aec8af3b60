import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import { BackgroundDatabase } from './background-database.ts';
import { shippedMigrations } from './migrations.ts';
import type { Database } from './store.ts';

/** Which database: the keys `database` of the configuration. */
export type DatabaseChoice =
  | { readonly is: 'postgres'; readonly url: string; readonly connectionsMax: number }
  | { readonly is: 'embedded'; readonly directory: string };

/** Postgres where there is a URL, else the embedded database. */
export function databaseChoice(database: {
  readonly url: string | null;
  readonly connections_max: number;
  readonly dir: string;
}): DatabaseChoice {
  const { url, connections_max: connectionsMax, dir: directory } = database;
  return url === null ? { is: 'embedded', directory } : { is: 'postgres', url, connectionsMax };
}

/**
 * Returns at once: the database is opened in the background. The embedded one brings itself up to
 * date; Postgres is refused, and tried again, until somebody has run `offhook migrate`.
 */
export function openDatabase(
  choice: DatabaseChoice,
  parts: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
): Database {
  const migrations = shippedMigrations();
  if (choice.is === 'postgres') {
    const open = async () => {
      const { openPostgres } = await import('./postgres-engine.ts');
      return await openPostgres({ ...choice, migrations });
    };
    return new BackgroundDatabase({ ...parts, open, isEmbedded: false });
  }
  const open = async () => {
    const { openPglite } = await import('./pglite-engine.ts');
    return await openPglite({ ...choice, migrations, clock: parts.clock });
  };
  return new BackgroundDatabase({ ...parts, open, isEmbedded: true });
}
