import { assert } from '../runtime/assert.ts';
import { type Checkpoint, parseJournalLine } from './journal-line.ts';
import { lostEntries, type OpenSession, OpenSessions } from './open-sessions.ts';
import { isFileError, type SegmentFiles, type SegmentPosition } from './segment-files.ts';
import { frameLine, headBytes, isForgotten, jsonOfLine, splitLines } from './segment-line.ts';

export interface SegmentLogOptions {
  /** A segment that has reached this is followed by a new one. */
  readonly segmentBytesMax: number;
  /** Segments last written longer ago than this are deleted. */
  readonly retentionMs: number;
  /** Tools that may run twice: their calls need no report after a crash. */
  readonly repeatableTools: readonly string[];
}

/** What was found when the log was opened. */
export interface Recovery {
  /**
   * Bytes cut off the ends of segments: lines that were being written when the process was lost.
   */
  readonly tornBytes: number;
  /** Whole lines whose length or CRC did not fit. */
  readonly badLineCount: number;
  /** Sessions that had no end; each has one now, with the cause `process-lost`. */
  readonly lostSessions: readonly OpenSession[];
}

/** A segment older than this is followed by a new one, so that days of retention mean days. */
const segmentAgeMsMax = 24 * 60 * 60 * 1_000;
/** How often old segments are looked for. */
const deleteEveryMs = 60 * 60 * 1_000;

type Segment =
  | {
      readonly is: 'open';
      readonly number: number;
      readonly createdAtEpochMs: number;
      bytes: number;
      syncedBytes: number;
      lineCount: number;
    }
  /** Writing failed, or has not begun: the next sync begins segment `number`. */
  | { readonly is: 'due'; readonly number: number };

/**
 * The writing half of the journal: one line an entry in numbered segments. Lines are kept in memory
 * until a sync has made them safe. After any failed write or sync the segment is cut to what is
 * safe and left, and the next sync writes the kept lines anew in a fresh one: an operating system
 * that failed to write a page may call it clean afterwards, so a second sync of the same file
 * proves nothing.
 */
export class SegmentLog {
  readonly #files: SegmentFiles;
  readonly #options: SegmentLogOptions;
  /** As the safe lines tell: a checkpoint stands before the lines that are not safe yet. */
  readonly #open: OpenSessions;
  #segment: Segment;
  /** Lines that are kept until they are safe on disk. */
  #unsafe: Buffer[] = [];
  /** A segment was left with lines that no checkpoint knows: who recovers must read it too. */
  #hasLeftover = false;
  #deletedAtEpochMs = Number.NEGATIVE_INFINITY;

  /**
   * Reads what a former process left, cuts torn lines, and notes the end of its sessions, which the
   * first `sync` makes safe. Throws the operating system's error when the segments cannot be read.
   */
  static recover(
    files: SegmentFiles,
    options: SegmentLogOptions,
    atEpochMs: number,
  ): { readonly log: SegmentLog; readonly recovery: Recovery } {
    const { open, ...found } = scan(files);
    const lostSessions = open.list();
    const log = new SegmentLog(files, options, open);
    const repeatable = new Set(options.repeatableTools);
    for (const session of lostSessions) {
      for (const entry of lostEntries(session, (name) => repeatable.has(name), atEpochMs)) {
        log.write(Buffer.from(`${JSON.stringify(entry)}\n`));
      }
    }
    return { log, recovery: { ...found, lostSessions } };
  }

  private constructor(files: SegmentFiles, options: SegmentLogOptions, open: OpenSessions) {
    this.#files = files;
    this.#options = options;
    this.#open = open;
    this.#segment = { is: 'due', number: (files.numbers().at(-1) ?? 0) + 1 };
  }

