import type { Kysely } from 'kysely';
import { journalEntryOf } from './journal-line.ts';
import { organisationIds } from './organisation-ids.ts';
import { type Database, defaultOrganisationId, type JournalEntry } from './store.ts';
import type { Tables } from './tables.ts';

/** One session as a list shows it. */
export interface SessionRecord {
  readonly id: string;
  readonly startedAtEpochMs: number;
  readonly persona: string;
  readonly provider: string;
  /** How often the caller said something. */
  readonly turnCount: number;
  /** `null` while it goes on. */
  readonly cause: string | null;
}

/** Whose sessions are to be forgotten: by their own ids and by the number of the caller. */
export interface ForgetOrder {
  readonly sessionIds: readonly string[];
  readonly callerNumber: string | null;
}

/** What is deleted goes through many tables. */
const forgetMsMax = 60_000;

/** The newest sessions of an organisation in the database, at most so many, oldest first. */
export async function listRecords(
  database: Database,
  countMax: number,
  organisationId = defaultOrganisationId,
): Promise<readonly SessionRecord[]> {
  const found = await database.transaction(
    (rows) =>
      rows
        .selectFrom('sessions')
        .select(['id', 'started_at', 'persona', 'provider', 'end_cause'])
        .select((each) =>
          each
            .selectFrom('journal_entries')
            .select((entry) => entry.fn.countAll<number>().as('count'))
            .whereRef('session_id', '=', 'sessions.id')
            .where('type', '=', 'caller-said')
            .as('turnCount'),
        )
        .orderBy('started_at', 'desc')
        .limit(countMax)
        .execute(),
    { isReadOnly: true, organisationId },
  );
  return found.reverse().map((row) => ({
    id: row.id,
    startedAtEpochMs: row.started_at.getTime(),
    persona: row.persona ?? '',
    provider: row.provider ?? '',
    turnCount: row.turnCount ?? 0,
    cause: row.end_cause,
  }));
}

/** The entries of one session that have been copied to the database, in order. */
export async function recordedEntries(
  database: Database,
  sessionId: string,
  organisationId = defaultOrganisationId,
): Promise<readonly JournalEntry[]> {
  const found = await database.transaction(
    (rows) =>
      rows
        .selectFrom('journal_entries')
        .select('entry')
        .where('session_id', '=', sessionId)
        .orderBy('sequence')
        .execute(),
    { isReadOnly: true, organisationId },
  );
  return found.flatMap(({ entry }) => journalEntryOf(entry) ?? []);
}

/**
 * Deletes sessions and all that bears their ids, and keeps them from being copied again. Gives the
 * ids of those that were in the database or are named. Sessions still going on are left.
 */
export async function forgetRecords(
  database: Database,
  order: ForgetOrder,
): Promise<readonly string[]> {
  const forgotten = new Set<string>();
  for (const organisationId of await organisationIds(database)) {
    for (const id of await forgetIn(database, organisationId, order)) forgotten.add(id);
  }
  return [...forgotten];
}

function forgetIn(
  database: Database,
  organisationId: string,
  { sessionIds, callerNumber }: ForgetOrder,
): Promise<readonly string[]> {
  return database.transaction(
    async (rows) => {
      // Whoever copies holds the position of its journal: none is under way after this.
      await rows.selectFrom('journal_positions').select('journal_id').forUpdate().execute();
      const ofCaller = await idsOfCaller(rows, callerNumber);
      const ids = [...new Set([...sessionIds, ...ofCaller])];
      if (ids.length === 0) return [];
      await rows
        .insertInto('forgotten_sessions')
        .values(ids.map((session_id) => ({ session_id })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await deleteSessions(rows, ids);
      return ids;
    },
    { organisationId, limitMs: forgetMsMax },
  );
}

/** With everything that is kept of them, as far as the organisation of this transaction has it. */
export async function deleteSessions(rows: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  const { sql } = await import('kysely');
  const anyOfThem = sql<string>`any(${ids})`;
  for (const table of ['journal_entries', 'openai_debug_events'] as const) {
    await rows.deleteFrom(table).where('session_id', '=', anyOfThem).execute();
  }
  await rows.deleteFrom('sessions').where('id', '=', anyOfThem).execute();
}

async function idsOfCaller(
  rows: Kysely<Tables>,
  callerNumber: string | null,
): Promise<readonly string[]> {
  if (callerNumber === null) return [];
  const found = await rows
    .selectFrom('sessions')
    .select('id')
    .where('caller_number', '=', callerNumber)
    .where('ended_at', 'is not', null)
    .execute();
  return found.map(({ id }) => id);
}
