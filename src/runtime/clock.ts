/** A pending timer. `cancel` is safe to call twice and after the timer has fired. */
export interface Timer {
  cancel(): void;
}

/**
 * The two clocks of the process. Everything that waits or measures is handed one.
 *
 * `monotonicMs` never goes back and has no meaning outside the process; `epochMs` is for people and
 * records and may step at any moment. `setTimer` fires once, never early, and never synchronously.
 */
export interface Clock {
  monotonicMs(): number;
  epochMs(): number;
  setTimer(delayMs: number, onFire: () => void): Timer;
}

/** The clock of the operating system. Only composition roots make one. */
export function systemClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    epochMs: () => Date.now(),
    setTimer(delayMs, onFire) {
      const handle = setTimeout(onFire, delayMs);
      return { cancel: () => clearTimeout(handle) };
    },
  };
}
