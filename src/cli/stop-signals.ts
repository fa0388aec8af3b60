import type { Clock } from '../runtime/clock.ts';

/** Under npm, Ctrl-C comes twice, from the terminal and from npm: that is one wish. */
const sameWishMs = 1_000;

export interface StopSignals {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
}

/** SIGTERM and Ctrl-C, listened to until the end: one that nobody awaits would kill the process. */
export function stopSignals(clock: Clock): StopSignals {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let firstMs: number | null = null;
  const onSignal = (): void => {
    const nowMs = clock.monotonicMs();
    firstMs ??= nowMs;
    first.resolve();
    if (nowMs - firstMs >= sameWishMs) second.resolve();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { first: first.promise, second: second.promise };
}
