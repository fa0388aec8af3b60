import type { Sql } from 'kysely';
import { z } from 'zod';
import type { Database, TransactionOptions } from '../store/store.ts';
import type { Tool, ToolContext } from './tool.ts';

/** What tools need of the database. */
export type Transactions = Pick<Database, 'transaction'>;

/** A guess at how long a caller listens to silence or filler before they give up. */
const queryMsMax = 3_000;

/**
 * How a tool asks the database: it cannot write, somebody is waiting on the line, and it sees the
 * rows of the organisation that the call is for.
 */
export function readingFor({ call }: Pick<ToolContext, 'call'>): TransactionOptions {
  const { organisationId } = call;
  const options = { isReadOnly: true, limitMs: queryMsMax };
  return organisationId === undefined ? options : { ...options, organisationId };
}

/** How a tool writes: as `readingFor`, and it may. */
export function writingFor(context: Pick<ToolContext, 'call'>): TransactionOptions {
  return { ...readingFor(context), isReadOnly: false };
}

/** What holds for every tool that asks. Its time limit is above the database's, which says more. */
export const asking = {
  timeoutMs: queryMsMax + 1_000,
  repeatable: true,
} as const satisfies Partial<Tool>;

/** Words to look for. Postgres keeps no NUL in a text. */
export function searchText(description: string) {
  return z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((text) => !text.includes('\u0000'), 'a text without NUL')
    .describe(description);
}

/**
 * The words of `text` as a query of full-text search: without English stop words, by their stems,
 * each met by words that begin so. Everything else in the text, wildcards too, means nothing.
 * `null` where no word is left.
 */
export function wordsQuery(sql: Sql, text: string, joinedBy: '&' | '|') {
  const between = `:* ${joinedBy} `;
  // A query that is printed has its words quoted; none of them holds a space.
  return sql`(regexp_replace(
    nullif(plainto_tsquery('english', ${text})::text, ''), ' (&|<->) ', ${between}, 'g'
  ) || ':*')::tsquery`;
}

/** 0 to 1: how much of what was asked is in `column`, or the other way round, by trigrams. */
export function likeness(sql: Sql, text: string, column: 'name' | 'topic') {
  const ref = sql.ref(column);
  return sql<number>`greatest(word_similarity(${text}, ${ref}), word_similarity(${ref}, ${text}))`;
}
