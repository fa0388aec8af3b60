import { GatewayError } from '../runtime/errors.ts';
import { describeSession } from '../store/describe-session.ts';
import { everyEntry, readEntries } from '../store/read-entries.ts';
import { segmentReader } from '../store/segment-files.ts';
import { listRecords, recordedEntries, type SessionRecord } from '../store/session-records.ts';
import { type Database, defaultOrganisationId, type JournalEntry } from '../store/store.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Terminal, tableLines, wrapped } from './terminal.ts';

/** Under the words, behind the time and the name that `describeSession` puts first. */
const indent = ' '.repeat(21);

export interface SessionsOptions {
  /** The directory of the journal. */
  readonly journal: string;
  /** Whose sessions: those of others are not seen. */
  readonly organisationId: string;
  readonly isJson: boolean;
  /** Its copy in the database, where there is one: the files keep their days alone. */
  readonly database?: Database;
}

/** Sessions of a list from the database. */
const recordsMax = 1_000;

/** `offhook sessions show ID`: what was said and done in one session, as the journal has it. */
export async function showSession(
  id: string,
  options: SessionsOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const entries = await entriesOf(id, options, terminal);
  const lines = options.isJson
    ? entries.map((entry) => JSON.stringify(entry))
    : describeSession(entries).flatMap((line) => wrapped(line, terminal.columns, indent));
  for (const line of lines) terminal.print(line);
  return exitCodes.done;
}

/** `offhook sessions export ID`: one session as one JSON document. */
export async function exportSession(
  id: string,
  options: SessionsOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const entries = await entriesOf(id, options, terminal);
  terminal.print(JSON.stringify({ sessionId: id, entries }, null, 2));
  return exitCodes.done;
}

/** `offhook sessions list`: the sessions in the database and the journal, oldest first. */
export async function listSessions(
  options: SessionsOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const records = await recordsOf(options, terminal);
  if (options.isJson) {
    for (const record of records) terminal.print(JSON.stringify(record));
    return exitCodes.done;
  }
  const heading = ['session', 'started', 'persona', 'provider', 'turns', 'ended'];
  const rows = records.map(({ id, startedAtEpochMs, persona, provider, turnCount, cause }) => {
    const started = new Date(startedAtEpochMs).toISOString().slice(0, 19).replace('T', ' ');
    return [id, started, persona, provider, String(turnCount), cause ?? 'in progress'];
  });
  if (rows.length === 0) terminal.print(`The journal in ${options.journal} has no sessions.`);
  else for (const line of tableLines(terminal, [heading, ...rows])) terminal.print(line);
  return exitCodes.done;
}

/** What the files have, and before it what only the database has. */
async function entriesOf(
  id: string,
  { journal, database, organisationId }: SessionsOptions,
  terminal: Terminal,
): Promise<readonly JournalEntry[]> {
  const found = new Map<number, JournalEntry>();
  const recorded = (each: Database) => recordedEntries(each, id, organisationId);
  for (const entry of await ofDatabase(database, recorded, terminal)) {
    found.set(entry.sequence, entry);
  }
  for await (const entry of readEntries(segmentReader(journal), id)) {
    if (isOf(organisationId, entry)) found.set(entry.sequence, entry);
  }
  if (found.size === 0) {
    const message = `the journal in ${journal} has no session ${id} of ${organisationId}`;
    throw new GatewayError('NOT_FOUND', message);
  }
  return [...found.values()].sort((left, right) => left.sequence - right.sequence);
}

async function recordsOf(
  { journal, database, organisationId }: SessionsOptions,
  terminal: Terminal,
): Promise<readonly SessionRecord[]> {
  const records = new Map<string, SessionRecord>();
  for await (const entry of everyEntry(segmentReader(journal))) {
    if (isOf(organisationId, entry)) takeIn(records, entry);
  }
  const list = (each: Database) => listRecords(each, recordsMax, organisationId);
  for (const record of await ofDatabase(database, list, terminal)) {
    if (!records.has(record.id)) records.set(record.id, record);
  }
  return [...records.values()].sort(
    (left, right) => left.startedAtEpochMs - right.startedAtEpochMs,
  );
}

function isOf(id: string, { organisationId = defaultOrganisationId }: JournalEntry): boolean {
  return organisationId === id;
}

/** A database that is away, or held by the gateway, leaves the files: that is said, and enough. */
async function ofDatabase<Item>(
  database: Database | undefined,
  read: (database: Database) => Promise<readonly Item[]>,
  terminal: Terminal,
): Promise<readonly Item[]> {
  if (database === undefined) return [];
  try {
    return await read(database);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    terminal.complain(`From the files alone: ${error.message}.`);
    return [];
  }
}

function takeIn(records: Map<string, SessionRecord>, entry: JournalEntry): void {
  const { sessionId: id } = entry;
  if (entry.type === 'session-start') {
    const { atEpochMs: startedAtEpochMs, persona, provider } = entry;
    records.set(id, { id, startedAtEpochMs, persona, provider, turnCount: 0, cause: null });
    return;
  }
  const record = records.get(id);
  if (record === undefined) return;
  if (entry.type === 'caller-said') records.set(id, { ...record, turnCount: record.turnCount + 1 });
  if (entry.type === 'session-end') records.set(id, { ...record, cause: entry.cause });
}
