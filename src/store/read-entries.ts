import { parseJournalLine } from './journal-line.ts';
import type { SegmentReader } from './segment-files.ts';
import { jsonOfLine, splitLines } from './segment-line.ts';
import type { JournalEntry } from './store.ts';

/**
 * The entries of one session in order, each once, out of all segments. Lines whose CRC is wrong are
 * passed over: a gap in `sequence` shows them. Needs no lock and may run beside a writer.
 */
export async function* readEntries(
  reader: SegmentReader,
  sessionId: string,
): AsyncIterable<JournalEntry> {
  const found = new Map<number, JournalEntry>();
  for await (const entry of everyEntry(reader, JSON.stringify(sessionId))) {
    // After a write that failed, a line may stand in two segments.
    if (entry.sessionId === sessionId && !found.has(entry.sequence)) {
      found.set(entry.sequence, entry);
    }
  }
  yield* [...found.values()].sort((left, right) => left.sequence - right.sequence);
}

/**
 * Every entry as it stands in the segments, oldest first, perhaps twice after a write that failed.
 * With `holding`, lines without that text are passed over unparsed.
 */
export async function* everyEntry(
  reader: SegmentReader,
  holding = '',
): AsyncIterable<JournalEntry> {
  for (const number of reader.numbers()) {
    let rest = Buffer.alloc(0);
    for await (const chunk of reader.chunks(number)) {
      const bytes = Buffer.concat([rest, chunk]);
      const { lines, restBytes } = splitLines(bytes);
      rest = bytes.subarray(bytes.length - restBytes);
      for (const line of lines) {
        const entry = entryOf(line, holding);
        if (entry !== undefined) yield entry;
      }
    }
  }
}

/** All of them at once: the entries of one session are few. */
export async function collectEntries(
  entries: AsyncIterable<JournalEntry>,
): Promise<readonly JournalEntry[]> {
  const collected: JournalEntry[] = [];
  for await (const entry of entries) collected.push(entry);
  return collected;
}

function entryOf(line: Uint8Array, holding: string): JournalEntry | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  if (!bytes.includes(holding)) return undefined;
  const json = jsonOfLine(bytes);
  const parsed = json === undefined ? undefined : parseJournalLine(json);
  return parsed === undefined || parsed.type === 'checkpoint' ? undefined : parsed;
}
