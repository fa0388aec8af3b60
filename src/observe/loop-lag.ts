import type { Clock, Timer } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import type { Metrics } from './observe.ts';

/**
 * What is used of `perf_hooks.monitorEventLoopDelay`: delays in nanoseconds, enabled by its maker.
 */
export interface DelayHistogram {
  percentile(percentile: number): number;
  reset(): void;
}

const windowMs = 1_000;
/** One pause for collecting garbage is not a busy loop: this many seconds in a row are. */
const busyWindows = 3;

export interface LoopLag extends Closer {
  /** p99 of the last second, milliseconds; 0 in the first second. */
  readonly lagMs: number;
  /** The loop was late for three seconds on end: refuse new calls. */
  readonly isBusy: boolean;
}

/**
 * Watches how late the event loop is, second by second, until closed. `resolutionMs` is the one the
 * histogram was made with: Node records the whole time between two looks, so it is taken off.
 */
export function loopLag(parts: {
  readonly histogram: DelayHistogram;
  readonly resolutionMs: number;
  /** A gateway whose loop is later than this cannot pace frames of 20 ms for more calls. */
  readonly lagMsMax: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): LoopLag {
  const { histogram, resolutionMs, lagMsMax, clock, metrics } = parts;
  let lagMs = 0;
  let lateWindows = 0;
  const look = (): void => {
    lagMs = Math.max(0, histogram.percentile(99) / 1e6 - resolutionMs);
    lateWindows = lagMs > lagMsMax ? lateWindows + 1 : 0;
    histogram.reset();
    metrics.set('offhook_loop_lag_seconds', {}, lagMs / 1_000);
    timer = clock.setTimer(windowMs, look);
  };
  let timer: Timer = clock.setTimer(windowMs, look);
  return {
    get lagMs() {
      return lagMs;
    },
    get isBusy() {
      return lateWindows >= busyWindows;
    },
    async close() {
      timer.cancel();
    },
  };
}
