import { assert } from '../src/runtime/assert.ts';
import type { Clock, Timer } from '../src/runtime/clock.ts';

interface VirtualTimer extends Timer {
  readonly dueMs: number;
  /** Ties are broken by the order of setting, as an event loop does. */
  readonly order: number;
  /** `null` once fired or cancelled. */
  onFire: (() => void) | null;
}

/** More timers than this at one instant is a loop of ours that would never let time pass. */
const firedAtOneInstantMax = 100_000;
/** Cancelled timers stay in the heap until they are this many and more than half of it. */
const cancelledMin = 64;
/** 2026-01-01T00:00:00Z, so that records of a simulation bear believable dates. */
const epochMsAtStart = 1_767_225_600_000;

/**
 * A clock whose time moves only when told to: from timer to timer, in the order of their due times
 * and, at the same instant, of their setting. Nothing fires from inside `setTimer` or `jump`. An
 * error thrown by a timer comes out of the running method; the timers behind it stay pending.
 */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #epochOffsetMs = epochMsAtStart;
  #order = 0;
  #pendingCount = 0;
  /** Binary heap: each parent is due before its children. */
  #heap: VirtualTimer[] = [];

  /** Milliseconds since the start; may be a fraction. */
  get now(): number {
    return this.#nowMs;
  }

  /** Timers that are set and neither fired nor cancelled. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#epochOffsetMs + this.#nowMs;
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    assert(!Number.isNaN(delayMs), 'a timer has a delay');
    const timer: VirtualTimer = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order,
      onFire,
      cancel: () => this.#cancel(timer),
    };
    this.#order += 1;
    this.#pendingCount += 1;
    this.#push(timer);
    return timer;
  }

  /** Lets `ms` pass with all timers due in them. Gives how many fired. */
  advance(ms: number): number {
    return this.runUntil(this.#nowMs + ms);
  }

  /** Fires every timer due up to and including `untilMs` and stops there. Gives how many fired. */
  runUntil(untilMs: number): number {
    let firedCount = 0;
    let instantMs = Number.NaN;
    let firedAtInstant = 0;
    for (let next = this.#heap[0]; next && next.dueMs <= untilMs; next = this.#heap[0]) {
      if (this.#fireFirst()) firedCount += 1;
      firedAtInstant = this.#nowMs === instantMs ? firedAtInstant + 1 : 0;
      instantMs = this.#nowMs;
      assert(firedAtInstant < firedAtOneInstantMax, `timers stop being set at ${instantMs} ms`);
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return firedCount;
  }

  /** Fires timers until none is pending, or `firedMax` have fired. Gives how many fired. */
  runAll(firedMax: number): number {
    let firedCount = 0;
    while (firedCount < firedMax && this.#heap.length > 0) {
      if (this.#fireFirst()) firedCount += 1;
    }
    return firedCount;
  }

  /** The clock for people is set forward, or back by a negative `ms`. */
  stepEpoch(ms: number): void {
    this.#epochOffsetMs += ms;
  }

  /**
   * The process stands still for `ms`: both clocks go on; what came due fires late, at the next
   * run.
   */
  jump(ms: number): void {
    assert(ms >= 0, 'time does not go back');
    this.#nowMs += ms;
  }

  #fireFirst(): boolean {
    const timer = this.#pop();
    if (timer.onFire === null) return false;
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    this.#pendingCount -= 1;
    const onFire = timer.onFire;
    timer.onFire = null;
    onFire();
    return true;
  }

  #cancel(timer: VirtualTimer): void {
    if (timer.onFire === null) return;
    timer.onFire = null;
    this.#pendingCount -= 1;
    const cancelledCount = this.#heap.length - this.#pendingCount;
    if (cancelledCount > cancelledMin && cancelledCount > this.#pendingCount) {
      // A sorted list is a heap.
      this.#heap = this.#heap.filter((each) => each.onFire !== null).sort(byDue);
    }
  }

  #push(timer: VirtualTimer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt]!;
      if (byDue(parent, timer) < 0) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = timer;
  }

  #pop(): VirtualTimer {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (first === last) return first;
    let at = 0;
    for (let childAt = 1; childAt < heap.length; childAt = 2 * at + 1) {
      const right = heap[childAt + 1];
      if (right && byDue(right, heap[childAt]!) < 0) childAt += 1;
      const child = heap[childAt]!;
      if (byDue(last, child) < 0) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
    return first;
  }
}

function byDue(left: VirtualTimer, right: VirtualTimer): number {
  return left.dueMs - right.dueMs || left.order - right.order;
}
