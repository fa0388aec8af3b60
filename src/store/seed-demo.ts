import { type Kysely, sql } from 'kysely';
import { assert } from '../runtime/assert.ts';
import ledger from './seed/ledger.json' with { type: 'json' };
import menu from './seed/menu.json' with { type: 'json' };
import taxes from './seed/tax-rules.json' with { type: 'json' };
import type { Database } from './store.ts';
import type { Tables } from './tables.ts';

/** Many times what some hundred rows take. */
const limitMs = 30_000;
const monthCount = 12;

type DemoTable = 'menu_items' | 'pairings' | 'tax_rules' | 'gl_accounts' | 'gl_entries';

/** How many rows of each table were written or deleted. */
export type RowCounts = Readonly<Record<DemoTable, number>>;

/**
 * Writes the demonstration data, every row marked `is_demo`: two menus with pairings, tax rules,
 * and the ledger of the twelve months before the month of `today` (`2026-11-21`). A second time
 * adds what is missing and moves the ledger. Rows of the operator stay as they are.
 */
export async function seedDemo(database: Database, today: string): Promise<RowCounts> {
  return await database.transaction(
    async (rows) => {
      await removeFrom(rows, 'gl_entries');
      return {
        menu_items: await add(rows, 'menu_items', menu.menu_items),
        pairings: await add(rows, 'pairings', menu.pairings),
        tax_rules: await add(rows, 'tax_rules', taxes.tax_rules),
        gl_accounts: await add(rows, 'gl_accounts', ledger.accounts),
        gl_entries: await add(rows, 'gl_entries', entriesBefore(today)),
      };
    },
    { limitMs },
  );
}

/**
 * Deletes the demonstration data. Accounts on which the operator has posted stay; whoever pairs a
 * dish of their own with one that goes loses the pairing.
 */
export async function removeDemo(database: Database): Promise<RowCounts> {
  return await database.transaction(
    async (rows) => ({
      pairings: await removeFrom(rows, 'pairings'),
      menu_items: await removeFrom(rows, 'menu_items'),
      tax_rules: await removeFrom(rows, 'tax_rules'),
      gl_entries: await removeFrom(rows, 'gl_entries'),
      gl_accounts: await removeUnusedAccounts(rows),
    }),
    { limitMs },
  );
}

/** What the demonstration data names, for those who have no database to ask. */
export function demoNames(today: string) {
  const months = entriesBefore(today).map(({ posted_on }) => posted_on.slice(0, 'YYYY-MM'.length));
  return { items: menu.menu_items, rules: taxes.tax_rules, months: [...new Set(months)] };
}

/** Adds rows that all have the keys of the first, but for those that are there already. */
async function add(
  rows: Kysely<Tables>,
  table: DemoTable,
  added: readonly object[],
): Promise<number> {
  const [first = {}] = added;
  const target = sql.table(table);
  const columns = sql.join(Object.keys(first).map((column) => sql.ref(column)));
  const { numAffectedRows } = await sql`
    insert into ${target} (${columns}, is_demo)
    select ${columns}, true
    from jsonb_populate_recordset(null::${target}, ${JSON.stringify(added)}::jsonb)
    on conflict do nothing`.execute(rows);
  return Number(numAffectedRows);
}

async function removeFrom(
  rows: Kysely<Tables>,
  table: Exclude<DemoTable, 'gl_accounts'>,
): Promise<number> {
  const { numDeletedRows } = await rows
    .deleteFrom(table)
    .where('is_demo', '=', true)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function removeUnusedAccounts(rows: Kysely<Tables>): Promise<number> {
  const { numDeletedRows } = await rows
    .deleteFrom('gl_accounts')
    .where('is_demo', '=', true)
    .where('id', 'not in', rows.selectFrom('gl_entries').select('account_id'))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

interface Entry {
  readonly account_id: string;
  readonly posted_on: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly memo: string;
}

/** Every posting is two entries that add up to nothing: the debit and the credit. */
function entriesBefore(today: string): readonly Entry[] {
  const [thisYear, thisMonth] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  const dayIn = (monthsAgo: number, day: number) =>
    new Date(Date.UTC(thisYear, thisMonth - 1 - monthsAgo, day)).toISOString().slice(0, 10);
  const opening = ledger.opening.flatMap((posting) => entriesOf(posting, dayIn(monthCount, 1)));
  const year = Array.from({ length: monthCount }, (_, index) => index + 1).flatMap((monthsAgo) =>
    ledger.postings.flatMap(({ day, amounts, ...posting }) => {
      const month = (thisMonth - 1 - monthsAgo + monthCount) % monthCount;
      return entriesOf({ ...posting, amount: amounts[month] ?? 0 }, dayIn(monthsAgo, day));
    }),
  );
  return [...opening, ...year];
}

interface Posting {
  readonly memo: string;
  /** Codes of accounts. */
  readonly debit: string;
  readonly credit: string;
  readonly amount: number;
}

function entriesOf({ memo, debit, credit, amount }: Posting, posted_on: string): readonly Entry[] {
  const both = { posted_on, currency: ledger.currency, memo };
  return [
    { ...both, account_id: accountId(debit), amount_minor: amount },
    { ...both, account_id: accountId(credit), amount_minor: -amount },
  ];
}

function accountId(code: string): string {
  const account = ledger.accounts.find((each) => each.code === code);
  assert(account !== undefined, `the demonstration ledger has an account ${code}`);
  return account.id;
}
