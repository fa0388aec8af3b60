import { assert } from '../runtime/assert.ts';
import type { ServerEventOf } from './wire.ts';

const windowMs = 60_000;

/** Figures of a middle usage tier; the emulator reports them and refuses nobody. */
const requestsMax = 5_000;
const tokensMax = 400_000;

/** What `rate_limits.updated` shows: requests and tokens of the current minute of this session. */
export class RateLimits {
  #windowStartMs: number;
  #requests = 0;
  #tokens = 0;

  constructor(nowMs: number) {
    this.#windowStartMs = nowMs;
  }

  /** One response that took `tokens` has ended. */
  spend(tokens: number, nowMs: number): ServerEventOf<'rate_limits.updated'>['rate_limits'] {
    assert(tokens >= 0, 'a response never gives tokens back');
    if (nowMs - this.#windowStartMs >= windowMs) {
      this.#windowStartMs = nowMs;
      this.#requests = 0;
      this.#tokens = 0;
    }
    this.#requests += 1;
    this.#tokens += tokens;
    const resetSeconds = (this.#windowStartMs + windowMs - nowMs) / 1000;
    const show = (name: string, limit: number, used: number) => ({
      name,
      limit,
      remaining: Math.max(0, limit - used),
      reset_seconds: Number(resetSeconds.toFixed(3)),
    });
    return [show('requests', requestsMax, this.#requests), show('tokens', tokensMax, this.#tokens)];
  }
}
