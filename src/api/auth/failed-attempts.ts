import { isIPv6 } from 'node:net';
import type { Metrics } from '../../observe/observe.ts';
import type { Clock } from '../../runtime/clock.ts';

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

/** One subscriber of IPv6 has a whole /64 to come from; of IPv4 it is the address. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const left = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? 8 - groups.length - left.length : 0;
  return [...groups, ...new Array<string>(zeros).fill('0'), ...left].slice(0, 4).join(':');
}