  /**
   * Takes entries, one JSON a line with its line feed, and hands them to the operating system if it
   * takes them.
   */
  write(lines: Uint8Array): void {
    const taken = splitLines(lines).lines.map(frameLine);
    this.#unsafe.push(...taken);
    if (this.#segment.is === 'due') return;
    const bytes = Buffer.concat(taken);
    try {
      this.#files.append(bytes);
      this.#segment.bytes += bytes.length;
      this.#segment.lineCount += taken.length;
    } catch (error) {
      this.#leave(error);
    }
  }

  /**
   * Returns when every line taken is safe on disk, with where the last one ends; throws the
   * operating system's error when it is not. Also the moment for a new segment and for deleting old
   * ones.
   */
  sync(atEpochMs: number): SegmentPosition {
    if (this.#segment.is === 'open') this.#syncOpen(this.#segment);
    if (this.#segment.is === 'open' && this.#isFull(this.#segment, atEpochMs)) {
      this.#segment = { is: 'due', number: this.#segment.number + 1 };
      this.#files.close();
    }
    if (this.#segment.is === 'due') this.#begin(this.#segment.number, atEpochMs);
    if (Math.abs(atEpochMs - this.#deletedAtEpochMs) > deleteEveryMs) this.#deleteOld(atEpochMs);
    assert(this.#segment.is === 'open', 'a sync that did not fail leaves a segment open');
    return { segment: this.#segment.number, bytes: this.#segment.syncedBytes };
  }

  close(): void {
    this.#files.close();
  }

  #syncOpen(segment: Segment & { is: 'open' }): void {
    try {
      this.#files.sync();
    } catch (error) {
      this.#leave(error);
      throw error;
    }
    segment.syncedBytes = segment.bytes;
    this.#noteSafe();
  }

  #noteSafe(): void {
    for (const bytes of this.#unsafe) {
      const line = parseJournalLine(bytes.toString('utf8', headBytes, bytes.length - 1));
      if (line !== undefined && line.type !== 'checkpoint') this.#open.note(line);
    }
    this.#unsafe = [];
  }

  #isFull(segment: Segment & { is: 'open' }, atEpochMs: number): boolean {
    if (segment.bytes >= this.#options.segmentBytesMax) return true;
    return segment.lineCount > 0 && atEpochMs - segment.createdAtEpochMs > segmentAgeMsMax;
  }

  /** Begins a segment with the open sessions and the lines that are not safe yet. */
  #begin(number: number, atEpochMs: number): void {
    const checkpoint: Checkpoint = { type: 'checkpoint', open: this.#open.list() };
    const head = this.#hasLeftover ? [] : [frameLine(JSON.stringify(checkpoint))];
    const bytes = Buffer.concat([...head, ...this.#unsafe]);
    try {
      this.#files.create(number);
      this.#files.append(bytes);
      this.#files.sync();
    } catch (error) {
      this.#files.close();
      throw error;
    }
    this.#segment = {
      is: 'open',
      number,
      createdAtEpochMs: atEpochMs,
      bytes: bytes.length,
      syncedBytes: bytes.length,
      lineCount: this.#unsafe.length,
    };
    this.#hasLeftover = false;
    this.#noteSafe();
  }

  /** Leaves a segment that the operating system did not take, with what is safe in it. */
  #leave(error: unknown): void {
    const segment = this.#segment;
    if (!isFileError(error) || segment.is !== 'open') throw error;
    this.#segment = { is: 'due', number: segment.number + 1 };
    try {
      this.#files.close(segment.syncedBytes);
    } catch (closeError) {
      // The lines beyond stay, come again in the next segment, and are read once.
      if (!isFileError(closeError)) throw closeError;
      this.#hasLeftover = true;
    }
  }

  /** What cannot be deleted now is tried again an hour later. */
  #deleteOld(atEpochMs: number): void {
    this.#deletedAtEpochMs = atEpochMs;
    const current = this.#segment.number;
    for (const number of this.#files.numbers().filter((each) => each < current)) {
      try {
        const ageMs = atEpochMs - this.#files.writtenAtEpochMs(number);
        if (ageMs > this.#options.retentionMs) this.#files.remove(number);
      } catch (error) {
        if (!isFileError(error)) throw error;
      }
    }
  }
}

interface Scan {
  readonly open: OpenSessions;
  readonly tornBytes: number;
  readonly badLineCount: number;
}

/** Reads from the newest segment that begins with a checkpoint to the last one. */
function scan(files: SegmentFiles): Scan {
  const numbers = files.numbers();
  const unread: { number: number; bytes: Uint8Array }[] = [];
  for (const number of numbers.toReversed()) {
    const bytes = files.read(number);
    unread.unshift({ number, bytes });
    const [first] = splitLines(bytes).lines;
    if (first !== undefined && readLine(first)?.type === 'checkpoint') break;
  }
  let open = new OpenSessions();
  let tornBytes = 0;
  let badLineCount = 0;
  for (const { number, bytes } of unread) {
    const { lines, restBytes } = splitLines(bytes);
    for (const bytesOfLine of lines) {
      const line = readLine(bytesOfLine);
      if (line === undefined) badLineCount += isForgotten(bytesOfLine) ? 0 : 1;
      else if (line.type === 'checkpoint') open = new OpenSessions(line.open);
      else open.note(line);
    }
    if (restBytes > 0) files.truncate(number, bytes.length - restBytes);
    tornBytes += restBytes;
  }
  return { open, tornBytes, badLineCount };
}

function readLine(bytes: Uint8Array): ReturnType<typeof parseJournalLine> {
  const json = jsonOfLine(bytes);
  return json === undefined ? undefined : parseJournalLine(json);
}
