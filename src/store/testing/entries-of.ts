import { EntryBytes } from '../entry-bytes.ts';
import { frameLine } from '../segment-line.ts';

/** What a segment with these lines gives to copy; each is the JSON of an entry. */
export function entriesOf(lines: readonly string[]): EntryBytes {
  return EntryBytes.ofLines(Buffer.concat(lines.map(frameLine))).entries;
}
