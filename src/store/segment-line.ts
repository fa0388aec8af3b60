import { crc32 } from 'node:zlib';

/** `LLLLLLLL CCCCCCCC {json}\n`: bytes of the JSON and their CRC-32, both in hexadecimal. */
const headBytes = 18;
const headShape = /^([0-9a-f]{8}) ([0-9a-f]{8}) $/;
const lineFeed = 0x0a;

/** One line of a segment. `json` holds no line feed, as `JSON.stringify` gives it. */
export function frameLine(json: string): Buffer {
  return Buffer.from(`${hex(Buffer.byteLength(json))} ${hex(crc32(json))} ${json}\n`);
}

/** The JSON of a line without its line feed; `undefined` when length or CRC do not fit. */
export function jsonOfLine(line: Uint8Array): string | undefined {
  const head = headShape.exec(Buffer.from(line.subarray(0, headBytes)).toString('latin1'));
  if (head === null) return undefined;
  const json = line.subarray(headBytes);
  const isWhole = json.length === parseInt(head[1]!, 16) && crc32(json) === parseInt(head[2]!, 16);
  return isWhole ? Buffer.from(json).toString('utf8') : undefined;
}

/**
 * What stands in the place of a line that is to be forgotten: as long as the line, so that all
 * others stay where they are, and whole. Without its line feed, as `line` is.
 */
export function forgottenLine(line: Uint8Array): Buffer {
  return frameLine('null'.padEnd(line.length - headBytes)).subarray(0, -1);
}

export function isForgotten(line: Uint8Array): boolean {
  return jsonOfLine(line)?.trimEnd() === 'null';
}

/**
 * The lines in `bytes`, each without its line feed, and how many bytes after the last one are left.
 */
export function splitLines(bytes: Uint8Array): {
  readonly lines: readonly Uint8Array[];
  readonly restBytes: number;
} {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { lines, restBytes: bytes.length - start };
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0');
}
