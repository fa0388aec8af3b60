import { assert } from '../runtime/assert.ts';

/** 8 s of µ-law: most replies never grow it. */
export const ringStartBytes = 65_536;

const noBytes = new Uint8Array(0);

/**
 * The audio of one call that waits to be played or sent, in the format of its wire.
 *
 * Holds up to `bytesMax` bytes; its memory begins with the first byte, doubles as needed and is
 * given back by `clear`. Writer and reader both see contiguous memory: instead of wrapping round,
 * the queue slides to the front when it reaches the end.
 *
 * Owned by one session. `bytes` may be another array after any write: never keep it.
 */
export class AudioRing {
  readonly frameBytes: number;
  readonly bytesMax: number;
  bytes: Uint8Array = noBytes;
  #readOffset = 0;
  #writeOffset = 0;
  #reserved = 0;
  #writtenBytes = 0;
  #readBytes = 0;
  #clearedBytes = 0;

  constructor(options: { readonly frameBytes: number; readonly bytesMax: number }) {
    this.frameBytes = options.frameBytes;
    this.bytesMax = options.bytesMax;
  }

  /** All bytes ever written, padding included: the position of the next byte in. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** All bytes ever read as frames. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /** All bytes ever dropped by `clear`. */
  get clearedBytes(): number {
    return this.#clearedBytes;
  }

  get queuedBytes(): number {
    return this.#writeOffset - this.#readOffset;
  }

  /** The position of the next byte out. */
  get readPosition(): number {
    return this.#readBytes + this.#clearedBytes;
  }

  /** Appends a copy; false, and nothing written, when that would be more than `bytesMax`. */
  write(source: Uint8Array, offset: number, length: number): boolean {
    const at = this.reserve(length);
    if (at < 0) return false;
    Buffer.prototype.copy.call(source, this.bytes, at, offset, offset + length);
    this.commit(length);
    return true;
  }

  /**
   * Makes room for `length` bytes and returns the offset in `bytes` where they go, to be followed
   * by `commit`; -1 when that would be more than `bytesMax`.
   */
  reserve(length: number): number {
    if (this.queuedBytes + length > this.bytesMax) return -1;
    if (this.#writeOffset + length > this.bytes.length) this.#makeRoom(length);
    this.#reserved = length;
    return this.#writeOffset;
  }

  /** The first `length` of the reserved bytes are written. */
  commit(length: number): void {
    assert(length <= this.#reserved, 'No more is committed than was reserved.');
    this.#reserved = 0;
    if (length === 0) return;
    this.#append(length);
  }

  /**
   * Takes the next whole frame: the offset in `bytes` of `frameBytes` contiguous bytes, valid until
   * the next write, reserve, pad or clear; -1 when there is none.
   */
  readFrame(): number {
    if (this.queuedBytes < this.frameBytes) return -1;
    const at = this.#readOffset;
    this.#readOffset += this.frameBytes;
    this.#readBytes += this.frameBytes;
    return at;
  }

  /**
   * Completes a partial last frame with `silence`, and returns its bytes.
   */
  padToFrame(silence: number): number {
    const partial = this.queuedBytes % this.frameBytes;
    if (partial === 0) return 0;
    const padding = this.frameBytes - partial;
    // A pad may pass the limit by less than a frame: the end of a reply must come out.
    if (this.#writeOffset + padding > this.bytes.length) this.#makeRoom(padding);
    this.bytes.fill(silence, this.#writeOffset, this.#writeOffset + padding);
    this.#append(padding);
    return padding;
  }

  /** Drops all that is queued, at once, and gives its memory back: idle calls keep none. */
  clear(): void {
    this.#clearedBytes += this.queuedBytes;
    this.#readOffset = 0;
    this.#writeOffset = 0;
    this.#reserved = 0;
    this.bytes = noBytes;
  }

  #append(length: number): void {
    this.#writeOffset += length;
    this.#writtenBytes += length;
  }

  /**
   * A quarter of the memory is free after either way, so that at most three bytes are moved for one
   * written. Doubles at least, from `ringStartBytes` on.
   */
  #makeRoom(length: number): void {
    const queued = this.queuedBytes;
    const sizeMin = Math.ceil((queued + length) / 0.75);
    if (sizeMin <= this.bytes.length) {
      this.bytes.copyWithin(0, this.#readOffset, this.#writeOffset);
    } else {
      const doublings = Math.max(0, Math.ceil(Math.log2(sizeMin / ringStartBytes)));
      const grown = new Uint8Array(ringStartBytes * 2 ** doublings);
      Buffer.prototype.copy.call(this.bytes, grown, 0, this.#readOffset, this.#writeOffset);
      this.bytes = grown;
    }
    this.#readOffset = 0;
    this.#writeOffset = queued;
  }
}
