/**
 * One side of a recorded call: samples written where they belong in time, silence between them.
 * Grows by doubling up to `samplesMax`; what lies beyond is not kept.
 */
export class CallTrack {
  readonly #samplesMax: number;
  #samples: Int16Array;
  #end = 0;

  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
    this.#samples = new Int16Array(Math.min(samplesMax, 1 << 16));
  }

  /** Where the last sample written ends. */
  get end(): number {
    return this.#end;
  }

  write(at: number, samples: Int16Array): void {
    const kept = samples.subarray(0, Math.max(0, this.#samplesMax - at));
    const end = at + kept.length;
    if (end > this.#samples.length) this.#grow(end);
    this.#samples.set(kept, at);
    this.#end = Math.max(this.#end, end);
  }

  /** Samples `from` to before `to`; silence where nothing was written. */
  between(from: number, to: number): Int16Array {
    const part = new Int16Array(to - from);
    part.set(this.#samples.subarray(from, Math.min(this.#end, to)));
    return part;
  }

  /** All that was written, completed with silence to `length`. */
  samples(length: number): Int16Array {
    const whole = new Int16Array(length);
    whole.set(this.#samples.subarray(0, Math.min(this.#end, length)));
    return whole;
  }

  #grow(end: number): void {
    const grown = new Int16Array(
      Math.min(this.#samplesMax, Math.max(end, 2 * this.#samples.length)),
    );
    grown.set(this.#samples);
    this.#samples = grown;
  }
}
