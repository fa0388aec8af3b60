import type { Clock } from '../../runtime/clock.ts';
import type { GatewayError } from '../../runtime/errors.ts';

/**
 * So many links in a row that failed for good close the provider: guess, one may be an accident.
 */
const failuresMax = 3;
/** A closed provider gets one more try after this: guess, time to mend a key or a bill. */
const retryAfterMs = 60_000;

/**
 * Keeps calls away from a provider that refuses every link for a reason that will not pass by
 * itself. A link that gets ready opens it again; so does time, for one more try.
 */
export class Breaker {
  readonly #clock: Clock;
  #failureCount = 0;
  #last: { readonly error: GatewayError; readonly atMonotonicMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  onReady(): void {
    this.#failureCount = 0;
    this.#last = null;
  }

  /** A link ended with `error`. One that can be tried again says nothing about the provider. */
  onEnded(error: GatewayError): void {
    if (error.retryable) return;
    this.#failureCount += 1;
    this.#last = { error, atMonotonicMs: this.#clock.monotonicMs() };
  }

  /** Why no link should be tried now; `null` if one may. */
  get refusal(): GatewayError | null {
    if (this.#last === null || this.#failureCount < failuresMax) return null;
    const sinceMs = this.#clock.monotonicMs() - this.#last.atMonotonicMs;
    return sinceMs < retryAfterMs ? this.#last.error : null;
  }
}
