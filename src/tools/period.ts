import { GatewayError } from '../runtime/errors.ts';
import { monthNames } from '../runtime/month-names.ts';

/** Whole days, both included: `2026-05-01` to `2026-05-31`. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** The forms that `parsePeriod` reads, for models and for those whose period was not understood. */
export const periodForms =
  'a month (2026-05, May 2026), a quarter (Q2 2026), a year (2026), a day (2026-05-31), two of ' +
  'them as a range (2026-01 to 2026-03), this or last month, quarter or year, or year to date';

const year = '(?<year>[12]\\d{3})';
const monthName = '(?<name>[a-z]{3,9})\\.?';

/** `between` stands between the ends of a range: `to`, `until`, `..`, or a dash with room. */
const between = /\s+(?:to|until|till|through|thru|-|–|—)\s+|\s*\.\.+\s*/;
const monthShapes = [
  new RegExp(`^${year}-(?<month>\\d{2})$`),
  new RegExp(`^${monthName},? (?:of )?${year}$`),
  new RegExp(`^${year} ${monthName}$`),
];
const quarterShapes = [
  new RegExp(`^q(?<quarter>[1-4])[ -]?(?:of )?${year}$`),
  new RegExp(`^${year}[ -]?q(?<quarter>[1-4])$`),
];
const yearShape = new RegExp(`^(?:fy ?|year )?${year}$`);
const dayShape = /^[12]\d{3}-\d{2}-\d{2}$/;
const relativeShape = /^(?:the )?(?<which>this|current|last|previous) (?<unit>month|quarter|year)$/;
const toDateShape = /^(?:the )?(?:year[ -]to[ -]date|ytd)$/;

/**
 * Reads a period as people say it; see `periodForms`. Quarters and years are those of the calendar.
 * `today` (`2026-11-21`) is what `last quarter` is counted from. Throws `REQUEST_INVALID` for
 * everything else: days that there are not, ranges that end before they begin.
 */
export function parsePeriod(text: string, today: string): Period {
  const said = text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^from /, '');
  // It has the word of a range in it and is none.
  const ends = toDateShape.test(said) ? [said] : said.split(between);
  const [first, last] = ends.map((end) => onePeriod(end, today));
  if (first === undefined || ends.length > 2) throw misunderstood(text);
  if (ends.length === 1) return first;
  if (last === undefined) throw misunderstood(text);
  if (last.to < first.from) {
    throw new GatewayError('REQUEST_INVALID', `the period ends ${last.to}, before ${first.from}`);
  }
  return { from: first.from, to: last.to };
}

/** The day that an instant is, by UTC. */
export function dayOf(atEpochMs: number): string {
  return new Date(atEpochMs).toISOString().slice(0, 10);
}

function onePeriod(said: string, today: string): Period | undefined {
  return namedPeriod(said) ?? relativePeriod(said, today);
}

function namedPeriod(said: string): Period | undefined {
  const inYear = groupsOf([yearShape], said);
  if (inYear !== undefined) return months(Number(inYear.year), 1, 12);
  const inMonth = groupsOf(monthShapes, said);
  if (inMonth !== undefined) {
    const { year, month, name } = inMonth;
    const number = month === undefined ? monthNumber(name) : Number(month);
    return number >= 1 && number <= 12 ? months(Number(year), number, 1) : undefined;
  }
  const inQuarter = groupsOf(quarterShapes, said);
  if (inQuarter !== undefined) {
    const { year, quarter } = inQuarter;
    return months(Number(year), Number(quarter) * 3 - 2, 3);
  }
  return dayShape.test(said) && isDay(said) ? { from: said, to: said } : undefined;
}

function relativePeriod(said: string, today: string): Period | undefined {
  const [thisYear, thisMonth] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  if (toDateShape.test(said)) return { from: `${today.slice(0, 4)}-01-01`, to: today };
  const groups = groupsOf([relativeShape], said);
  if (groups === undefined) return undefined;
  const monthCount = groups.unit === 'year' ? 12 : groups.unit === 'quarter' ? 3 : 1;
  const firstMonth = thisMonth - ((thisMonth - 1) % monthCount);
  const isThis = groups.which === 'this' || groups.which === 'current';
  return months(thisYear, isThis ? firstMonth : firstMonth - monthCount, monthCount);
}

/** `count` whole months from `month` (1 is January; 0 is the December before) of `year`. */
function months(year: number, month: number, count: number): Period {
  const from = dayOf(Date.UTC(year, month - 1, 1));
  return { from, to: dayOf(Date.UTC(year, month - 1 + count, 0)) };
}

function monthNumber(name = ''): number {
  return monthNames.findIndex((month) => month.startsWith(name)) + 1;
}

function isDay(day: string): boolean {
  const atEpochMs = Date.parse(`${day}T00:00:00Z`);
  // Some engines read 30 February as 2 March.
  return !Number.isNaN(atEpochMs) && dayOf(atEpochMs) === day;
}

/** What the groups of the shapes are called. */
type Groups = Partial<
  Readonly<Record<'year' | 'quarter' | 'month' | 'name' | 'which' | 'unit', string>>
>;

function groupsOf(shapes: readonly RegExp[], said: string): Groups | undefined {
  for (const shape of shapes) {
    const found = shape.exec(said);
    if (found !== null) return found.groups ?? {};
  }
  return undefined;
}

function misunderstood(text: string): GatewayError {
  return new GatewayError(
    'REQUEST_INVALID',
    `${JSON.stringify(text)} is no period: ${periodForms}`,
  );
}
