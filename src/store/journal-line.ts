import type { OpenSession } from './open-sessions.ts';
import type { JournalEntry } from './store.ts';

/**
 * The first line of a segment: the sessions that were going on, so that older segments need no
 * look.
 */
export interface Checkpoint {
  readonly type: 'checkpoint';
  readonly open: readonly OpenSession[];
}

export type JournalLine = Checkpoint | JournalEntry;

/** A line whose CRC was right, or `undefined` if it is not one that this version can read. */
export function parseJournalLine(json: string): JournalLine | undefined {
  const line: unknown = JSON.parse(json);
  return isCheckpoint(line) || isEntry(line) ? line : undefined;
}

/** An entry that comes back from a database. */
export function journalEntryOf(value: unknown): JournalEntry | undefined {
  return isEntry(value) ? value : undefined;
}

function isCheckpoint(line: unknown): line is Checkpoint {
  if (typeof line !== 'object' || line === null) return false;
  return 'type' in line && line.type === 'checkpoint' && 'open' in line && Array.isArray(line.open);
}

/**
 * The CRC vouches that the line is as we wrote it: what every entry has is enough to know it by.
 */
function isEntry(line: unknown): line is JournalEntry {
  if (typeof line !== 'object' || line === null) return false;
  if (!('type' in line && 'sessionId' in line && 'sequence' in line)) return false;
  return typeof line.sessionId === 'string' && Number.isSafeInteger(line.sequence);
}
