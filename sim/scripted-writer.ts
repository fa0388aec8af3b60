import type { Clock } from '../src/runtime/clock.ts';
import type { Dice } from './dice.ts';

export interface ScriptedWriterOptions {
  readonly clock: Clock;
  readonly dice: Dice;
  /** From then on it asks nothing but once more, to see whether it is still answered. */
  readonly calmAtMs: number;
  readonly asksAtMs: number;
  /** Whether a question is open: then it waits. */
  readonly isBusy: () => boolean;
  readonly ask: (text: string) => void;
  readonly onAsked: () => void;
}

/** How often somebody whose question is open looks whether it is answered. */
const lookMs = 200;

/** A person who writes, one question at a time. */
export class ScriptedWriter {
  readonly #options: ScriptedWriterOptions;
  #count = 0;

  constructor(options: ScriptedWriterOptions) {
    this.#options = options;
    this.#thinkFor(options.dice.between(100, 3_000));
  }

  #thinkFor(ms: number): void {
    this.#options.clock.setTimer(ms, () => this.#write());
  }

  #write(): void {
    const { clock, dice, calmAtMs, asksAtMs, isBusy, ask, onAsked } = this.#options;
    const nowMs = clock.monotonicMs();
    if (isBusy()) {
      this.#thinkFor(lookMs);
      return;
    }
    if (nowMs >= calmAtMs && nowMs < asksAtMs) {
      this.#thinkFor(asksAtMs - nowMs);
      return;
    }
    const isLast = nowMs >= asksAtMs;
    if (isLast) onAsked();
    else this.#thinkFor(dice.between(lookMs, 6_000));
    this.#count += 1;
    ask(`Question ${this.#count}?`);
  }
}
