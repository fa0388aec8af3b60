import { monthNames } from '../../runtime/month-names.ts';
import { digitsInWords, ordinalWord } from './number-words.ts';

/** More than anybody says in a breath; what is typed beyond it is not read. */
export const wordsMax = 60;
const charsMax = 1_000;
/** A word as the dictionary of the recognizer has it. */
const wordShape = /[a-z]+(?:'[a-z]+)*/g;

/**
 * What was said or typed, as words of a grammar: small letters without accents, numbers as words.
 * `2 Cappuccinos, please!` is `two cappuccinos please`, `2026-03` is `march twenty twenty six`.
 */
export function spokenWords(text: string): readonly string[] {
  const plain = text
    .slice(0, charsMax)
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/\b([12]\d{3})-(\d{2})\b/g, (whole, year: string, month: string) => {
      const name = monthNames[Number(month) - 1];
      return name === undefined ? whole : `${name} ${year}`;
    })
    .replace(/\bok\b/g, 'okay')
    .replace(/&/g, ' and ')
    .replace(/\b(\d{1,3}) ?x\b/g, '$1 ')
    .replace(/%/g, ' percent ')
    .replace(/\b(\d{1,2})(?:st|nd|rd|th)\b/g, (_, digits: string) => ordinalWord(Number(digits)))
    .replace(/\d+/g, (digits) => ` ${digitsInWords(digits)} `);
  return (plain.match(wordShape) ?? []).slice(0, wordsMax);
}

const shortened: Readonly<Record<string, string>> = {
  "can't": 'can not',
  cannot: 'can not',
  "won't": 'will not',
  "let's": 'let us',
  gimme: 'give me',
  lemme: 'let me',
  gonna: 'going to',
  wanna: 'want to',
  pls: 'please',
  plz: 'please',
  thx: 'thanks',
  u: 'you',
  whats: 'what is',
  thats: 'that is',
  thatll: 'that will',
  im: 'i am',
  ill: 'i will',
  ive: 'i have',
  dont: 'do not',
  cant: 'can not',
  yea: 'yeah',
  yup: 'yep',
};
const endings: readonly (readonly [RegExp, string])[] = [
  [/^(what|that|it|how|where|who|when|there|here)'s$/, '$1 is'],
  [/^i'm$/, 'i am'],
  [/^(we|you|they)'re$/, '$1 are'],
  [/^([a-z]+)'ll$/, '$1 will'],
  [/^(i|we|you|they)'ve$/, '$1 have'],
  [/^(i|we|you|they)'d$/, '$1 would'],
  [/^([a-z]+)n't$/, '$1 not'],
];

/** `what's` as `what is`, `gimme` as `give me`: whoever says it long or short means the same. */
export function inFull(word: string): readonly string[] {
  const long = Object.hasOwn(shortened, word) ? shortened[word] : undefined;
  const full = endings.reduce((text, [shape, words]) => text.replace(shape, words), long ?? word);
  return full.split(' ');
}
