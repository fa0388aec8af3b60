import type { Metrics } from '../../observe/observe.ts';
import type { Clock } from '../../runtime/clock.ts';
import { networkOf } from '../client-address.ts';

const windowMs = 60_000;
/** Addresses in memory; above it the one whose window began first is forgotten. */
const addressesMax = 10_000;

interface Window {
  readonly endsMs: number;
  count: number;
}

/** Counts wrong credentials by address, in windows of a minute. */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #countMax: number;
  readonly #windows = new Map<string, Window>();

  constructor(countMax: number, parts: { readonly clock: Clock; readonly metrics: Metrics }) {
    this.#countMax = countMax;
    this.#clock = parts.clock;
    this.#metrics = parts.metrics;
  }

  /** Seconds until the address may try again; 0: now. */
  waitS(address: string): number {
    const window = this.#windowOf(networkOf(address));
    if (window === undefined || window.count < this.#countMax) return 0;
    this.#metrics.count('offhook_limits_total', { limit: 'auth_failures' });
    return Math.ceil((window.endsMs - this.#clock.monotonicMs()) / 1_000);
  }

  note(address: string): void {
    const network = networkOf(address);
    const window = this.#windowOf(network) ?? this.#begin(network);
    window.count += 1;
  }

  #windowOf(network: string): Window | undefined {
    const window = this.#windows.get(network);
    if (window === undefined || this.#clock.monotonicMs() < window.endsMs) return window;
    this.#windows.delete(network);
    return undefined;
  }

  #begin(network: string): Window {
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined && this.#windows.size >= addressesMax) this.#windows.delete(oldest);
    const window = { endsMs: this.#clock.monotonicMs() + windowMs, count: 0 };
    this.#windows.set(network, window);
    return window;
  }
}
