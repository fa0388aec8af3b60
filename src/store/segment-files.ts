import {
  closeSync,
  createReadStream,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../runtime/assert.ts';
import { makeDirectory } from './make-directory.ts';

/** Reads segments, also while they are being written, in any process. */
export interface SegmentReader {
  /** Numbers of the segments there are, ascending. */
  numbers(): readonly number[];
  /** The bytes of a segment in pieces; none when it is gone. */
  chunks(number: number): AsyncIterable<Uint8Array>;
  /** Fills `into` from `start` on, as far as it goes; gives how many bytes. 0 when it is gone. */
  readInto(into: Uint8Array, number: number, start: number): Promise<number>;
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
const fileMode = 0o600;

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
  makeDirectory(directory);
  return new DirectoryFiles(directory);
}

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(6, '0')}.seg`);
}

/** A segment's days may be over while somebody reads it. */
function passOverGone(error: unknown): void {
  if (!isFileError(error) || error.code !== 'ENOENT') throw error;
}

async function readFully(file: FileHandle, into: Uint8Array, start: number): Promise<number> {
  let count = 0;
  for (let bytesRead = -1; bytesRead !== 0 && count < into.length; count += bytesRead) {
    ({ bytesRead } = await file.read(into, count, into.length - count, start + count));
  }
  return count;
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

  async *chunks(number: number): AsyncIterable<Uint8Array> {
    try {
      yield* createReadStream(this.path(number)) as AsyncIterable<Buffer>;
    } catch (error) {
      passOverGone(error);
    }
  }

  async readInto(into: Uint8Array, number: number, start: number): Promise<number> {
    try {
      const file = await open(this.path(number));
      return await readFully(file, into, start).finally(() => file.close());
    } catch (error) {
      passOverGone(error);
      return 0;
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
