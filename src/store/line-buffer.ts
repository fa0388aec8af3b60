import { lineFeed } from './segment-line.ts';

const startBytes = 256 * 1024;
/** UTF-8 of one UTF-16 unit; a pair of them takes four. */
const bytesPerCharMax = 3;

/**
 * Lines that wait for the writer, as bytes: strings that wait are copied by the collector while
 * calls wait for it.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(startBytes);
  #usedBytes = 0;

  /** Adds a line and its line feed. */
  add(line: string): void {
    this.#makeRoom(line.length * bytesPerCharMax + 1);
    this.#usedBytes += this.#bytes.write(line, this.#usedBytes);
    this.#bytes[this.#usedBytes] = lineFeed;
    this.#usedBytes += 1;
  }

  /** All lines in memory of their own, which may be handed to another thread; none is left. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#bytes.subarray(0, this.#usedBytes));
    this.#usedBytes = 0;
    if (this.#bytes.length > startBytes) this.#bytes = Buffer.allocUnsafeSlow(startBytes);
    return taken;
  }

  #makeRoom(bytes: number): void {
    const neededBytes = this.#usedBytes + bytes;
    if (neededBytes <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(neededBytes, 2 * this.#bytes.length));
    this.#bytes.copy(wider, 0, 0, this.#usedBytes);
    this.#bytes = wider;
  }
}
