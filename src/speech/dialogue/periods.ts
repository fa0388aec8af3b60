import { monthNames } from './month-names.ts';
import { ordinalWord, yearWords } from './number-words.ts';

/** A way of saying a value. */
export interface SpokenForm {
  /** Words with spaces between them. */
  readonly words: string;
  readonly value: string;
}

const units = ['month', 'quarter', 'year'] as const;
type Unit = (typeof units)[number];
/** In the place of a period: the one before the last that was spoken of. */
const before = 'before';

/**
 * Every way to say a period. `months` are those that can be asked for, as `2026-03`: the newest
 * March is what is meant by `march`. Values are what `fetch_financials` reads, but for those that
 * `resolvedPeriod` has to make one of.
 */
export function periodForms(months: readonly string[]): readonly SpokenForm[] {
  const ordered = months.filter((month) => /^\d{4}-\d{2}$/.test(month)).toSorted();
  const years = [...new Set(ordered.map((month) => Number(month.slice(0, 4))))];
  const forms: SpokenForm[] = [];
  const add = (value: string, ...spoken: readonly string[]) => {
    forms.push(...spoken.map((words) => ({ words, value })));
  };
  for (const month of ordered) {
    const name = monthNames[Number(month.slice(5)) - 1] ?? '';
    const inYear = yearWords(Number(month.slice(0, 4)));
    add(month, ...inYear.flatMap((year) => [`${name} ${year}`, `${name} of ${year}`]));
  }
  for (const [name, month] of newestBy(ordered, (month) => Number(month.slice(5)))) {
    add(month, monthNames[name - 1] ?? '');
  }
  const quarterOf = (month: string) => Math.ceil(Number(month.slice(5)) / 3);
  for (const month of new Set(ordered)) {
    const value = `Q${quarterOf(month)} ${month.slice(0, 4)}`;
    const inYear = yearWords(Number(month.slice(0, 4)));
    const said = quarterWords(quarterOf(month));
    add(value, ...inYear.flatMap((year) => said.map((quarter) => `${quarter} ${year}`)));
    add(value, ...inYear.map((year) => `${said[0]} of ${year}`));
  }
  for (const [quarter, month] of newestBy(ordered, quarterOf)) {
    add(`Q${quarter} ${month.slice(0, 4)}`, ...quarterWords(quarter));
  }
  for (const year of years) add(String(year), ...yearWords(year));
  return unique([...forms, ...relativeForms()]);
}

function relativeForms(): readonly SpokenForm[] {
  const forms = units.flatMap((unit) => [
    { words: `last ${unit}`, value: `last ${unit}` },
    { words: `this ${unit}`, value: `this ${unit}` },
    { words: `current ${unit}`, value: `this ${unit}` },
    { words: `${unit} before`, value: `${before} ${unit}` },
    { words: `${unit} before that`, value: `${before} ${unit}` },
    { words: `previous ${unit}`, value: `${before} ${unit}` },
  ]);
  const toDate = { words: 'year to date', value: 'year to date' };
  return [...forms, toDate, { words: 'one before', value: before }];
}

function quarterWords(quarter: number): readonly [string, string] {
  const letter = ['', 'one', 'two', 'three', 'four'][quarter] ?? '';
  return [`${ordinalWord(quarter)} quarter`, `q ${letter}`];
}

function newestBy(
  months: readonly string[],
  keyOf: (month: string) => number,
): ReadonlyMap<number, string> {
  return new Map(months.map((month) => [keyOf(month), month]));
}

function unique(forms: readonly SpokenForm[]): readonly SpokenForm[] {
  return [...new Map(forms.map((form) => [`${form.words}|${form.value}`, form])).values()];
}

/**
 * The period that is meant, when `last` (`2026-07-01` to `2026-09-30`) is the last that figures
 * were told of. Without a last one, the period before is the last whole one.
 */
export function resolvedPeriod(
  value: string,
  last: { readonly from: string; readonly to: string } | null,
): string {
  if (!value.startsWith(before)) return value;
  const named = units.find((unit) => value === `${before} ${unit}`);
  if (last === null) return `last ${named ?? 'month'}`;
  const unit = named ?? unitOf(last);
  const year = Number(last.from.slice(0, 4));
  const month = Number(last.from.slice(5, 7));
  if (unit === 'year') return String(year - 1);
  if (unit === 'quarter') {
    const quarter = Math.ceil(month / 3) - 1;
    return quarter === 0 ? `Q4 ${year - 1}` : `Q${quarter} ${year}`;
  }
  return month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, '0')}`;
}

function unitOf({ from, to }: { readonly from: string; readonly to: string }): Unit {
  if (from.slice(0, 7) === to.slice(0, 7)) return 'month';
  return from.endsWith('-01-01') && to.endsWith('-12-31') ? 'year' : 'quarter';
}

/** A period as it is said: `March 2026`, `the third quarter of 2026`, `2026`, or its two ends. */
export function periodText(from: string, to: string): string {
  const year = from.slice(0, 4);
  const [first, last] = [Number(from.slice(5, 7)), Number(to.slice(5, 7))];
  const isWhole = from.endsWith('-01') && year === to.slice(0, 4) && isMonthEnd(to);
  if (isWhole && first === last) return `${monthName(first)} ${year}`;
  if (isWhole && last - first === 2 && last % 3 === 0) {
    return `the ${ordinalWord(last / 3)} quarter of ${year}`;
  }
  if (isWhole && first === 1 && last === 12) return year;
  return `${dayText(from)} to ${dayText(to)}`;
}

function isMonthEnd(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return new Date(date.getTime() + 86_400_000).getUTCDate() === 1;
}

function dayText(day: string): string {
  return `${Number(day.slice(8))} ${monthName(Number(day.slice(5, 7)))} ${day.slice(0, 4)}`;
}

function monthName(month: number): string {
  const name = monthNames[month - 1] ?? '';
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
