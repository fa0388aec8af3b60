import { assert } from './assert.ts';

/**
 * A first-in-first-out queue of at most `lengthMax` items in a ring of fixed slots.
 * A full queue refuses: `push` gives false and the caller decides, counts and logs.
 */
export class BoundedQueue<Item> {
  readonly lengthMax: number;
  readonly #slots: (Item | undefined)[];
  #head = 0;
  #length = 0;

  constructor(lengthMax: number) {
    assert(Number.isInteger(lengthMax) && lengthMax > 0, 'a queue holds at least one item');
    this.lengthMax = lengthMax;
    this.#slots = new Array<Item | undefined>(lengthMax);
  }

  get length(): number {
    return this.#length;
  }

  push(item: Item): boolean {
    if (this.#length === this.lengthMax) return false;
    this.#slots[(this.#head + this.#length) % this.lengthMax] = item;
    this.#length += 1;
    return true;
  }

  /** The oldest item, taken out; `undefined` when empty. */
  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.lengthMax;
    this.#length -= 1;
    return item;
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#head = 0;
    this.#length = 0;
  }
}
