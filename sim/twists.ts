import { Dice } from './dice.ts';
import type { Tally } from './tally.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Part of the dice for each twist: by these the seeds that are kept are none of it. */
const writtenPart = 66;
const swappedPart = 209;

/** Some callers write instead of speaking. */
export function isWrittenSeed(seed: number): boolean {
  return new Dice(seed, writtenPart).chance(0.15);
}

/** In some calls another persona takes over, by the operator or by a handoff. */
export function swapDice(seed: number): Dice | null {
  const dice = new Dice(seed, swappedPart);
  return dice.chance(0.25) ? dice : null;
}

/** The personas of the simulation that calls go over to. */
export const personaKeys = ['waiter', 'cfo'] as const;

/** The operator changes their mind, now and then twice in a moment. */
export function planSwaps(stage: {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly faults: Tally;
  readonly calmAtMs: number;
  readonly swap: (personaKey: string) => void;
}): void {
  const { clock, dice, faults, calmAtMs, swap } = stage;
  for (let left = dice.whole(1, 4); left > 0; left -= 1) {
    const isTwice = dice.chance(0.3);
    clock.setTimer(dice.between(0, calmAtMs), () => {
      faults.add('persona swapped');
      swap(dice.pick(personaKeys));
      if (isTwice) swap(dice.pick(personaKeys));
    });
  }
}
