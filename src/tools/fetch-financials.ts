import type { Kysely } from 'kysely';
import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import type { GlCategory, Tables } from '../store/tables.ts';
import { asking, readingFor, searchText, type Transactions } from './data-query.ts';
import { amountText } from './money.ts';
import { dayOf, type Period, parsePeriod, periodForms } from './period.ts';
import type { Tool } from './tool.ts';

/** Lines that are told; the totals hold all. A guess at what can be spoken of. */
const linesMax = 60;

/** What stands above EBITDA, in the order of a profit and loss account. */
const categories = ['revenue', 'cogs', 'operating_expense'] as const satisfies GlCategory[];
type Category = (typeof categories)[number];

const input = z.object({
  period: searchText(`The period: ${periodForms}.`),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .pipe(z.string().regex(/^[A-Z]{3}$/, 'a code of ISO 4217, such as EUR'))
    .optional()
    .describe('The currency, such as EUR, where the ledger has several.'),
});

export interface Financials {
  readonly from: string;
  readonly to: string;
  /** False: more can still be posted, these are not the figures of the whole period. */
  readonly is_over: boolean;
  readonly revenue: string;
  readonly cogs: string;
  readonly operating_expenses: string;
  /** Revenue less cost of goods sold and operating expenses. */
  readonly ebitda: string;
  /** Sums of accounts. Amounts as a reader of the account expects them: costs are above zero. */
  readonly lines: readonly FinancialLine[];
  readonly lines_left_out: number;
  /** The figures are made up, in whole or in part, to try Offhook out. */
  readonly is_demo: boolean;
}

export interface FinancialLine {
  readonly category: Category;
  readonly account: string;
  readonly name: string;
  readonly amount: string;
}

/**
 * The profit and loss account down to EBITDA, from the postings of a period. Entries that close a
 * year into equity must not be in the ledger: they would take away what they close. Amounts of
 * different currencies are never added: the caller has to choose.
 */
export function fetchFinancials(database: Transactions): Tool<z.infer<typeof input>, Financials> {
  return {
    ...asking,
    name: 'fetch_financials',
    description:
      'Gives revenue, cost of goods sold and EBITDA of a period from the general ledger, with ' +
      'the accounts behind them. Quote the figures as they come; when it fails, say so.',
    input,
    minTrust: 'verified',
    isSensitive: true,
    async run({ period, currency }, context) {
      const today = dayOf(context.clock.epochMs());
      const days = parsePeriod(period, today);
      const sums = await database.transaction((rows) => sumsIn(rows, days), readingFor(context));
      return { ...days, is_over: days.to < today, ...statementOf(sums, { days, currency }) };
    },
  };
}

interface AccountSum {
  readonly category: GlCategory;
  readonly account: string;
  readonly name: string;
  readonly currency: string;
  /** Debits less credits, in minor units. */
  readonly balance: string;
  readonly is_demo: boolean;
}

async function sumsIn(rows: Kysely<Tables>, { from, to }: Period): Promise<readonly AccountSum[]> {
  const { sql } = await import('kysely');
  return await rows
    .selectFrom('gl_entries as entry')
    .innerJoin('gl_accounts as account', 'account.id', 'entry.account_id')
    .select(['account.category', 'account.code as account', 'account.name', 'entry.currency'])
    .select([
      sql<string>`sum(entry.amount_minor)::text`.as('balance'),
      sql<boolean>`bool_or(entry.is_demo)`.as('is_demo'),
    ])
    .where('account.category', 'in', categories)
    .where('entry.posted_on', '>=', from)
    .where('entry.posted_on', '<=', to)
    .groupBy(['account.category', 'account.code', 'account.name', 'entry.currency'])
    .orderBy('account.code')
    .execute();
}

type Statement = Omit<Financials, 'from' | 'to' | 'is_over'>;

function statementOf(
  sums: readonly AccountSum[],
  asked: { readonly days: Period; readonly currency: string | undefined },
): Statement {
  const currency = asked.currency ?? onlyCurrency(sums, asked.days);
  const amounts = sums
    .filter((sum) => sum.currency === currency)
    .map((sum) => ({
      ...sum,
      minor: sum.category === 'revenue' ? -BigInt(sum.balance) : BigInt(sum.balance),
    }));
  if (amounts.length === 0) throw nothingPosted(asked.days, asked.currency);
  const total = (category: Category) =>
    amounts.reduce((sum, each) => (each.category === category ? sum + each.minor : sum), 0n);
  const [revenue, cogs, expenses] = [total('revenue'), total('cogs'), total('operating_expense')];
  const text = (minor: bigint) => amountText(minor, currency);
  const ordered = categories.flatMap((category) =>
    amounts
      .filter((each) => each.category === category)
      .toSorted((one, other) => (one.minor < other.minor ? 1 : -1))
      .map(({ account, name, minor }) => ({ category, account, name, amount: text(minor) })),
  );
  return {
    revenue: text(revenue),
    cogs: text(cogs),
    operating_expenses: text(expenses),
    ebitda: text(revenue - cogs - expenses),
    lines: ordered.slice(0, linesMax),
    lines_left_out: Math.max(0, ordered.length - linesMax),
    is_demo: amounts.some((each) => each.is_demo),
  };
}

function onlyCurrency(sums: readonly AccountSum[], days: Period): string {
  const [only, ...others] = new Set(sums.map(({ currency }) => currency));
  if (only === undefined) throw nothingPosted(days, undefined);
  if (others.length === 0) return only;
  const choices = [only, ...others].toSorted().join(', ');
  throw new GatewayError('REQUEST_INVALID', `name one currency, the ledger has ${choices}`);
}

function nothingPosted({ from, to }: Period, currency: string | undefined): GatewayError {
  const what = currency === undefined ? 'nothing' : `nothing in ${currency}`;
  return new GatewayError('NOT_FOUND', `the ledger has ${what} from ${from} to ${to}`);
}
