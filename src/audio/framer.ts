/** Called with a whole frame at `offset` of `bytes`; valid until it returns. */
export type FrameVisitor = (bytes: Uint8Array, offset: number) => void;

/**
 * Cuts a stream of bytes into frames of exactly `frameBytes`. Keeps what is left for the next push.
 */
export class Framer {
  readonly #frame: Uint8Array;
  #filled = 0;

  constructor(frameBytes: number) {
    this.#frame = new Uint8Array(frameBytes);
  }

  /** Bytes kept of a frame that is not whole. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /**
   * Visits each frame that `length` bytes from `offset` complete; whole ones in place, not copied.
   */
  push(bytes: Uint8Array, offset: number, length: number, visit: FrameVisitor): void {
    const frameBytes = this.#frame.length;
    const end = offset + length;
    let at = offset;
    if (this.#filled > 0) {
      at += this.#keep(bytes, at, Math.min(end - at, frameBytes - this.#filled));
      if (this.#filled < frameBytes) return;
      this.#filled = 0;
      visit(this.#frame, 0);
    }
    for (; at + frameBytes <= end; at += frameBytes) visit(bytes, at);
    this.#keep(bytes, at, end - at);
  }

  /**
   * Ends the stream: visits what is left, completed with `silence`. Nothing left, nothing visited.
   */
  flush(silence: number, visit: FrameVisitor): void {
    if (this.#filled === 0) return;
    this.#frame.fill(silence, this.#filled);
    this.#filled = 0;
    visit(this.#frame, 0);
  }

  reset(): void {
    this.#filled = 0;
  }

  #keep(bytes: Uint8Array, offset: number, length: number): number {
    Buffer.prototype.copy.call(bytes, this.#frame, this.#filled, offset, offset + length);
    this.#filled += length;
    return length;
  }
}
