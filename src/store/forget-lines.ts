import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { parseJournalLine } from './journal-line.ts';
import { everyEntry } from './read-entries.ts';
import { segmentPath, segmentReader } from './segment-files.ts';
import { forgottenLine, jsonOfLine, splitLines } from './segment-line.ts';

/** The sessions in the files that have ended, and those that go on; by the number of the caller. */
export async function sessionsOfCaller(
  directory: string,
  callerNumber: string,
): Promise<{ readonly ended: readonly string[]; readonly open: readonly string[] }> {
  const isEnded = new Map<string, boolean>();
  for await (const entry of everyEntry(segmentReader(directory))) {
    const isTheirs = entry.type === 'session-start' && entry.callerNumber === callerNumber;
    if (isTheirs) isEnded.set(entry.sessionId, false);
    if (entry.type === 'session-end' && isEnded.has(entry.sessionId)) {
      isEnded.set(entry.sessionId, true);
    }
  }
  const those = (wanted: boolean) =>
    [...isEnded].filter(([, ended]) => ended === wanted).map(([id]) => id);
  return { ended: those(true), open: those(false) };
}

/**
 * Overwrites every line of these sessions where it stands, so that nothing else in the files moves:
 * a gateway may be writing at their end meanwhile. Safe on disk on return; gives the number of
 * lines.
 */
export function forgetLines(directory: string, sessionIds: readonly string[]): number {
  const ids = new Set(sessionIds);
  return segmentReader(directory)
    .numbers()
    .reduce((count, number) => count + forgetIn(segmentPath(directory, number), ids), 0);
}

function forgetIn(path: string, ids: ReadonlySet<string>): number {
  const { lines } = splitLines(readFileSync(path));
  const file = openSync(path, 'r+');
  let [at, count] = [0, 0];
  try {
    for (const line of lines) {
      if (isOf(line, ids)) {
        writeSync(file, forgottenLine(line), 0, line.length, at);
        count += 1;
      }
      at += line.length + 1;
    }
    if (count > 0) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return count;
}

function isOf(line: Uint8Array, ids: ReadonlySet<string>): boolean {
  const json = jsonOfLine(line);
  const parsed = json === undefined ? undefined : parseJournalLine(json);
  return parsed !== undefined && parsed.type !== 'checkpoint' && ids.has(parsed.sessionId);
}
