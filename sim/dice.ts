import { type Random, seededRandom } from '../src/runtime/random.ts';

/** Chance with the questions that a simulation asks. Each part of it throws its own dice. */
export class Dice {
  readonly random: Random;

  constructor(seed: number, part: number) {
    // Neighbouring seeds must not look alike: the golden ratio of 2^32 spreads them.
    this.random = seededRandom(Math.imul(seed, 0x9e3779b1) + Math.imul(part, 0x85ebca6b));
  }

  /** From `min` up to, not including, `max`. */
  between(min: number, max: number): number {
    return min + this.random.next() * (max - min);
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.random.next() * items.length)] ?? items[0];
  }

  /** One of the names, each as likely as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights) as Name[];
    let left = this.random.next() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    return names[0]!;
  }
}
