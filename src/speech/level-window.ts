import { silenceDbfs } from '../audio/level.ts';

const fullScaleDbfs = 0;

/**
 * The softest and the loudest of the latest levels: of those of the last one to two windows, which
 * costs two comparisons a level instead of a sorted list.
 */
export class LevelWindow {
  readonly #levelsPerWindow: number;
  #count = 0;
  #current = { minDbfs: fullScaleDbfs, maxDbfs: silenceDbfs };
  /** Silence, as nothing is known to be noise or echo before a window has been heard. */
  #previous = { minDbfs: silenceDbfs, maxDbfs: silenceDbfs };

  constructor(levelsPerWindow: number) {
    this.#levelsPerWindow = levelsPerWindow;
  }

  get minDbfs(): number {
    return Math.min(this.#current.minDbfs, this.#previous.minDbfs);
  }

  get maxDbfs(): number {
    return Math.max(this.#current.maxDbfs, this.#previous.maxDbfs);
  }

  push(levelDbfs: number): void {
    this.#current.minDbfs = Math.min(this.#current.minDbfs, levelDbfs);
    this.#current.maxDbfs = Math.max(this.#current.maxDbfs, levelDbfs);
    this.#count += 1;
    if (this.#count % this.#levelsPerWindow !== 0) return;
    const oldest = this.#previous;
    this.#previous = this.#current;
    oldest.minDbfs = fullScaleDbfs;
    oldest.maxDbfs = silenceDbfs;
    this.#current = oldest;
  }
}
