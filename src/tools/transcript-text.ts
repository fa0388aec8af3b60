import type { JournalEntry } from '../store/store.ts';

/** Longest transcript in a mail, in characters: some hours of talk. */
const charsMax = 200_000;

/** The record of calls, as far as mails need it. */
export interface CallRecord {
  entries(sessionId: string): AsyncIterable<JournalEntry>;
}

/** What is on record of a session. */
export interface Transcript {
  /** Nothing is: it was forgotten, or is older than what is kept. */
  readonly isForgotten: boolean;
  readonly isOver: boolean;
  /** Who said what, a line each; of the agent what was heard of it. */
  readonly text: string;
}

/** Reads the whole session. What a colleague said with the caller on hold is not part of it. */
export async function transcriptOf(record: CallRecord, sessionId: string): Promise<Transcript> {
  const lines: string[] = [];
  let [chars, entryCount, isOver] = [0, 0, false];
  for await (const entry of record.entries(sessionId)) {
    entryCount += 1;
    if (entry.type === 'session-end') isOver = true;
    const line = lineOf(entry);
    if (line === null) continue;
    chars += line.length + 1;
    if (chars <= charsMax) lines.push(line);
  }
  if (lines.length === 0) lines.push('[Nothing was said.]');
  if (chars > charsMax) lines.push('[The rest is left out.]');
  return { isForgotten: entryCount === 0, isOver, text: lines.join('\n') };
}

function lineOf(entry: JournalEntry): string | null {
  if (entry.type !== 'caller-said' && entry.type !== 'agent-said') return null;
  if (entry.party === 'second') return null;
  if (entry.type === 'caller-said') return `Caller: ${entry.text}`;
  if (entry.heardText === '') return null;
  const isCut = entry.heardText.length < entry.text.length;
  return `Agent: ${entry.heardText}${isCut ? ' [interrupted]' : ''}`;
}
