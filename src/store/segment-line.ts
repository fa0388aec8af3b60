import { crc32 } from 'node:zlib';

/** `LLLLLLLL CCCCCCCC {json}\n`: bytes of the JSON and their CRC-32, both in hexadecimal. */
export const headBytes = 18;
const numberDigits = 8;
const crcAt = numberDigits + 1;
export const lineFeed = 0x0a;
const space = 0x20;

/** One line of a segment. `json` holds no line feed, as `JSON.stringify` gives it. */
export function frameLine(json: string | Uint8Array): Buffer {
  const bytes = typeof json === 'string' ? Buffer.from(json) : json;
  const line = Buffer.allocUnsafe(headBytes + bytes.length + 1);
  line.write(`${hex(bytes.length)} ${hex(crc32(bytes))} `, 'latin1');
  line.set(bytes, headBytes);
  line[line.length - 1] = lineFeed;
  return line;
}

/** Whether length and CRC of a line, without its line feed, fit what stands behind its head. */
export function isWholeLine(line: Uint8Array): boolean {
  if (line[numberDigits] !== space || line[headBytes - 1] !== space) return false;
  if (numberIn(line, 0) !== line.length - headBytes) return false;
  return numberIn(line, crcAt) === crc32(line.subarray(headBytes));
}

/** The JSON of a line without its line feed; `undefined` when length or CRC do not fit. */
export function jsonOfLine(line: Uint8Array): string | undefined {
  return isWholeLine(line) ? Buffer.from(line.subarray(headBytes)).toString('utf8') : undefined;
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
  return number.toString(16).padStart(numberDigits, '0');
}

/** What `hex` wrote at that place; `NaN` when something else stands there. */
function numberIn(line: Uint8Array, at: number): number {
  let number = 0;
  for (let place = at; place < at + numberDigits; place += 1) {
    number = number * 16 + digitOf(line[place]);
  }
  return number;
}

/** `0` to `9` and `a` to `f` in ASCII. */
function digitOf(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : Number.NaN;
}
