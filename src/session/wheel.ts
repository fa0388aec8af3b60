import { frameMs } from '../audio/format.ts';
import type { Clock, Timer } from '../runtime/clock.ts';

/** Frames that may go out together after a stall; beyond, the schedule starts anew. */
export const lateFramesMax = 3;

/**
 * Members that a slot takes before another one is opened. Each slot in use is a wake-up per 20 ms,
 * and with few calls those cost more than the frames do: 25 calls that only move bytes took 6.1 ms
 * of CPU per second and call in 20 slots, 5.0 in 4. Eight frames go out in a third of a
 * millisecond.
 */
const slotMembersMin = 8;
/** From one slot to the next that is opened; prime to 20, so that they lie far from each other. */
const slotStep = 7;

/** Takes part in the wheel: called once per 20 ms, `dueMs` being when it should have been. */
export type OnTick = (dueMs: number) => void;

export interface WheelMember {
  leave(): void;
}

interface Member {
  readonly onTick: OnTick;
  isIn: boolean;
}

/**
 * The one clock that paces every call of the process: 20 slots of 1 ms on absolute deadlines, so
 * that a late wake-up never makes the next one later (`setInterval` loses 1.5-3 % of its ticks).
 *
 * A member ticks once per 20 ms from the time it joined. After a stall at most three late ticks
 * come together; the schedule then moves on by what is left, which `onResync` is told in
 * milliseconds: nobody's audio is skipped, it is played later. An empty wheel holds no timer.
 */
export class PacingWheel {
  readonly #clock: Clock;
  readonly #onResync: (skippedMs: number) => void;
  readonly #slots: Member[][] = Array.from({ length: frameMs }, () => []);
  #memberCount = 0;
  #originMs = 0;
  #nextSlotTick = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, onResync: (skippedMs: number) => void) {
    this.#clock = clock;
    this.#onResync = onResync;
  }

  get memberCount(): number {
    return this.#memberCount;
  }

  /** Few calls share few slots; the work of many is spread over the 20 ms. */
  join(onTick: OnTick): WheelMember {
    if (this.#memberCount === 0) this.#start();
    const slotIndex = this.#slotToJoin();
    const member: Member = { onTick, isIn: true };
    this.#slots[slotIndex]!.push(member);
    this.#memberCount += 1;
    return { leave: () => this.#remove(slotIndex, member) };
  }

  /** The first that has room for another of few, else the emptiest. */
  #slotToJoin(): number {
    let emptiest = 0;
    for (let step = 0; step < frameMs; step += 1) {
      const index = (step * slotStep) % frameMs;
      const { length } = this.#slots[index]!;
      if (length < slotMembersMin) return index;
      if (length < this.#slots[emptiest]!.length) emptiest = index;
    }
    return emptiest;
  }

  #start(): void {
    this.#originMs = this.#clock.monotonicMs();
    this.#nextSlotTick = 1;
    this.#wait();
  }

  #remove(slotIndex: number, member: Member): void {
    if (!member.isIn) return;
    member.isIn = false;
    // A new list: the old one may be in the middle of being walked.
    this.#slots[slotIndex] = this.#slots[slotIndex]!.filter((one) => one !== member);
    this.#memberCount -= 1;
    if (this.#memberCount > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(): void {
    const dueMs = this.#originMs + this.#nextSlotTick;
    const delayMs = Math.max(0, dueMs - this.#clock.monotonicMs());
    this.#timer = this.#clock.setTimer(delayMs, () => this.#turn());
  }

  #turn(): void {
    this.#timer = null;
    this.#resync();
    // The time is read again for each slot: the work itself takes time, and a slot that became due
    // meanwhile is served now rather than after another timer. With more work than time that would
    // never end, so after one round the sockets get their turn.
    for (let served = 0; served < frameMs; served += 1) {
      const dueMs = this.#originMs + this.#nextSlotTick;
      if (dueMs > this.#clock.monotonicMs()) break;
      const slot = this.#slots[this.#nextSlotTick % frameMs]!;
      this.#nextSlotTick += 1;
      for (const member of slot) if (member.isIn) member.onTick(dueMs);
      if (this.#memberCount === 0) return;
    }
    this.#skipEmptySlots();
    this.#wait();
  }

  #resync(): void {
    const lateMs = this.#clock.monotonicMs() - (this.#originMs + this.#nextSlotTick);
    const skippedMs = Math.floor(lateMs - lateFramesMax * frameMs);
    if (skippedMs <= 0) return;
    this.#originMs += skippedMs;
    this.#onResync(skippedMs);
  }

  /** With few calls most slots are empty: waking up for them would cost more than the calls do. */
  #skipEmptySlots(): void {
    for (let skipped = 0; skipped < frameMs; skipped += 1) {
      if (this.#slots[this.#nextSlotTick % frameMs]!.length > 0) return;
      this.#nextSlotTick += 1;
    }
  }
}
