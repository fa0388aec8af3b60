import {
  closeSync,
  createReadStream,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { assert } from '../runtime/assert.ts';

/** Reads segments, also while they are being written, in any process. */
export interface SegmentReader {
  /** Numbers of the segments there are, ascending. */
  numbers(): readonly number[];
  /** The bytes of a segment from `start` on in pieces; none when it is gone. */
  chunks(number: number, start?: number): AsyncIterable<Uint8Array>;
}

/** A place in the journal: so many bytes of that segment, always between two lines. */
export interface SegmentPosition {
  readonly segment: number;
  readonly bytes: number;
}

/**
 * The file operations of the journal, one segment open for writing at a time. Every method blocks
 * and throws the error of the operating system; `isFileError` tells those from faults of ours.
 */
export interface SegmentFiles extends SegmentReader {
  read(number: number): Uint8Array;
  /** When the segment was last written. */
  writtenAtEpochMs(number: number): number;
  /** Opens a segment for writing, emptied if it exists. Its name is safe on disk on return. */
  create(number: number): void;
  /** Adds all of `bytes` to the open segment; after an error a part of them may be there. */
  append(bytes: Uint8Array): void;
  /** Returns when all that was appended is safe on disk. */
  sync(): void;
  /** Closes the open segment; with `byteCount`, cut to that length first, as well as it can. */
  close(byteCount?: number): void;
  truncate(number: number, byteCount: number): void;
  remove(number: number): void;
}

const segmentName = /^(\d{6,})\.seg$/;
/** Only the gateway's own user reads what callers said. */
const directoryMode = 0o700;
const fileMode = 0o600;
/**
 * Of one reading, and so of what is copied to the database at once: some 1,000 entries. Measured
 * over the embedded database: begin, position and commit take 5 ms a batch, a row 0.02 ms. A tool
 * that waits for the one connection waits for some 25 ms.
 */
const chunkBytes = 256 * 1024;

/** Whether the operating system refused a file operation: ENOSPC, EIO, EROFS and the like. */
export function isFileError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    /^E[A-Z0-9]+$/.test(thrown.code)
  );
}

/** Reads the segments `NNNNNN.seg` in `directory`. */
export function segmentReader(directory: string): SegmentReader {
  return new DirectoryReader(directory);
}

/** The segments `NNNNNN.seg` in `directory`, which is made if it is missing. */
export function segmentFiles(directory: string): SegmentFiles {
  mkdirSync(directory, { recursive: true, mode: directoryMode });
  return new DirectoryFiles(directory);
}

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(6, '0')}.seg`);
}

/** None in a directory that nobody has made yet. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isFileError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
}

class DirectoryReader implements SegmentReader {
  protected readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  numbers(): readonly number[] {
    return namesIn(this.directory)
      .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((left, right) => left - right);
  }

  async *chunks(number: number, start = 0): AsyncIterable<Uint8Array> {
    try {
      const options = { start, highWaterMark: chunkBytes };
      yield* createReadStream(this.path(number), options) as AsyncIterable<Buffer>;
    } catch (error) {
      // Its days were over while somebody was reading.
      if (!isFileError(error) || error.code !== 'ENOENT') throw error;
    }
  }

  protected path(number: number): string {
    return segmentPath(this.directory, number);
  }
}

class DirectoryFiles extends DirectoryReader implements SegmentFiles {
  #file: number | null = null;

  read(number: number): Uint8Array {
    return readFileSync(this.path(number));
  }

  writtenAtEpochMs(number: number): number {
    return statSync(this.path(number)).mtimeMs;
  }

  create(number: number): void {
    assert(this.#file === null, 'one segment is written at a time');
    this.#file = openSync(this.path(number), 'w', fileMode);
    const directory = openSync(this.directory, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  append(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#open(), bytes, written);
  }

  sync(): void {
    fsyncSync(this.#open());
  }

  close(byteCount?: number): void {
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    try {
      if (byteCount !== undefined && fstatSync(file).size > byteCount) {
        ftruncateSync(file, byteCount);
      }
    } finally {
      closeSync(file);
    }
  }

  truncate(number: number, byteCount: number): void {
    truncateSync(this.path(number), byteCount);
  }

  remove(number: number): void {
    unlinkSync(this.path(number));
  }

  #open(): number {
    assert(this.#file !== null, 'a segment is open before it is written');
    return this.#file;
  }
}
