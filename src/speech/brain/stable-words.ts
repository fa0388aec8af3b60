/**
 * Makes of a hypothesis that is told again and again, and may change, pieces that never have to be
 * taken back: a word is told when two hypotheses in a row agree on it and all before it.
 */
export class StableWords {
  #toldCount = 0;
  #latest: readonly string[] = [];
  #isAmiss = false;

  /** All words so far. Gives what can be told beyond what was told before; empty: nothing. */
  push(text: string): string {
    const words = wordsOf(text);
    const agreed = commonCount(this.#latest, words);
    this.#isAmiss ||= agreed < this.#toldCount;
    this.#latest = words;
    return this.#tell(words, agreed);
  }

  /** The words of the whole: gives the rest of them, or nothing when they begin otherwise. */
  finish(text: string): string {
    const words = wordsOf(text);
    this.#isAmiss ||= commonCount(this.#latest, words) < this.#toldCount;
    return this.#tell(words, words.length);
  }

  #tell(words: readonly string[], count: number): string {
    if (this.#isAmiss || count <= this.#toldCount) return '';
    const fresh = words.slice(this.#toldCount, count).join(' ');
    const piece = this.#toldCount === 0 ? fresh : ` ${fresh}`;
    this.#toldCount = count;
    return piece;
  }
}

const wordsOf = (text: string): readonly string[] =>
  text.split(/\s+/u).filter((word) => word !== '');

function commonCount(left: readonly string[], right: readonly string[]): number {
  const differsAt = left.findIndex((word, index) => word !== right[index]);
  return differsAt < 0 ? left.length : differsAt;
}
