import { monthNames } from '../../runtime/month-names.ts';
import { ordinalWord, yearWords } from './number-words.ts';

/** A way of saying a value. */
export interface SpokenForm {
  /** Words with spaces between them. */
  readonly words: string;
  readonly value: string;
  /** Understood where it is typed, and not listened for. */
  readonly isTyped?: boolean;
}

const units = ['month', 'quarter', 'year'] as const;
type Unit = (typeof units)[number];
/** In the place of a period: the one before the last that was spoken of. */
const before = 'before';
/** The same one a year before. */
const yearAgo = 'year ago';
/** So many years before those that there are, and the one after, people type all the same. */
const yearsBefore = 3;

/**
 * Every way to say a period. `months` are those that can be asked for, as `2026-03`: the newest
 * March is what is meant by `march`. Other months of their years are understood as well, so that
 * nobody is told of another one. Values are what `fetch_financials` reads, but for those that
 * `resolvedPeriod` has to make one of.
 */
export function periodForms(months: readonly string[]): readonly SpokenForm[] {
  const ordered = months.filter((month) => /^\d{4}-\d{2}$/.test(month)).toSorted();
  const years = [...new Set(ordered.map((month) => Number(month.slice(0, 4))))];
  const forms = years.flatMap(formsIn);
  const add = (value: string, ...spoken: readonly string[]) => {
    forms.push(...spoken.map((words) => ({ words, value })));
  };
  for (const [name, month] of newestBy(ordered, (month) => Number(month.slice(5)))) {
    const word = monthNames[name - 1] ?? '';
    add(month, word);
    forms.push({ words: word.slice(0, 3), value: month, isTyped: true });
  }
  const quarterOf = (month: string) => Math.ceil(Number(month.slice(5)) / 3);
  for (const [quarter, month] of newestBy(ordered, quarterOf)) {
    add(`Q${quarter} ${month.slice(0, 4)}`, ...quarterWords(quarter));
  }
  for (const [half, month] of newestBy(ordered, (month) => Math.ceil(quarterOf(month) / 2))) {
    add(halfYear(half, Number(month.slice(0, 4))), `${ordinalWord(half)} half`);
  }
  const typed = [...yearsBeside(years).flatMap(formsIn), ...rangeForms(ordered)];
  forms.push(...typed.map((form) => ({ ...form, isTyped: true })));
  return unique([...forms, ...relativeForms()]);
}

/** The months, quarters and halves of a year, and the year itself, with their year. */
function formsIn(year: number): readonly SpokenForm[] {
  const inYear = yearWords(year);
  const named = (value: string, names: readonly string[]) =>
    names.flatMap((name) => {
      const words = inYear.flatMap((each) => [`${name} ${each}`, `${name} of ${each}`]);
      return words.map((each) => ({ words: each, value }));
    });
  return [
    ...monthNames.flatMap((name, index) => {
      return named(`${year}-${String(index + 1).padStart(2, '0')}`, [name]);
    }),
    ...[1, 2, 3, 4].flatMap((quarter) => named(`Q${quarter} ${year}`, quarterWords(quarter))),
    ...[1, 2].flatMap((half) => named(halfYear(half, year), [`${ordinalWord(half)} half`])),
    ...inYear.map((words) => ({ words, value: String(year) })),
  ];
}

/** `january to march` of the newest year that has both, and `since march`. */
function rangeForms(ordered: readonly string[]): readonly SpokenForm[] {
  const nameOf = (month: string) => monthNames[Number(month.slice(5)) - 1] ?? '';
  const newest = ordered.at(-1) ?? '';
  const since = [...newestBy(ordered, nameOf)].map(([name, month]) => {
    return { words: `since ${name}`, value: `${month} to ${newest}` };
  });
  const ranges = ordered.flatMap((first, index) =>
    ordered
      .slice(index + 1)
      .filter((last) => last.slice(0, 4) === first.slice(0, 4))
      .map((last) => {
        const words = `${nameOf(first)} to ${nameOf(last)}`;
        return { words, value: `${first} to ${last}` };
      }),
  );
  return [...ranges, ...since];
}

function yearsBeside(years: readonly number[]): readonly number[] {
  const [first, last] = [years[0], years.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [
    ...Array.from({ length: yearsBefore }, (_, index) => first - yearsBefore + index),
    last + 1,
  ];
}

function halfYear(half: number, year: number): string {
  return half === 1 ? `${year}-01 to ${year}-06` : `${year}-07 to ${year}-12`;
}

function relativeForms(): readonly SpokenForm[] {
  const forms = units.flatMap((unit) => [
    { words: `last ${unit}`, value: `last ${unit}` },
    { words: `this ${unit}`, value: `this ${unit}` },
    { words: `current ${unit}`, value: `this ${unit}` },
    { words: `${unit} before`, value: `${before} ${unit}` },
    { words: `${unit} before that`, value: `${before} ${unit}` },
    { words: `previous ${unit}`, value: `${before} ${unit}` },
    { words: `same ${unit} last year`, value: yearAgo },
    { words: `same ${unit} the year before`, value: yearAgo },
  ]);
  const toDate = { words: 'year to date', value: 'year to date' };
  const aYearAgo = ['same time last year', 'same period last year'];
  return [
    ...forms,
    toDate,
    { words: 'one before', value: before },
    ...aYearAgo.map((words) => ({ words, value: yearAgo })),
  ];
}

function quarterWords(quarter: number): readonly [string, string] {
  const letter = ['', 'one', 'two', 'three', 'four'][quarter] ?? '';
  return [`${ordinalWord(quarter)} quarter`, `q ${letter}`];
}

function newestBy<Key>(
  months: readonly string[],
  keyOf: (month: string) => Key,
): ReadonlyMap<Key, string> {
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
  if (value === yearAgo) return last === null ? 'last year' : yearBefore(last);
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

function yearBefore({ from, to }: { readonly from: string; readonly to: string }): string {
  const year = Number(from.slice(0, 4)) - 1;
  const [first, last] = [Number(from.slice(5, 7)), Number(to.slice(5, 7))];
  if (first === last) return `${year}${from.slice(4, 7)}`;
  if (last - first === 2 && last % 3 === 0) return `Q${last / 3} ${year}`;
  return first === 1 && last === 12
    ? String(year)
    : `${year}${from.slice(4, 7)} to ${year}${to.slice(4, 7)}`;
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
  if (isWhole) return `the time from ${monthName(first)} to ${monthName(last)} ${year}`;
  return `the time from ${dayText(from)} to ${dayText(to)}`;
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
