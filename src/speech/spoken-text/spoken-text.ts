import { sayAddresses } from './address-words.ts';
import { sayDates } from './date-words.ts';
import { sayLaws } from './law-words.ts';
import { sayMoney } from './money-words.ts';
import { digitWords, numberWords, ordinalWords } from './number-words.ts';
import { hasWords, plainText } from './plain-text.ts';
import { respelled } from './respelled-words.ts';

/** Characters of written text that are said; what follows is not. A long sentence has 300. */
export const writtenTextMax = 600;
/** Characters that are said: 2 minutes. Only numbers without end come to more. */
export const spokenTextMax = 2_000;

/** Abbreviations by what is said for them. */
const abbreviations: readonly (readonly [RegExp, string])[] = [
  [/\be\.g\.,?/giu, ' for example '],
  [/\bi\.e\.,?/giu, ' that is '],
  [/\betc\./giu, ' et cetera '],
  [/\bvs?\.(?= )/giu, ' versus '],
  [/\bapprox\./giu, ' approximately '],
  [/\bincl\./giu, ' including '],
  [/\bexcl\./giu, ' excluding '],
  [/\bNo\. ?(?=\d)/gu, ' number '],
  [/\bet al\./giu, ' and others '],
  [/\b(?:and\/or)\b/giu, ' or '],
  [/\b24\/7\b/gu, ' twenty four seven '],
  [/\bkm\/h\b/gu, ' kilometres per hour '],
  [/\bm(?:\^2|²)/gu, ' square metres '],
  [/\bm(?:\^3|³)/gu, ' cubic metres '],
  [/²/gu, ' squared '],
  [/³/gu, ' cubed '],
];

/** Signs, and units behind a number, by what is said for them. */
const signs: readonly (readonly [RegExp, string])[] = [
  [/(?<=\d) ?½/gu, ' and a half '],
  [/(?<=\d) ?¼/gu, ' and a quarter '],
  [/(?<=\d) ?¾/gu, ' and three quarters '],
  [/½|\b1[/\u2044]2\b/gu, ' one half '],
  [/¼|\b1[/\u2044]4\b/gu, ' one quarter '],
  [/¾|\b3[/\u2044]4\b/gu, ' three quarters '],
  [/\b(\d{1,2})[/\u2044](\d{1,2})\b/gu, ' $1 over $2 '],
  [/±/gu, ' plus or minus '],
  [/[~≈](?= ?\d)/gu, ' about '],
  [/(?:≤|<=)(?= ?\d)/gu, ' at most '],
  [/(?:≥|>=)(?= ?\d)/gu, ' at least '],
  [/<(?= ?\d)/gu, ' less than '],
  [/(?<=\s)>(?= ?\d)/gu, ' more than '],
  [/→/gu, ' to '],
  [/%/gu, ' percent '],
  [/&/gu, ' and '],
  [/#(?=\d)/gu, ' number '],
  [/@/gu, ' at '],
  [/\+/gu, ' plus '],
  [/=/gu, ' equals '],
  [/°C?/gu, ' degrees '],
  [/(?<=\d) ?[x×](?= |$)/gu, ' times '],
  [/(?<=\w)\/(?=\w)/gu, ' or '],
  [/(?<=\d)k\b/gu, ' thousand '],
  [/(?<=\d) ?(?:M|mn)\b/gu, ' million '],
  [/(?<=\d) ?bn\b/gu, ' billion '],
  [/(?<=\d) ?ml\b/gu, ' millilitres '],
  [/(?<=\d) ?cl\b/gu, ' centilitres '],
  [/(?<=\d) ?kg\b/gu, ' kilograms '],
  [/(?<=\d) ?g\b/gu, ' grams '],
  [/(?<=\d) ?km\b/gu, ' kilometres '],
  [/(?<=\d) ?cm\b/gu, ' centimetres '],
  [/(?<=\d) ?min\b/gu, ' minutes '],
  [/(?<=\d) ?(?:h|hrs?)\b/gu, ' hours '],
];

/** Written together, said letter by letter. */
const spelledWord =
  /\b(?:VAT|IFRS|IAS|PAYE|CFO|CEO|API|USA|UK|EU|ID|PDF|OK|[B-DF-HJ-NP-TV-Z]{2,5})\b/gu;
/** Groups after a plus or a leading zero, or joined by hyphens: told one digit after the other. */
const phoneNumber = new RegExp(
  [
    String.raw`\+\d[\d ()-]{5,18}\d`,
    String.raw`(?<!\d )(?:\(0\)|\b0)\d[\d -]{4,17}\d`,
    String.raw`\b\d{1,4}(?:-\d{2,5}){2,4}\b`,
    String.raw`\b\d{3}-\d{4}\b`,
  ].join('|'),
  'gu',
);
const numberRange = /(?<=\d) ?[-–—] ?(?=\d)/gu;
const minus = /(?<![\w.])[-−](?=\d)/gu;
/** `1.000.000`, as most of Europe writes it. */
const millions = /(?<![\d.])\d{1,3}(?:\.\d{3}){2,}(?![\d.]\d)/gu;
/** `U.S.C.`: letters; the last point may end the sentence. */
const dotted = /\b(?:[A-Z]\.){2,}/gu;
const ordinal = /\b(\d{1,15})(?:st|nd|rd|th)\b/giu;
const number =
  /(?<!\d)\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?![\d])|\d+(?:\.\d+)?/gu;

