import { headBytes, isWholeLine, lineFeed } from './segment-line.ts';
import { defaultOrganisationId } from './store.ts';

const [space, comma, openBrace] = [0x20, 0x2c, 0x7b];
const [openBracket, closeBracket] = [0x5b, 0x5d];
/** Checkpoints are of no use to anybody but the writer. */
const checkpointStart = Buffer.from('{"type":"checkpoint"');
/** Within JSON a text has its quotation marks escaped: this is the key of the entry itself. */
const organisationKey = Buffer.from('"organisationId":"');
const organisationShape = /^[0-9a-f-]{36}$/;
const organisationChars = 36;

/**
 * Journal entries as JSON, in the bytes of their file and never as text: a string for each would
 * hold up the event loop with the collector's work (2 to 8 ms, ten times a second, at 30,000
 * entries a second). Each line is `,` and white space in the place of its head, the JSON, and white
 * space in the place of its line feed.
 */
export class EntryBytes {
  readonly #bytes: Buffer;
  /** Where each begins. */
  readonly #starts: readonly number[];
  /** Where the last one ends. */
  readonly #end: number;

  private constructor(bytes: Buffer, starts: readonly number[], end: number) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#end = end;
  }

  /**
   * The entries in whole lines of a segment, in these very bytes, which are overwritten.
   * Checkpoints and lines that were forgotten are passed over, and lines whose length or CRC does
   * not fit are counted.
   */
  static ofLines(lines: Buffer): { readonly entries: EntryBytes; readonly badLineCount: number } {
    const starts: number[] = [];
    let badLineCount = 0;
    let start = 0;
    for (let end = lines.indexOf(lineFeed); end >= 0; end = lines.indexOf(lineFeed, start)) {
      const line = lines.subarray(start, end);
      const isWhole = isWholeLine(line);
      const isEntry = isWhole && isOfEntry(line);
      if (isEntry) starts.push(start);
      if (!isWhole) badLineCount += 1;
      lines.fill(space, start, isEntry ? start + headBytes : end);
      if (isEntry) lines[start] = comma;
      lines[end] = space;
      start = end + 1;
    }
    return { entries: new EntryBytes(lines, starts, start), badLineCount };
  }

  get count(): number {
    return this.#starts.length;
  }

  /** One JSON array of them all, in UTF-8: these bytes, good until `halves` gives other arrays. */
  toArray(): Buffer {
    const [first] = this.#starts;
    if (first === undefined) return Buffer.from('[]');
    return inBrackets(this.#bytes.subarray(first, this.#end));
  }

  /** The first half of them, and the others. */
  halves(): readonly [EntryBytes, EntryBytes] {
    const half = Math.ceil(this.#starts.length / 2);
    const middle = this.#starts[half] ?? this.#end;
    return [
      new EntryBytes(this.#bytes, this.#starts.slice(0, half), middle),
      new EntryBytes(this.#bytes, this.#starts.slice(half), this.#end),
    ];
  }

  /** As `toArray`, an array for each organisation. */
  byOrganisation(): ReadonlyMap<string, Buffer> {
    if (this.count === 0) return new Map();
    if (!this.#bytes.includes(organisationKey)) {
      return new Map([[defaultOrganisationId, this.toArray()]]);
    }
    const lines = this.#starts.map((start, at) =>
      this.#bytes.subarray(start, this.#starts[at + 1] ?? this.#end),
    );
    const groups = [...Map.groupBy(lines, organisationOf)];
    return new Map(groups.map(([id, ofOne]) => [id, inBrackets(Buffer.concat(ofOne))]));
  }
}

/** No checkpoint, and not `null`, which stands for what was forgotten. */
function isOfEntry(line: Buffer): boolean {
  const start = line.subarray(headBytes, headBytes + checkpointStart.length);
  return start[0] === openBrace && !start.equals(checkpointStart);
}

function organisationOf(line: Buffer): string {
  const key = line.indexOf(organisationKey);
  if (key < 0) return defaultOrganisationId;
  const at = key + organisationKey.length;
  const named = line.toString('latin1', at, at + organisationChars);
  return organisationShape.test(named) ? named : defaultOrganisationId;
}

/** In the place of the first comma, and of the white space that the last line ends with. */
function inBrackets(lines: Buffer): Buffer {
  lines[0] = openBracket;
  lines[lines.length - 1] = closeBracket;
  return lines;
}
