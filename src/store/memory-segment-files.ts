import { assert } from '../runtime/assert.ts';
import type { Clock } from '../runtime/clock.ts';
import type { SegmentFiles } from './segment-files.ts';

interface MemoryFile {
  bytes: Uint8Array;
  /** What a loss of power leaves for certain. */
  syncedBytes: number;
  writtenAtEpochMs: number;
}

/**
 * A disk in memory that can be full, break, and lose what was not synced. For tests and
 * simulations.
 */
export class MemorySegmentFiles implements SegmentFiles {
  readonly #clock: Clock;
  readonly #files = new Map<number, MemoryFile>();
  #current: MemoryFile | null = null;
  /** Bytes that still fit; set it to let the disk fill up and to make room again. */
  freeBytes = Number.POSITIVE_INFINITY;
  /** Every sync fails, as on a broken disk; what was written may or may not be there. */
  isBroken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The power goes: of every file, `survivingBytes(unsyncedBytes)` of the bytes that were not
   * synced are still there afterwards.
   */
  crash(survivingBytes: (unsyncedBytes: number) => number): void {
    this.#current = null;
    for (const file of this.#files.values()) {
      const kept = survivingBytes(file.bytes.length - file.syncedBytes);
      file.bytes = file.bytes.slice(0, file.syncedBytes + kept);
      file.syncedBytes = file.bytes.length;
    }
  }

  numbers(): readonly number[] {
    return [...this.#files.keys()].sort((left, right) => left - right);
  }

  read(number: number): Uint8Array {
    return this.#file(number).bytes;
  }

  async *chunks(number: number): AsyncIterable<Uint8Array> {
    const file = this.#files.get(number);
    if (file !== undefined) yield file.bytes;
  }

  async readInto(into: Uint8Array, number: number, start: number): Promise<number> {
    const bytes = this.#files.get(number)?.bytes.subarray(start, start + into.length);
    if (bytes !== undefined) into.set(bytes);
    return bytes?.length ?? 0;
  }

  writtenAtEpochMs(number: number): number {
    return this.#file(number).writtenAtEpochMs;
  }

  create(number: number): void {
    assert(this.#current === null, 'one segment is written at a time');
    const writtenAtEpochMs = this.#clock.epochMs();
    this.#current = { bytes: new Uint8Array(0), syncedBytes: 0, writtenAtEpochMs };
    this.#files.set(number, this.#current);
  }

  append(bytes: Uint8Array): void {
    const file = this.#open();
    const taken = bytes.subarray(0, Math.max(0, Math.min(bytes.length, this.freeBytes)));
    file.bytes = Buffer.concat([file.bytes, taken]);
    file.writtenAtEpochMs = this.#clock.epochMs();
    this.freeBytes -= taken.length;
    if (taken.length < bytes.length) throw fileError('ENOSPC', 'no space left on device, write');
  }

  sync(): void {
    if (this.isBroken) throw fileError('EIO', 'i/o error, fsync');
    const file = this.#open();
    file.syncedBytes = file.bytes.length;
  }

  close(byteCount?: number): void {
    const file = this.#current;
    this.#current = null;
    if (file === null || byteCount === undefined) return;
    if (this.isBroken) throw fileError('EIO', 'i/o error, ftruncate');
    file.bytes = file.bytes.slice(0, byteCount);
  }

  truncate(number: number, byteCount: number): void {
    const file = this.#file(number);
    file.bytes = file.bytes.slice(0, byteCount);
    file.syncedBytes = Math.min(file.syncedBytes, byteCount);
  }

  remove(number: number): void {
    this.#file(number);
    this.#files.delete(number);
  }

  #open(): MemoryFile {
    assert(this.#current !== null, 'a segment is open before it is written');
    return this.#current;
  }

  #file(number: number): MemoryFile {
    const file = this.#files.get(number);
    if (file === undefined) throw fileError('ENOENT', `no such file, segment ${number}`);
    return file;
  }
}

function fileError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
