/** Zero crossings of the filter on either side: 60 dB of what would be mirrored is gone. */
const crossings = 16;
/** The filter begins to fall here, in parts of the lower half rate. */
const passBand = 0.92;

/** Changes the rate of a stream by a windowed sinc, one set of coefficients for each phase. */
export class Resampler {
  #step;
  #phases;
  #reach;
  #scale;
  /** @type {Map<number, Float32Array>} */
  #taps = new Map();
  /** What is still needed of the past, and of what has come. */
  #history;
  /** Where the next sample lies: whole samples of `#history`, and a phase. */
  #at;
  #phase = 0;

  constructor(fromHz, toHz) {
    const common = divisor(fromHz, toHz);
    this.#step = fromHz / common;
    this.#phases = toHz / common;
    this.#scale = Math.min(1, toHz / fromHz) * passBand;
    this.#reach = Math.ceil(crossings / this.#scale);
    this.#history = new Float32Array(this.#reach);
    this.#at = this.#reach;
  }

  /** @param {Float32Array} samples @returns {Float32Array} */
  push(samples) {
    const all = new Float32Array(this.#history.length + samples.length);
    all.set(this.#history);
    all.set(samples, this.#history.length);
    const made = [];
    while (this.#at + this.#reach < all.length) {
      made.push(this.#sample(all));
      this.#phase += this.#step;
      this.#at += Math.floor(this.#phase / this.#phases);
      this.#phase %= this.#phases;
    }
    const spent = Math.min(all.length, this.#at - this.#reach);
    this.#history = all.slice(spent);
    this.#at -= spent;
    return Float32Array.from(made);
  }

  #sample(all) {
    const taps = this.#tapsOf(this.#phase);
    const start = this.#at - this.#reach + 1;
    let sum = 0;
    for (let index = 0; index < taps.length; index += 1) sum += taps[index] * all[start + index];
    return sum;
  }

  #tapsOf(phase) {
    const known = this.#taps.get(phase);
    if (known) return known;
    const taps = new Float32Array(2 * this.#reach);
    let sum = 0;
    for (let index = 0; index < taps.length; index += 1) {
      const distance = index - this.#reach + 1 - phase / this.#phases;
      taps[index] = sinc(distance * this.#scale) * window(distance / this.#reach);
      sum += taps[index];
    }
    for (let index = 0; index < taps.length; index += 1) taps[index] /= sum;
    this.#taps.set(phase, taps);
    return taps;
  }
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Blackman's, over -1 to 1. */
function window(x) {
  if (Math.abs(x) >= 1) return 0;
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}

function divisor(left, right) {
  return right === 0 ? left : divisor(right, left % right);
}
