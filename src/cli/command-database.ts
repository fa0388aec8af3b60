import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { jsonLog } from '../observe/log.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import { redactor } from '../observe/redact.ts';
import { systemClock } from '../runtime/clock.ts';
import { databaseChoice, openDatabase } from '../store/open-database.ts';
import type { Database } from '../store/store.ts';

/** The configured database, for one command. What stands in the way comes as an error. */
export function commandDatabase(database: Config['database']): Database {
  const clock = systemClock();
  return openDatabase(databaseChoice(database), {
    clock,
    log: jsonLog({
      levels: { level: 'error', components: {} },
      redactor: redactor([]),
      epochMs: () => clock.epochMs(),
      // Told once, by the command, in its own words.
      write: () => undefined,
    }),
    metrics: metricsRegistry({ toolNames: [], hasProcessSeries: false }),
  });
}

/** Whether there is anything to open: reading makes no embedded database. */
export function isDatabaseMade({ url, dir }: Config['database']): boolean {
  return url !== null || existsSync(join(dir, 'cluster'));
}