/**
 * `text` as an English synthesizer says it properly: in letters, and in the signs that make it
 * pause. Numbers, sums, dates and abbreviations are spelled out. At most `writtenTextMax`
 * characters of it are said, cut between words.
 */
export function spokenText(text: string, _options: { readonly language: 'en' }): string {
  const plain = plainText(cut(text, writtenTextMax));
  let said = sayAddresses(cut(inLatinLetters(plain), writtenTextMax));
  said = sayMoney(sayDates(sayLaws(said)));
  for (const [pattern, words] of abbreviations) said = said.replace(pattern, words);
  said = said.replace(phoneNumber, sayGroups);
  said = said.replace(numberRange, ' to ').replace(minus, ' minus ');
  for (const [pattern, words] of signs) said = said.replace(pattern, words);
  said = said.replace(ordinal, (_, digits: string) => ordinalWords(digits));
  said = said.replace(millions, (written) => written.replaceAll('.', ''));
  said = said.replace(number, (written) => ` ${numberSaid(written)} `);
  said = said.replace(dotted, (letters) => [...letters.replaceAll('.', '')].join(' '));
  said = said.replace(spelledWord, (word) => [...word].join(' '));
  const spoken = cut(tidied(respelled(said)), spokenTextMax);
  return spoken === '' && hasWords(plain) ? unpronounceable : spoken;
}

/** In the place of what is in no letters that an English voice knows. */
const unpronounceable = 'something that I cannot pronounce';

/** `007` digit by digit, everything else as a number. */
function numberSaid(written: string): string {
  return /^0\d+$/u.test(written) ? digitWords(written) : numberWords(written);
}

/** No longer than is said, and no half word where that can be. */
function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const most = text.slice(0, lengthMax);
  const lastSpaceAt = most.search(/\s\S*$/u);
  return lastSpaceAt > 0 ? most.slice(0, lastSpaceAt) : most;
}

/** Letters that are more than one of ours with an accent. */
const otherLetters: Readonly<Record<string, string>> = {
  ...{ ł: 'l', Ł: 'L', ß: 'ss', æ: 'ae', Æ: 'Ae', œ: 'oe', Œ: 'Oe', ø: 'o', Ø: 'O' },
  ...{ đ: 'd', Đ: 'D', ħ: 'h', Ħ: 'H', ı: 'i', ð: 'th', þ: 'th', Þ: 'Th' },
};

/** `crème brûlée` without its accents, full-width digits as digits, quotes straight. */
function inLatinLetters(text: string): string {
  return text
    .replace(/[^½¼¾²³]+/gu, (part) => part.normalize('NFKD'))
    .replace(/\p{M}/gu, '')
    .replace(/[łŁßæÆœŒøØđĐħĦıðþÞ]/gu, (letter) => otherLetters[letter] ?? '')
    .replace(/[\u2018\u2019]/gu, "'")
    .replace(/\s+/gu, ' ');
}

/** `+250 788 123 456` digit by digit, with a pause between the groups. */
function sayGroups(written: string): string {
  const groups = written.match(/\d+/gu) ?? [];
  const plus = written.startsWith('+') ? ' plus ' : ' ';
  return `${plus}${groups.map(digitWords).join(', ')} `;
}

/** Signs that nobody says are gone; a pause stands behind the word before it. */
function tidied(text: string): string {
  return text
    .replace(/[–—]/gu, ' - ')
    .replace(/(?<=\w )\(|\)(?= \w)/gu, ', ')
    .replace(/[^a-z',.?!;: -]/giu, ' ')
    .replace(/(?<= )-+|-+(?= )/gu, ', ')
    .replace(/\s+/gu, ' ')
    .replace(/ (?=[,.?!;:])/gu, '')
    .replace(/[,;:](?=[,.?!;:])|(?<=[.?!]),|,$/gu, '')
    .replace(/^[^a-z]+/iu, '')
    .replace(/[ ,]+$/u, '');
}
