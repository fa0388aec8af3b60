/**
 * Speech is confirmed 60 to 150 ms after it began; before that lies 250 ms or more of its onset.
 */
const preRollMs = 400;
const sampleCountMax = 8 * preRollMs;

/** The latest 8 kHz samples of a caller who is not speaking yet. */
export class PreRoll {
  #pieces: Int16Array[] = [];
  #sampleCount = 0;

  /** Takes `samples` over. */
  push(samples: Int16Array): void {
    this.#pieces.push(samples);
    this.#sampleCount += samples.length;
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      const surplus = this.#sampleCount - sampleCountMax;
      if (surplus <= 0) return;
      const dropped = Math.min(surplus, first.length);
      if (dropped === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(dropped);
      this.#sampleCount -= dropped;
    }
  }

  /** All of them, which leaves none. */
  take(): Int16Array {
    const taken = new Int16Array(this.#sampleCount);
    let at = 0;
    for (const piece of this.#pieces) {
      taken.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#sampleCount = 0;
    return taken;
  }
}
