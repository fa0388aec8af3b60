/** A peak under this, of 32768, is silence: 54 dB below full scale. */
const quietPeakMax = 64;

/**
 * Sound on its way to the speaker. It waits until enough is there to bridge the network's jitter; of
 * what comes too early, silence is left out, and beyond the limit the oldest goes.
 */
export class JitterBuffer {
  #targetSamples;
  #samplesMax;
  /** @type {Int16Array[]} */
  #frames = [];
  /** Read of the first frame. */
  #offset = 0;
  #queued = 0;
  #isFilling = true;

  /** @param {{ rateHz: number, targetMs: number, limitMs: number }} options */
  constructor({ rateHz, targetMs, limitMs }) {
    this.#targetSamples = (rateHz * targetMs) / 1000;
    this.#samplesMax = (rateHz * limitMs) / 1000;
  }

  get queuedSamples() {
    return this.#queued;
  }

  /** @param {Int16Array} frame */
  push(frame) {
    if (this.#queued >= this.#targetSamples + frame.length && isQuiet(frame)) return;
    this.#frames.push(frame);
    this.#queued += frame.length;
    while (this.#queued > this.#samplesMax) this.#dropOldest();
    if (this.#queued >= this.#targetSamples) this.#isFilling = false;
  }

  /** Fills `target` with samples from -1 to 1; silence where there is nothing.
   * @param {Float32Array} target */
  pull(target) {
    let at = 0;
    while (!this.#isFilling && at < target.length) {
      const frame = this.#frames[0];
      if (frame === undefined) {
        this.#isFilling = true;
        break;
      }
      const count = Math.min(target.length - at, frame.length - this.#offset);
      for (let index = 0; index < count; index += 1) {
        target[at + index] = frame[this.#offset + index] / 32768;
      }
      at += count;
      this.#offset += count;
      this.#queued -= count;
      if (this.#offset === frame.length) {
        this.#frames.shift();
        this.#offset = 0;
      }
    }
    target.fill(0, at);
  }

  clear() {
    this.#frames = [];
    this.#offset = 0;
    this.#queued = 0;
    this.#isFilling = true;
  }

  #dropOldest() {
    const [frame] = this.#frames;
    this.#frames.shift();
    this.#queued -= frame.length - this.#offset;
    this.#offset = 0;
  }
}

/** @param {Int16Array} frame */
function isQuiet(frame) {
  return frame.every((sample) => Math.abs(sample) <= quietPeakMax);
}
