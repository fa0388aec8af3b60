import { assert } from '../runtime/assert.ts';
import type { RateHz } from './format.ts';
import { blockSamplesMax, type FirKernel, type FirLane } from './kernel/fir-kernel.ts';
import { plainKernel } from './kernel/plain.ts';
import { simdKernel } from './kernel/simd.ts';
import { designRatePlan, type RatePlan } from './rate-plan.ts';
import type { SampleBlock } from './sample-block.ts';

/** Makes the resamplers of a process: one kernel, one memory and one set of filters for all. */
export interface ResamplerFactory {
  /** `simd`, or `plain` where WebAssembly has no SIMD; 7 to 10 times the work per sample. */
  readonly kernel: FirKernel['name'];
  /** Resamplers that were opened and not closed. */
  readonly openCount: number;
  /** Between two different rates. Close it when its stream ends. */
  open(fromHz: RateHz, toHz: RateHz): Resampler;
}

/** `kernel: 'plain'` is for tests and benches; production leaves the choice to the machine. */
export function createResamplerFactory(
  options: { readonly kernel?: 'best' | 'plain' } = {},
): ResamplerFactory {
  const kernel = (options.kernel === 'plain' ? null : simdKernel()) ?? plainKernel();
  const plans = new Map<string, RatePlan>();
  let openCount = 0;
  return {
    kernel: kernel.name,
    get openCount() {
      return openCount;
    },
    open(fromHz, toHz) {
      const key = `${fromHz}-${toHz}`;
      const plan = plans.get(key) ?? designRatePlan(fromHz, toHz);
      plans.set(key, plan);
      const resampler = new Resampler(kernel, plan, () => {
        openCount -= 1;
      });
      openCount += 1;
      return resampler;
    },
  };
}

/**
 * Converts one stream of 16-bit samples from one rate to another, in chunks of any size and with
 * the same result for every chunking. The samples out are exactly `up / down` times the samples in
 * at every whole period, from the first on: 20 ms in, 20 ms out. Saturates, never wraps, allocates
 * nothing per call.
 *
 * `source` and `target` are shared with all resamplers of the factory: fill `source`, `run`, and
 * take from `target` without another resampler's `run` between.
 */
export class Resampler {
  /** Most samples one `run` takes. */
  readonly blockSamples = blockSamplesMax;
  /** How much later a sound stands in the samples out than in the samples in. */
  readonly delayMs: number;
  /** Most samples that `flush` gives. */
  readonly flushSamplesMax: number;
  readonly #kernel: FirKernel;
  readonly #plan: RatePlan;
  readonly #lane: FirLane;
  readonly #onClose: () => void;
  /** Samples taken of a period that is not complete. */
  #pending = 0;
  #hasHeard = false;
  #isOpen = true;

  /** By `ResamplerFactory.open`. */
  constructor(kernel: FirKernel, plan: RatePlan, onClose: () => void) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#lane = kernel.openLane(plan);
    this.#onClose = onClose;
    this.delayMs = plan.delayMs;
    this.flushSamplesMax = this.samplesMax(plan.delaySamples + plan.down - 1);
  }

  get source(): SampleBlock {
    return this.#kernel.source;
  }

  get target(): SampleBlock {
    return this.#kernel.target;
  }

  /** Most samples that `sampleCount` more can give, in one `run` or several. */
  samplesMax(sampleCount: number): number {
    const { up, down } = this.#plan;
    return up * Math.floor((down - 1 + sampleCount) / down);
  }

  /** Takes `sampleCount` samples of `source`; returns how many are now in `target`. */
  run(sampleCount: number): number {
    assert(sampleCount <= blockSamplesMax, 'A run takes at most `blockSamples`.');
    const { up, down } = this.#plan;
    const periods = this.#lane.run(this.#pending, sampleCount);
    this.#pending = (this.#pending + sampleCount) % down;
    this.#hasHeard ||= sampleCount > 0;
    return periods * up;
  }

  /**
   * Ends the stream: pushes as many zeros as the filter delays, so that the last sound comes out,
   * and resets. Returns the samples in `target`; none if nothing was heard since the last reset.
   */
  flush(): number {
    if (!this.#hasHeard) return 0;
    const zeros = flushZeros(this.#plan, this.#pending);
    this.source.samples.fill(0, 0, zeros);
    const sampleCount = this.run(zeros);
    this.reset();
    return sampleCount;
  }

  /** Forgets all it heard, as at a cut: the next sample is the first of a new stream. */
  reset(): void {
    this.#lane.reset();
    this.#pending = 0;
    this.#hasHeard = false;
  }

  /** Gives the memory back; safe to call twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#lane.close();
    this.#onClose();
  }
}

/** Zeros that cover the delay and complete the period of which `pending` samples have come. */
function flushZeros({ down, delaySamples }: RatePlan, pending: number): number {
  return Math.ceil((pending + delaySamples) / down) * down - pending;
}
