import { cardinalWords, yearWords } from './number-words.ts';

const romans = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x', 'xi', 'xii'];
const parts = 'Annex|Article|Chapter|Part|Schedule|Title|Pillar|Section|Book|Volume';
const numberedPart = new RegExp(String.raw`\b(${parts}) ([IVX]{2,4})\b`, 'gu');

/** How laws are cited, as words: sections, acts with their years, numbers of directives. */
export function sayLaws(text: string): string {
  return text
    .replace(/§§ ?/gu, ' sections ')
    .replace(/§ ?/gu, ' section ')
    .replace(/\bss\. ?(?=\d)/gu, ' sections ')
    .replace(/\bs\. ?(?=\d)/gu, ' section ')
    .replace(/\bart\. ?(?=\d)/giu, ' article ')
    .replace(/\bpara\. ?(?=\d)/giu, ' paragraph ')
    .replace(/\bc\. ?(?=[A-Z]?-?\d)/gu, ' chapter ')
    .replace(numberedPart, (whole, part: string, roman: string) => {
      const value = romans.indexOf(roman.toLowerCase()) + 1;
      return value === 0 ? whole : `${part} ${cardinalWords(String(value))}`;
    })
    .replace(/\((ii|iii|iv|vi|vii|viii|ix)\)/giu, (_, roman: string) => {
      return ` ${cardinalWords(String(romans.indexOf(roman.toLowerCase()) + 1))} `;
    })
    .replace(
      /\b((?:19|20)\d\d)\/(\d{1,4})\b(?!\/\d)(?:\/(EC|EU|EEC))?/gu,
      (_, ...found: string[]) => {
        const [year = '', number = '', union] = found;
        const of = union === undefined ? '' : ` ${[...union].join(' ')}`;
        return ` ${yearWords(year)}, number ${cardinalWords(number)}${of} `;
      },
    )
    .replace(/(?<=\d)\(([a-z0-9]{1,3})\)/giu, ' $1 ')
    .replace(/(?<=\d \w{1,3} )\(([a-z0-9]{1,3})\)/giu, ' $1 ');
}
