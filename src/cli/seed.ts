import type { Config } from '../config/schema.ts';
import { systemClock } from '../runtime/clock.ts';
import { type RowCounts, removeDemo, seedDemo } from '../store/seed-demo.ts';
import { dayOf } from '../tools/period.ts';
import { commandDatabase } from './command-database.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface SeedOptions {
  readonly database: Config['database'];
  /** Deletes the demonstration data. */
  readonly isRemoval: boolean;
}

/** `offhook seed demo`: fills the configured database with something to talk about. */
export async function seed(
  { database: choice, isRemoval }: SeedOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const database = commandDatabase(choice);
  try {
    const counts = isRemoval
      ? await removeDemo(database)
      : await seedDemo(database, dayOf(systemClock().epochMs()));
    terminal.print(`${isRemoval ? 'Deleted' : 'Wrote'} ${inWords(counts)}.`);
    if (!isRemoval) {
      terminal.print('All of it is marked as demonstration data; `seed demo --remove` deletes it.');
    }
    return exitCodes.done;
  } finally {
    await database.close();
  }
}

function inWords(counts: RowCounts): string {
  const parts = [
    `${counts.menu_items} menu items`,
    `${counts.pairings} pairings`,
    `${counts.tax_rules} tax rules`,
    `${counts.gl_accounts} accounts`,
  ];
  return `${parts.join(', ')} and ${counts.gl_entries} ledger entries`;
}
