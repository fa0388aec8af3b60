import { GatewayError } from '../runtime/errors.ts';
import { describeSession } from '../store/describe-session.ts';
import { parseJournalLine } from '../store/journal-line.ts';
import { readEntries } from '../store/read-entries.ts';
import { segmentReader } from '../store/segment-files.ts';
import { jsonOfLine, splitLines } from '../store/segment-line.ts';
import type { JournalEntry } from '../store/store.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Terminal, tableLines, wrapped } from './terminal.ts';

/** Under the words, behind the time and the name that `describeSession` puts first. */
const indent = ' '.repeat(21);

export interface SessionsOptions {
  /** The directory of the journal. */
  readonly journal: string;
  readonly isJson: boolean;
}

/** `offhook sessions show ID`: what was said and done in one session, as the journal has it. */
export async function showSession(
  id: string,
  options: SessionsOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const entries: JournalEntry[] = [];
  for await (const entry of readEntries(segmentReader(options.journal), id)) entries.push(entry);
  if (entries.length === 0) {
    throw new GatewayError('NOT_FOUND', `the journal in ${options.journal} has no session ${id}`);
  }
  const lines = options.isJson
    ? entries.map((entry) => JSON.stringify(entry))
    : describeSession(entries).flatMap((line) => wrapped(line, terminal.columns, indent));
  for (const line of lines) terminal.print(line);
  return exitCodes.done;
}

/** One session as far as the journal tells. */
interface Summary {
  readonly id: string;
  startedAt: string;
  persona: string;
  provider: string;
  turnCount: number;
  cause: string;
}

/** `offhook sessions list`: the sessions in the journal, oldest first. */
export async function listSessions(
  options: SessionsOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const summaries = new Map<string, Summary>();
  for await (const entry of allEntries(options.journal)) summarise(summaries, entry);
  if (options.isJson) {
    for (const summary of summaries.values()) terminal.print(JSON.stringify(summary));
    return exitCodes.done;
  }
  const heading = ['session', 'started', 'persona', 'provider', 'turns', 'ended'];
  const rows = [...summaries.values()].map(({ id, startedAt, persona, ...rest }) => {
    return [id, startedAt, persona, rest.provider, String(rest.turnCount), rest.cause];
  });
  if (rows.length === 0) terminal.print(`The journal in ${options.journal} has no sessions.`);
  else for (const line of tableLines(terminal, [heading, ...rows])) terminal.print(line);
  return exitCodes.done;
}

function summarise(summaries: Map<string, Summary>, entry: JournalEntry): void {
  if (entry.type === 'session-start') {
    const startedAt = new Date(entry.atEpochMs).toISOString().slice(0, 19).replace('T', ' ');
    const { sessionId: id, persona, provider } = entry;
    summaries.set(id, { id, startedAt, persona, provider, turnCount: 0, cause: 'in progress' });
    return;
  }
  const summary = summaries.get(entry.sessionId);
  if (summary === undefined) return;
  if (entry.type === 'caller-said') summary.turnCount += 1;
  if (entry.type === 'session-end') summary.cause = entry.cause;
}

/** Every entry of every session, in the order of the file. */
async function* allEntries(directory: string): AsyncIterable<JournalEntry> {
  const reader = segmentReader(directory);
  for (const number of reader.numbers()) {
    let rest = Buffer.alloc(0);
    for await (const chunk of reader.chunks(number)) {
      const bytes = Buffer.concat([rest, chunk]);
      const { lines, restBytes } = splitLines(bytes);
      rest = bytes.subarray(bytes.length - restBytes);
      for (const line of lines) {
        const json = jsonOfLine(line);
        const parsed = json === undefined ? undefined : parseJournalLine(json);
        if (parsed !== undefined && parsed.type !== 'checkpoint') yield parsed;
      }
    }
  }
}
