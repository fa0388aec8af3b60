import { assert } from '../runtime/assert.ts';
import type { RateHz } from './format.ts';

/**
 * How one rate becomes another: a low-pass FIR in polyphase form.
 *
 * Time runs in *periods*: `down` samples in, `up` samples out. The samples of a period are dealt to
 * `down` *lines*, so that every product of the filter runs along lines: sample `phase` of period
 * `q` is the sum over `line` and `tap` of `lines[line][q + tap] * coefficients[(line * taps + tap)
 * * up + phase]`.
 */
export interface RatePlan {
  readonly fromHz: RateHz;
  readonly toHz: RateHz;
  /** Samples out per period. */
  readonly up: number;
  /** Samples in per period, and lines. */
  readonly down: number;
  /** Periods that one sample out looks at. */
  readonly taps: number;
  readonly coefficients: Float64Array;
  /** The filter at the common rate `fromHz * up`, before it was dealt out. */
  readonly prototype: Float64Array;
  /** How much later a sound stands in the samples out than in the samples in. */
  readonly delayMs: number;
  /** Whole samples in that cover the delay. */
  readonly delaySamples: number;
}

/** Stop-band attenuation: rounding to 16 bits leaves 90 to 98 dB, so more would not be heard. */
const stopbandDb = 80;

/**
 * Band edges by the lower of the two rates. 8 kHz keeps the telephone band (ITU-T G.712: 300 to
 * 3400 Hz); the others trade the top tenth of the band for a delay under 4.2 ms.
 */
const bandEdgesHz: Readonly<Record<number, { readonly pass: number; readonly stop: number }>> = {
  8000: { pass: 3400, stop: 4000 },
  16000: { pass: 7200, stop: 8000 },
  24000: { pass: 10_200, stop: 12_000 },
};

/** Designs the conversion; about 0.1 ms of work, to be shared by all streams of the two rates. */
export function designRatePlan(fromHz: RateHz, toHz: RateHz): RatePlan {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const commonHz = fromHz * up;
  const edges = bandEdgesHz[Math.min(fromHz, toHz)];
  assert(fromHz !== toHz && edges !== undefined, 'A rate plan is between two different rates.');
  const prototype = kaiserLowPass(edges.pass / commonHz, edges.stop / commonHz);
  const coefficients = polyphase(prototype, up, down);
  // The last sample of a period is the newest a period may use: the filter ends there.
  const delayAtCommonRate = (prototype.length - 1) / 2 - (down - 1);
  return {
    fromHz,
    toHz,
    up,
    down,
    taps: coefficients.length / up / down,
    coefficients,
    prototype,
    delayMs: (delayAtCommonRate / commonHz) * 1000,
    delaySamples: Math.ceil(delayAtCommonRate / up),
  };
}

/** Deals the taps of `prototype`, which runs at the common rate, to lines and phases. */
function polyphase(prototype: Float64Array, up: number, down: number): Float64Array {
  const tapOf = (line: number, period: number, phase: number): number =>
    phase * down + down - 1 - up * (line + down * period);
  let taps = 0;
  while (tapOf(down - 1, -taps, 0) < prototype.length) taps += 1;
  const coefficients = new Float64Array(down * taps * up);
  for (let line = 0; line < down; line += 1) {
    for (let tap = 0; tap < taps; tap += 1) {
      for (let phase = 0; phase < up; phase += 1) {
        const value = prototype[tapOf(line, tap - (taps - 1), phase)] ?? 0;
        coefficients[(line * taps + tap) * up + phase] = up * value;
      }
    }
  }
  return coefficients;
}

/**
 * A windowed sinc of odd length and unit gain at 0 Hz, edges as fractions of the sampling rate.
 * Length and window by Kaiser's formulas (Oppenheim and Schafer, Discrete-Time Signal Processing,
 * section 7.6): 201 taps for 3400 to 4000 Hz at 24 kHz.
 */
function kaiserLowPass(passEdge: number, stopEdge: number): Float64Array {
  const order = (stopbandDb - 7.95) / (14.36 * (stopEdge - passEdge));
  const centre = Math.round(order / 2);
  const beta = 0.1102 * (stopbandDb - 8.7);
  const cutoff = passEdge + stopEdge; // twice the middle of the transition
  const taps = Float64Array.from({ length: 2 * centre + 1 }, (_, index) => {
    const at = index - centre;
    const sinc = at === 0 ? cutoff : Math.sin(Math.PI * cutoff * at) / (Math.PI * at);
    return sinc * besselI0(beta * Math.sqrt(1 - (at / centre) ** 2));
  });
  const gain = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / gain);
}

/** The modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-18 * sum; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}
