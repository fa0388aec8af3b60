import type { RatePlan } from '../rate-plan.ts';
import { type SampleBlock, sampleBlock } from '../sample-block.ts';
import { blockSamplesMax, blockSamplesOutMax, type FirKernel, type FirLane } from './fir-kernel.ts';

/**
 * The FIR in plain TypeScript and double precision: what the SIMD kernel is measured against, and
 * what runs where WebAssembly has no SIMD.
 */
export function plainKernel(): FirKernel {
  const source = sampleBlock(blockSamplesMax);
  const target = sampleBlock(blockSamplesOutMax);
  return { name: 'plain', source, target, openLane: (plan) => new PlainLane(plan, source, target) };
}

class PlainLane implements FirLane {
  readonly #plan: RatePlan;
  readonly #source: Int16Array;
  readonly #target: Int16Array;
  /** Each line: `taps - 1` past samples, then those of the block. */
  readonly #lines: readonly Float64Array[];

  constructor(plan: RatePlan, source: SampleBlock, target: SampleBlock) {
    this.#plan = plan;
    this.#source = source.samples;
    this.#target = target.samples;
    const lineSamples = plan.taps + Math.ceil(blockSamplesMax / plan.down) + periodsAtOnce;
    this.#lines = Array.from({ length: plan.down }, () => new Float64Array(lineSamples));
  }

  run(pending: number, sampleCount: number): number {
    const { up, down, taps, coefficients } = this.#plan;
    const lines = this.#lines;
    for (let line = 0; line < down; line += 1) {
      const first = (line - pending + down) % down;
      let at = taps - 1 + (line < pending ? 1 : 0);
      const samples = lines[line]!;
      for (let index = first; index < sampleCount; index += down) {
        samples[at] = this.#source[index]!;
        at += 1;
      }
    }
    const periods = Math.floor((pending + sampleCount) / down);
    for (let phase = 0; phase < up; phase += 1) {
      filterPhase(lines, coefficients, { phase, up, taps, periods }, this.#target);
    }
    for (const line of lines) line.copyWithin(0, periods, periods + taps);
    return periods;
  }

  reset(): void {
    for (const line of this.#lines) line.fill(0);
  }

  close(): void {
    // Nothing outside the heap to give back.
  }
}

/**
 * Neighbouring periods share their samples: four sums per pass read one sample and one coefficient.
 */
const periodsAtOnce = 4;

function filterPhase(
  lines: readonly Float64Array[],
  coefficients: Float64Array,
  span: { phase: number; up: number; taps: number; periods: number },
  target: Int16Array,
): void {
  const { phase, up, taps, periods } = span;
  for (let period = 0; period < periods; period += periodsAtOnce) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let coefficientAt = phase;
    for (let line = 0; line < lines.length; line += 1) {
      const samples = lines[line]!;
      let sample0 = samples[period]!;
      let sample1 = samples[period + 1]!;
      let sample2 = samples[period + 2]!;
      for (let at = period + 3; at < period + 3 + taps; at += 1) {
        const coefficient = coefficients[coefficientAt]!;
        const sample3 = samples[at]!;
        sum0 += sample0 * coefficient;
        sum1 += sample1 * coefficient;
        sum2 += sample2 * coefficient;
        sum3 += sample3 * coefficient;
        sample0 = sample1;
        sample1 = sample2;
        sample2 = sample3;
        coefficientAt += up;
      }
    }
    const at = period * up + phase;
    target[at] = saturated(sum0);
    if (period + 1 < periods) target[at + up] = saturated(sum1);
    if (period + 2 < periods) target[at + 2 * up] = saturated(sum2);
    if (period + 3 < periods) target[at + 3 * up] = saturated(sum3);
  }
}

function saturated(value: number): number {
  return Math.round(Math.max(-32768, Math.min(32767, value)));
}
