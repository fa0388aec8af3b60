import { monthNames } from '../../runtime/month-names.ts';
import { cardinalWords, ordinalWords, yearWords } from './number-words.ts';

const months = monthNames.map((name) => name.replace(/^./, (letter) => letter.toUpperCase()));
const monthPattern = `(${months.map((month) => `${month}|${month.slice(0, 3)}\\.?`).join('|')})`;
const year = String.raw`((?:19|20)\d\d)`;
const day = String.raw`(0?[1-9]|[12]\d|3[01])`;

const isoDate = new RegExp(String.raw`\b${year}-(0[1-9]|1[0-2])-${day}\b`, 'gu');
const isoMonth = new RegExp(String.raw`\b${year}-(0[1-9]|1[0-2])\b(?!-)`, 'gu');
/** Day first, as in Africa and Europe, unless it can only be the month. */
const slashedDate = new RegExp(String.raw`\b${day}([/.])(0?[1-9]|[12]\d|3[01])\2${year}\b`, 'gu');
const yearFirst = new RegExp(String.raw`\b${year}/(0?[1-9]|1[0-2])/${day}\b`, 'gu');
const yearRange = new RegExp(String.raw`\b${year} ?[-–] ?(\d\d|${year})(?![\d-])`, 'gu');
const decade = /\b((?:18|19|20)\d)0s\b/gu;
/** Acts and directives are named by their years, as are books in brackets. */
const yearOfAct = new RegExp(
  String.raw`\b(Acts?|Orders?|Rules|Regulations?|Code|R\.S\.C\.) ${year}(?![\d/])`,
  'gu',
);
const yearInBrackets = new RegExp(String.raw`\(${year}\)`, 'gu');
const dayFirst = new RegExp(
  String.raw`\b${day}(?:st|nd|rd|th)? (?:of )?${monthPattern}(?:,? ${year})?(?!\w)`,
  'gu',
);
const monthFirst = new RegExp(
  String.raw`\b${monthPattern} ${day}(?:st|nd|rd|th)?(?:,? ${year})?(?![\w,.]\d|\w)`,
  'gu',
);
const monthAndYear = new RegExp(String.raw`\b${monthPattern},? ${year}(?!\w)`, 'gu');
const period = new RegExp(String.raw`\b(FY|[QH][1-4]) ?(?:of |/)?${year}?(?!\w)`, 'gu');
const periodLast = new RegExp(String.raw`\b${year}[ -]?([QH][1-4])\b`, 'gu');
const shortFiscal = /\bFY ?'?(\d\d)\b(?!\d)/gu;
/** Words after which four digits are a year. */
const plainYear = new RegExp(
  String.raw`\b(in|of|since|by|until|from|year|end|fiscal|for|and|to) ${year}(?![,.:]\d|[\w%])`,
  'giu',
);
const clockTime = /\b([01]?\d|2[0-3])[:h]([0-5]\d)(?::[0-5]\d)?(?: ?([ap])\.?m\b\.?)?(?!\w)/giu;
const fullHour = /\b(1[0-2]|0?[1-9]) ?([ap])\.?m\b/giu;

/** Dates, periods, years and times of day, as words. */
export function sayDates(text: string): string {
  return text
    .replace(isoDate, (_, ...[y, m, d]: string[]) => date(d!, months[Number(m) - 1]!, y))
    .replace(yearFirst, (_, ...[y, m, d]: string[]) => date(d!, months[Number(m) - 1]!, y))
    .replace(slashedDate, (whole, ...[d, , m, y]: string[]) => {
      const [day, month] = Number(m) > months.length ? [m, d] : [d, m];
      const name = months[Number(month) - 1];
      return name === undefined ? whole : date(day!, name, y);
    })
    .replace(periodLast, '$2 $1')
    .replace(shortFiscal, 'FY 20$1')
    .replace(isoMonth, (_, y: string, m: string) => `${months[Number(m) - 1]} ${yearWords(y)}`)
    .replace(dayFirst, (_, d: string, month: string, y?: string) => date(d, monthNamed(month), y))
    .replace(monthFirst, (_, month: string, d: string, y?: string) => date(d, monthNamed(month), y))
    .replace(monthAndYear, (_, month: string, y: string) => `${monthNamed(month)} ${yearWords(y)}`)
    .replace(period, (whole, name: string, y?: string) => periodWords(whole, name, y))
    .replace(yearRange, (_, from: string, to: string) => {
      const last = to.length === 2 ? cardinalWords(to) : yearWords(to);
      return `${yearWords(from)} to ${last}`;
    })
    .replace(decade, (_, tens: string) => decadeWords(tens))
    .replace(yearOfAct, (_, name: string, y: string) => `${name} ${yearWords(y)}`)
    .replace(yearInBrackets, (_, y: string) => `, ${yearWords(y)},`)
    .replace(plainYear, (_, word: string, y: string) => `${word} ${yearWords(y)}`)
    .replace(clockTime, (_, hour: string, minute: string, half?: string) =>
      timeWords(hour, minute, half),
    )
    .replace(fullHour, (_, hour: string, half: string) => `${cardinalWords(hour)} ${half} m`);
}

function date(day: string, month: string, year: string | undefined): string {
  const inYear = year === undefined ? '' : `, ${yearWords(year)}`;
  return `${month} ${ordinalWords(day)}${inYear}`;
}

function monthNamed(name: string): string {
  return months.find((month) => month.startsWith(name.slice(0, 3))) ?? name;
}

/** `199` for the 1990s: nineteen nineties. */
function decadeWords(tens: string): string {
  const words = yearWords(`${tens}0`);
  return words.endsWith('y') ? `${words.slice(0, -1)}ies` : `${words}s`;
}

/** `Q1 2026`: Q one, twenty twenty six. `FY2026`: fiscal year twenty twenty six. */
function periodWords(whole: string, name: string, year: string | undefined): string {
  if (name === 'FY') return year === undefined ? whole : `fiscal year ${yearWords(year)}`;
  const inYear = year === undefined ? '' : `, ${yearWords(year)}`;
  return `${name.charAt(0)} ${cardinalWords(name.charAt(1))}${inYear}`;
}

/** `19:30`: seven thirty p m. Hours up to twelve are left as they are: seven thirty. */
function timeWords(hour: string, minute: string, half: string | undefined): string {
  const hours = Number(hour);
  const isTold = half !== undefined || hours === 0 || hours > 12;
  const letter = half?.toLowerCase() ?? (hours >= 12 ? 'p' : 'a');
  const hourWords = cardinalWords(String(hours % 12 === 0 ? 12 : hours % 12));
  const tail = isTold ? ` ${letter} m` : '';
  if (minute === '00') return isTold ? `${hourWords}${tail}` : `${hourWords} o'clock`;
  const zero = Number(minute) < 10 ? 'oh ' : '';
  return `${hourWords} ${zero}${cardinalWords(minute)}${tail}`;
}
