import { cardinalWords, digitWords, ordinalWords } from '../spoken-text/number-words.ts';

/** A whole number in words, `twenty one`. */
export function numberWords(number: number): string {
  return cardinalWords(String(number));
}

/** 1 as `first`, 21 as `twenty first`. */
export function ordinalWord(number: number): string {
  return ordinalWords(String(number));
}

/** The ways in which a year is said: `twenty twenty six`, `two thousand and twenty six`. */
export function yearWords(year: number): readonly string[] {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (century === 20) {
    if (rest === 0) return ['two thousand'];
    const long = [`two thousand ${numberWords(rest)}`, `two thousand and ${numberWords(rest)}`];
    const short = rest < 10 ? `twenty oh ${numberWords(rest)}` : `twenty ${numberWords(rest)}`;
    return [short, ...long];
  }
  const last = rest === 0 ? 'hundred' : rest < 10 ? `oh ${numberWords(rest)}` : numberWords(rest);
  return [`${numberWords(century)} ${last}`];
}

/** A number that somebody typed, as it is said; digits that are no such number are read out. */
export function digitsInWords(digits: string): string {
  if (digits.length <= 2 && !digits.startsWith('0')) return numberWords(Number(digits));
  if (/^(?:1[1-9]|20)\d\d$/.test(digits)) return yearWords(Number(digits))[0] ?? digits;
  return digitWords(digits);
}
