const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen ' +
  'sixteen seventeen eighteen nineteen';
const ones = small.split(' ');
const tens = ' ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const ordinals =
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth';

/** 0 to 99 in words, `twenty one`. */
export function numberWords(number: number): string {
  const below20 = ones[number];
  if (below20 !== undefined) return below20;
  const rest = number % 10;
  const whole = tens[Math.floor(number / 10)] ?? '';
  return rest === 0 ? whole : `${whole} ${ones[rest]}`;
}

/** 1 to 12 as `first` to `twelfth`. */
export function ordinalWord(number: number): string {
  return ordinals.split(' ')[number] ?? '';
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
  const number = Number(digits);
  if (digits.length <= 2 && !digits.startsWith('0')) return numberWords(number);
  if (/^(?:1[1-9]|20)\d\d$/.test(digits)) return yearWords(number)[0] ?? digits;
  return [...digits].map((digit) => numberWords(Number(digit))).join(' ');
}
