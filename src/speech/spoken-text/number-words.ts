const small = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen',
  'fifteen sixteen seventeen eighteen nineteen',
]
  .join(' ')
  .split(' ');
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const scales = ['', ' thousand', ' million', ' billion', ' trillion'];

/** Digits of the largest number that is said as one; longer ones are said digit by digit. */
const cardinalDigitsMax = 15;

/** `4500` as `four thousand five hundred`. Takes digits alone. */
export function cardinalWords(digits: string): string {
  const significant = digits.replace(/^0+(?=\d)/u, '');
  if (significant.length > cardinalDigitsMax) return digitWords(digits);
  if (significant === '0') return small[0]!;
  const groups: string[] = [];
  for (let end = significant.length; end > 0; end -= 3) {
    const group = Number(significant.slice(Math.max(0, end - 3), end));
    const scale = scales[groups.length]!;
    groups.unshift(group === 0 ? '' : `${underThousand(group)}${scale}`);
  }
  return groups.filter((group) => group !== '').join(' ');
}

/** `12.50` as `twelve point five zero`; `4,500` as four thousand five hundred. */
export function numberWords(written: string): string {
  const [whole = '', fraction = ''] = written.replaceAll(/[, ]/gu, '').split('.');
  const words = cardinalWords(whole === '' ? '0' : whole);
  return fraction === '' ? words : `${words} point ${digitWords(fraction)}`;
}

/** `007` as `zero zero seven`. */
export function digitWords(digits: string): string {
  return [...digits].map((digit) => small[Number(digit)]!).join(' ');
}

/** A year of four digits: `twenty twenty six`, `two thousand five`, `nineteen hundred`. */
export function yearWords(year: string): string {
  const century = year.slice(0, 2);
  const within = Number(year.slice(2));
  if (century === '20' && within < 10) return cardinalWords(year);
  if (within === 0) return `${cardinalWords(century)} hundred`;
  const zero = within < 10 ? 'oh ' : '';
  return `${cardinalWords(century)} ${zero}${cardinalWords(String(within))}`;
}

const irregularOrdinals: ReadonlyMap<string, string> = new Map([
  ['one', 'first'],
  ['two', 'second'],
  ['three', 'third'],
  ['five', 'fifth'],
  ['eight', 'eighth'],
  ['nine', 'ninth'],
  ['twelve', 'twelfth'],
]);

/** `21` as `twenty first`. */
export function ordinalWords(digits: string): string {
  const words = cardinalWords(digits).split(' ');
  const last = words.pop() ?? '';
  const ordinal = irregularOrdinals.get(last) ?? `${last.replace(/y$/u, 'ie')}th`;
  return [...words, ordinal].join(' ');
}

function underThousand(number: number): string {
  const hundreds = Math.floor(number / 100);
  const rest = number % 100;
  const words: string[] = [];
  if (hundreds > 0) words.push(`${small[hundreds]} hundred`);
  if (rest > 0) words.push(underHundred(rest));
  return words.join(' ');
}

function underHundred(number: number): string {
  if (number < 20) return small[number]!;
  const ten = tens[Math.floor(number / 10) - 2]!;
  return number % 10 === 0 ? ten : `${ten} ${small[number % 10]}`;
}
