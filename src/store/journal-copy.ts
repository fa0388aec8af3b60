import type { Kysely } from 'kysely';
import { sqlStateOf } from './engine.ts';
import type { EntryBytes } from './entry-bytes.ts';
import { holdsRequest, insertOpenaiRequests, type OpenaiRequestLog } from './openai-requests.ts';
import type { SegmentPosition } from './segment-files.ts';
import { type Database, defaultOrganisationId } from './store.ts';
import type { Tables } from './tables.ts';

/** Where the journal is copied to. */
export interface JournalCopy {
  /** Up to where the copy goes; `null`: nothing has been copied. */
  position(): Promise<SegmentPosition | null>;
  /**
   * Adds entries and moves the position, both or neither. Entries that are there already are passed
   * over, and those of forgotten sessions.
   */
  add(entries: EntryBytes, after: SegmentPosition): Promise<void>;
}

/** A batch over a slow line, or while the database has much to do. */
const copyMsMax = 30_000;
/** SQLSTATE: the entry is there. */
const uniqueViolation = '23505';
/** What `jsonb` does not take though it is JSON: U+0000, and halves of surrogate pairs. */
const refusedEscape = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

export interface CopyOptions {
  /** Several gateways may share one database: each journal has an id of its own. */
  readonly journalId: string;
  /** `null`: requests to OpenAI are not written down by themselves. */
  readonly openaiRequests: OpenaiRequestLog | null;
}

/** The copy in the database. */
export function databaseCopy(
  database: Database,
  { journalId, openaiRequests }: CopyOptions,
): JournalCopy {
  return {
    async position() {
      const row = await database.transaction((rows) =>
        rows
          .selectFrom('journal_positions')
          .select(['segment', 'bytes'])
          .where('journal_id', '=', journalId)
          .executeTakeFirst(),
      );
      return row ?? null;
    },
    async add(entries, after) {
      const groups = [...entries.byOrganisation()].map(
        ([id, array]) => [id, asJsonb(array)] as const,
      );
      const addWhere = (known: KnownEntries) =>
        database.transaction(
          async (rows) => {
            // First, so that whoever forgets a session and whoever copies it wait for each other.
            await rows
              .insertInto('journal_positions')
              .values({ journal_id: journalId, ...after })
              .onConflict((conflict) => conflict.column('journal_id').doUpdateSet({ ...after }))
              .execute();
            for (const [organisationId, array] of groups) {
              await workFor(organisationId, rows);
              await insertEntries(rows, array, known);
              if (array.includes('"session-')) await insertSessions(rows, array);
              if (openaiRequests !== null && holdsRequest(array)) {
                await insertOpenaiRequests(rows, array, openaiRequests);
              }
            }
          },
          { limitMs: copyMsMax },
        );
      try {
        await addWhere('none');
      } catch (error) {
        if (sqlStateOf(error) !== uniqueViolation) throw error;
        await addWhere('passed-over');
      }
    },
  };
}

/**
 * What follows in this transaction is of that organisation. One that only an issuer of tokens knows
 * so far is made, under its id as its name: its calls must not hold up those of all others.
 */
async function workFor(id: string, rows: Kysely<Tables>): Promise<void> {
  const { sql } = await import('kysely');
  await sql`select set_config('offhook.organisation_id', ${id}, true)`.execute(rows);
  if (id === defaultOrganisationId) return;
  await rows
    .insertInto('organisations')
    .values({ id, slug: id, name: id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Entries are there already only where the position was set back without them, as by a backup that
 * was played in by half. Looking for them in every row would take a quarter of the rate.
 */
type KnownEntries = 'none' | 'passed-over';

async function insertEntries(
  rows: Kysely<Tables>,
  entries: Buffer,
  known: KnownEntries,
): Promise<void> {
  const { sql } = await import('kysely');
  await sql`
    insert into journal_entries (session_id, sequence, type, at, entry)
    select entry->>'sessionId', (entry->>'sequence')::int, entry->>'type',
      to_timestamp((entry->>'atEpochMs')::float8 / 1000), entry
    from jsonb_array_elements(${entries}::text::jsonb) as entry
    where entry->>'sessionId' not in (select session_id from forgotten_sessions)
    ${known === 'none' ? sql`` : sql`on conflict (session_id, sequence) do nothing`}`.execute(rows);
}

/** The first and the last entry of a session may come in different batches. */
async function insertSessions(rows: Kysely<Tables>, entries: Buffer): Promise<void> {
  const { sql } = await import('kysely');
  await sql`
    insert into sessions as session (
      id, provider, model, transport, persona, trust, call_id, caller_number, dialled_number,
      started_at, ended_at, end_cause, duration_ms, agent_heard_ms
    )
    select entry->>'sessionId', max(entry->>'provider'), max(entry->>'model'),
      max(entry->>'transport'), max(entry->>'persona'), max(entry->>'trust'),
      max(entry->>'callId'), max(entry->>'callerNumber'), max(entry->>'dialledNumber'),
      to_timestamp(min((entry->>'atEpochMs')::float8 - (entry->>'atMs')::float8) / 1000),
      to_timestamp(max((entry->>'atEpochMs')::float8)
        filter (where entry->>'type' = 'session-end') / 1000),
      max(entry->>'cause'), max((entry->>'durationMs')::float8),
      max((entry->>'agentHeardMs')::float8)
    from jsonb_array_elements(${entries}::text::jsonb) as entry
    where entry->>'type' in ('session-start', 'session-end')
      and not exists (select from forgotten_sessions where session_id = entry->>'sessionId')
    group by entry->>'sessionId'
    on conflict (id) do update set
      ended_at = coalesce(excluded.ended_at, session.ended_at),
      end_cause = coalesce(excluded.end_cause, session.end_cause),
      duration_ms = coalesce(excluded.duration_ms, session.duration_ms),
      agent_heard_ms = coalesce(excluded.agent_heard_ms, session.agent_heard_ms)`.execute(rows);
}

/**
 * What `jsonb` takes: what it refuses of texts is replaced by U+FFFD. What is no JSON stays as it
 * is, and the database says so.
 */
function asJsonb(array: Buffer): Buffer {
  if (!array.includes('\\u')) return array;
  const text = array.toString();
  if (!refusedEscape.test(text)) return array;
  try {
    const entries: unknown = JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value,
    );
    return Buffer.from(JSON.stringify(entries));
  } catch (error) {
    if (error instanceof SyntaxError) return array;
    throw error;
  }
}
