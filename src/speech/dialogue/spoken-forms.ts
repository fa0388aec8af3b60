import type { VocabularyEntry } from './dialogue.ts';
import { spokenWords } from './normalise.ts';
import { numberWords, ordinalWord } from './number-words.ts';
import type { SpokenForm } from './periods.ts';

/** A way of naming a value; of the same words the highest rank is meant. */
export interface RankedForm extends SpokenForm {
  readonly rank: number;
}

export const rankWhole = 3;
const rankHead = 2;
/** By any one word of the name. */
export const rankWord = 1;
/** Words by which nobody orders. */
const emptyWords = new Set('a an the and or of with in on for to from our my by at its'.split(' '));
const letterWordMin = 2;

/**
 * The ways in which people name an entry: whole, without what follows `with` or a comma, by its
 * last two words, by its last one, by any one of them; the first three in singular and plural.
 * Short ways can mean several entries: then people are asked which.
 */
export function entryForms({ value, names }: VocabularyEntry): readonly RankedForm[] {
  return names.flatMap((name) => {
    const glass = /^(.+), an? (\w+)$/.exec(name);
    const plain = name.replace(/\s*\(.*?\)/g, '').replace(/,.*$/, '');
    const head = plain.replace(/ with .*$/i, '');
    const wholes = [name, plain, ...(glass === null ? [] : [`${glass[2]} of ${glass[1]}`])];
    const words = spelled(head).filter((word) => word.length > 1);
    const heads = [head, words.slice(-2).join(' '), words.slice(-1).join(' ')];
    const singles = spelled(name).filter(
      (word) => word.length > letterWordMin && !emptyWords.has(word),
    );
    return [
      ...wholes.flatMap(variants).map((words) => ({ words, value, rank: rankWhole })),
      ...heads.flatMap(variants).map((words) => ({ words, value, rank: rankHead })),
      ...singles.map((words) => ({ words, value, rank: rankWord })),
    ].filter(({ words }) => words !== '' && !emptyWords.has(words));
  });
}

/** As `entryForms`, but whole alone: laws and places are not guessed from a word of theirs. */
export function exactForms({ value, names }: VocabularyEntry): readonly RankedForm[] {
  return names.flatMap((name) => {
    const plain = name.replace(/\s*\(.*?\)/g, '');
    return [name, plain, plain.replace(/\b[A-Z]{2,5}\b/g, (letters) => [...letters].join(' '))].map(
      (each) => ({ words: spelled(each).join(' '), value, rank: rankWhole }),
    );
  });
}

/** Larger ones are no numbers of anything that is ordered. */
const typedMax = 999;

/**
 * 1 to `atMost`, with the words that people have for a few. Larger ones are understood where they
 * are typed: who wants a hundred must not get one.
 */
export function numberForms(atMost: number): readonly RankedForm[] {
  const plain = Array.from({ length: typedMax }, (_, index) => {
    return [numberWords(index + 1), index + 1] as const;
  });
  const other = [
    ['a', 1],
    ['an', 1],
    ['another', 1],
    ['a couple of', 2],
    ['a pair of', 2],
    ['half a dozen', 6],
    ['a dozen', 12],
    ['two dozen', 24],
    ['a hundred', 100],
  ] as const;
  return [...plain, ...other].map(([words, number]) => ({
    ...{ words, value: String(number), rank: rankWhole },
    isTyped: number > atMost,
  }));
}

/** The first to the fourth, and the last, of what was offered; `-1` is the last. */
export function ordinalForms(): readonly RankedForm[] {
  const places = [1, 2, 3, 4].map((place) => [ordinalWord(place), String(place)] as const);
  return [...places, ['last', '-1'] as const].map(([words, value]) => ({
    words,
    value,
    rank: rankWhole,
  }));
}

function spelled(name: string): readonly string[] {
  return spokenWords(name);
}

/** A name as it is and with its last word in the other number. */
function variants(name: string): readonly string[] {
  const words = spelled(name);
  const last = words.at(-1);
  if (last === undefined) return [];
  const other = [...words.slice(0, -1), isPlural(last) ? singular(last) : plural(last)];
  return [words.join(' '), other.join(' ')];
}

export function isPlural(word: string): boolean {
  return word.length > 3 && word.endsWith('s') && !/(?:ss|us|is)$/.test(word);
}

export function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return /(?:x|z|ch|sh|ss)es$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}
