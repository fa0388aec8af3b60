import type { JournalEntry } from '../store/store.ts';

/** Longest transcript in a mail, in characters: some hours of talk. */
const charsMax = 200_000;

/** The record of calls, as far as mails need it. */
export interface CallRecord {
  entries(sessionId: string): AsyncIterable<JournalEntry>;
}

/** Who said what, a line each, of the agent what the caller heard of it. */
export async function transcriptText(record: CallRecord, sessionId: string): Promise<string> {
  const lines: string[] = [];
  let chars = 0;
  for await (const entry of record.entries(sessionId)) {
    const line = lineOf(entry);
    if (line === null) continue;
    chars += line.length + 1;
    if (chars > charsMax) return `${lines.join('\n')}\n[The rest is left out.]`;
    lines.push(line);
  }
  return lines.length === 0 ? '[Nothing was said.]' : lines.join('\n');
}

function lineOf(entry: JournalEntry): string | null {
  if (entry.type === 'caller-said') return `Caller: ${entry.text}`;
  if (entry.type !== 'agent-said' || entry.heardText === '') return null;
  const isCut = entry.heardText.length < entry.text.length;
  return `Agent: ${entry.heardText}${isCut ? ' [interrupted]' : ''}`;
}
