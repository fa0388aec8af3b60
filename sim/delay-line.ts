import type { Clock, Timer } from '../src/runtime/clock.ts';

/**
 * One direction of a network: what is pushed arrives later, in order, or all at once after a
 * clog.
 */
export class DelayLine<Item> {
  readonly #clock: Clock;
  readonly #onArrival: (item: Item) => void;
  #waiting: { readonly item: Item; readonly dueMs: number }[] = [];
  #lastDueMs = 0;
  #timer: Timer | null = null;
  #isClogged = false;
  #isCut = false;

  constructor(clock: Clock, onArrival: (item: Item) => void) {
    this.#clock = clock;
    this.#onArrival = onArrival;
  }

  get isClogged(): boolean {
    return this.#isClogged;
  }

  /** What arrives before it delays it too: order is kept. */
  push(item: Item, latencyMs: number): void {
    if (this.#isCut) return;
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#clock.monotonicMs() + latencyMs);
    this.#waiting.push({ item, dueMs: this.#lastDueMs });
    this.#wait();
  }

  clog(): void {
    this.#isClogged = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  unclog(): void {
    this.#isClogged = false;
    this.#wait();
  }

  /** Nothing arrives any more, also of what is under way. */
  cut(): void {
    this.#isCut = true;
    this.#waiting = [];
    this.clog();
  }

  #wait(): void {
    const first = this.#waiting[0];
    if (!first || this.#timer || this.#isClogged) return;
    const delayMs = first.dueMs - this.#clock.monotonicMs();
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#timer = null;
      this.#arrive();
    });
  }

  #arrive(): void {
    const nowMs = this.#clock.monotonicMs();
    for (let first = this.#waiting[0]; first && first.dueMs <= nowMs; first = this.#waiting[0]) {
      if (this.#isClogged) return;
      this.#waiting.shift();
      this.#onArrival(first.item);
    }
    this.#wait();
  }
}
