import type { Kysely } from 'kysely';
import type { Log } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Tables } from '../store/tables.ts';
import type { Transactions } from './data-query.ts';
import { namesOfJurisdiction } from './jurisdiction.ts';

/** A value that callers can name, with its names as they are written. */
export interface NamedValue {
  readonly value: string;
  readonly names: readonly string[];
}

/** By list: `menu_item`, `venue`, `jurisdiction`, `tax_topic`, `ledger_month` (`2026-03`). */
export type NamedValues = Readonly<Record<string, readonly NamedValue[]>>;

/** Of each list: a recognizer tells no more apart by far. */
const valuesMax = 400;
/** How long a dish that has been added is not understood yet, at most. */
const freshMs = 120_000;
/**
 * After a failure, or where a list is empty and may be about to be filled: so that neither a
 * database that is away nor one without rows is asked with every turn.
 */
const retryMs = 10_000;
const queryMsMax = 3_000;
/** Lists of so many organisations are kept. */
const organisationsMax = 100;

interface Kept {
  readonly values: NamedValues;
  readonly staleAtMs: number;
}

/**
 * The names in the database that callers may say, kept for two minutes where there are some. Asking
 * never waits longer than one query and never fails: a database that is away gives what was known,
 * or nothing.
 */
export class VocabularyReader {
  readonly #database: Transactions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #none: NamedValues = {};
  readonly #kept = new Map<string, Kept>();
  readonly #pending = new Map<string, Promise<NamedValues>>();

  constructor(deps: { readonly database: Transactions; readonly clock: Clock; readonly log: Log }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** What was read last; where that is old it is read anew meanwhile. */
  known(organisationId?: string): NamedValues {
    const kept = this.#kept.get(organisationId ?? '');
    if (kept === undefined || kept.staleAtMs <= this.#clock.monotonicMs()) {
      void this.read(organisationId);
    }
    return kept?.values ?? this.#none;
  }

  /** As `known`, but waits for the first reading. Never rejects. */
  async read(organisationId?: string): Promise<NamedValues> {
    const key = organisationId ?? '';
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.staleAtMs > this.#clock.monotonicMs()) return kept.values;
    const pending = this.#pending.get(key) ?? this.#readAnew(key, organisationId);
    this.#pending.set(key, pending);
    return await pending;
  }

  async #readAnew(key: string, organisationId: string | undefined): Promise<NamedValues> {
    const before = this.#kept.get(key)?.values ?? this.#none;
    const options = { isReadOnly: true, limitMs: queryMsMax };
    let read: { readonly values: NamedValues; readonly forMs: number };
    try {
      const values = await this.#database.transaction(
        valuesIn,
        organisationId === undefined ? options : { ...options, organisationId },
      );
      const isSame = JSON.stringify(values) === JSON.stringify(before);
      const isWhole = Object.values(values).every((list) => list.length > 0);
      read = { values: isSame ? before : values, forMs: isWhole ? freshMs : retryMs };
    } catch (thrown) {
      // Whatever it was: those who speak now are understood with what was known.
      this.#log.warn('vocabulary not read', { reason: messageOf(thrown) });
      read = { values: before, forMs: retryMs };
    }
    this.#keep(key, { values: read.values, staleAtMs: this.#clock.monotonicMs() + read.forMs });
    this.#pending.delete(key);
    return read.values;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > organisationsMax && oldest !== undefined) this.#kept.delete(oldest);
  }
}

async function valuesIn(rows: Kysely<Tables>): Promise<NamedValues> {
  const items = await rows
    .selectFrom('menu_items')
    .select(['name', 'venue'])
    .where('is_available', '=', true)
    .orderBy('name')
    .limit(valuesMax)
    .execute();
  const rules = await rows
    .selectFrom('tax_rules')
    .select(['jurisdiction', 'topic'])
    .orderBy('jurisdiction')
    .orderBy('topic')
    .limit(valuesMax)
    .execute();
  const { sql } = await import('kysely');
  const months = await rows
    .selectFrom('gl_entries')
    .select(sql<string>`to_char(posted_on, 'YYYY-MM')`.as('month'))
    .distinct()
    .orderBy('month', 'desc')
    .limit(valuesMax)
    .execute();
  return namedValues({ items, rules, months: months.map(({ month }) => month) });
}

/** What callers may name of these rows. */
export function namedValues({ items, rules, months }: NamedRows): NamedValues {
  const jurisdictions = distinct(rules.map(({ jurisdiction }) => jurisdiction));
  return {
    menu_item: distinct(items.map(({ name }) => name)).map(plainlyNamed),
    venue: distinct(items.map(({ venue }) => venue)).map(plainlyNamed),
    jurisdiction: jurisdictions.map((value) => ({ value, names: namesOfJurisdiction(value) })),
    tax_topic: distinct(rules.map(({ topic }) => topic)).map(plainlyNamed),
    ledger_month: months.map(plainlyNamed),
  };
}

export interface NamedRows {
  readonly items: readonly { readonly name: string; readonly venue: string }[];
  readonly rules: readonly { readonly jurisdiction: string; readonly topic: string }[];
  /** `2026-03`. */
  readonly months: readonly string[];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function plainlyNamed(value: string): NamedValue {
  return { value, names: [value] };
}
