import type { Grammar, Phrase } from '../grammar.ts';

/**
 * How words stand in a grammar: they are a whole sentence, they end inside a number, or neither is
 * known.
 */
export type Ending = 'complete' | 'in-number' | 'open';

const numberWords =
  'zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen ' +
  'fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ' +
  'ninety hundred thousand million point double triple';
const numbers = new Set(numberWords.split(' '));

/** How what has been understood so far of a turn ends. */
export function endingOf(grammar: Grammar, text: string): Ending {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  if (words.length === 0) return 'open';
  const walk = new Walk(grammar, words);
  const isSentence = walk.from({ is: 'rule', name: grammar.root }, 0).has(words.length);
  const goesOn = walk.expected.some((word) => numbers.has(word));
  if (goesOn && numbers.has(words.at(-1)!)) return 'in-number';
  return isSentence ? 'complete' : 'open';
}

/** All ways through a grammar along the words so far. */
class Walk {
  readonly #rules: Grammar['rules'];
  readonly #words: readonly string[];
  readonly #expected = new Set<string>();
  /** By rule and position: where it can end. */
  readonly #known = new Map<string, ReadonlySet<number>>();

  constructor(grammar: Grammar, words: readonly string[]) {
    this.#rules = grammar.rules;
    this.#words = words;
  }

  /** Words that may come next. */
  get expected(): readonly string[] {
    return [...this.#expected];
  }

  /** The positions where `phrase` can end that begins at position `at`. */
  from(phrase: Phrase, at: number): ReadonlySet<number> {
    switch (phrase.is) {
      case 'word':
        if (at === this.#words.length) this.#expected.add(phrase.word);
        return new Set(this.#words[at] === phrase.word ? [at + 1] : []);
      case 'sequence': {
        let ends: ReadonlySet<number> = new Set([at]);
        for (const part of phrase.parts) {
          ends = new Set([...ends].flatMap((end) => [...this.from(part, end)]));
        }
        return ends;
      }
      case 'choice':
        return new Set(phrase.of.flatMap((each) => [...this.from(each.phrase, at)]));
      case 'optional':
        return new Set([at, ...this.from(phrase.phrase, at)]);
      case 'rule':
        return this.#rule(phrase.name, at);
    }
  }

  #rule(name: string, at: number): ReadonlySet<number> {
    const key = `${name} ${at}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const phrase = this.#rules.get(name);
    const ends = phrase === undefined ? new Set<number>() : this.from(phrase, at);
    this.#known.set(key, ends);
    return ends;
  }
}
