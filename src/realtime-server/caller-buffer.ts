/**
 * Caller audio that belongs to no item yet. Bounded: beyond `bytesMax` the oldest is dropped and
 * counted.
 */
export class CallerBuffer {
  readonly bytesMax: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  droppedBytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get lengthBytes(): number {
    return this.#bytes;
  }

  /** Takes `bytes` over: they must not change any more. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    const beforeBytes = this.#bytes;
    this.keepLast(this.bytesMax);
    this.droppedBytes += beforeBytes - this.#bytes;
  }

  /** Forgets all but the newest `bytes`. */
  keepLast(bytes: number): void {
    while (this.#bytes > bytes) {
      const first = this.#pieces[0]!;
      const surplus = this.#bytes - bytes;
      if (first.length <= surplus) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(surplus);
      this.#bytes -= Math.min(first.length, surplus);
    }
  }

  /** Everything that is in it, which leaves it empty. */
  take(): Uint8Array {
    const [only] = this.#pieces;
    const taken =
      this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}
