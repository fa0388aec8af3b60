import type { RatePlan } from '../rate-plan.ts';
import type { SampleBlock } from '../sample-block.ts';

/** Most samples that one `run` takes: two frames of 20 ms at 48 kHz. */
export const blockSamplesMax = 1920;

/** Most samples that one `run` gives: six for one, 8 to 48 kHz. */
export const blockSamplesOutMax = 6 * blockSamplesMax;

/**
 * Does the arithmetic of resampling for any number of streams. `source` and `target` are one pair
 * for all of them: fill `source`, run a lane, take from `target` before any other lane runs.
 */
export interface FirKernel {
  readonly name: 'simd' | 'plain';
  /** May be another object after a lane was opened: do not keep. */
  readonly source: SampleBlock;
  readonly target: SampleBlock;
  openLane(plan: RatePlan): FirLane;
}

/** The memory of one stream: the samples that its next output still looks at. */
export interface FirLane {
  /**
   * Takes `sampleCount` (0 to `blockSamplesMax`) samples of `source`, `pending` samples having been
   * taken of a period that is not complete. Leaves the samples of the complete periods in `target`,
   * rounded and saturated, and returns how many periods there were.
   */
  run(pending: number, sampleCount: number): number;
  /** Silence as if nothing had ever been heard. */
  reset(): void;
  /** Gives the memory back. Only once; the lane must not run after it. */
  close(): void;
}
