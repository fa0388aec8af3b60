import { differenceText, shareText } from './amount.ts';

/** What templates speak of, by name: results of tools, slots, orders. */
export type Facts = Readonly<Record<string, unknown>>;

const optionalShape = /\[([^[\]]*)\]/g;
const conditionShape = /^([?!])([\w.]+):/;
const valueShape = /\{([\w.]+)(?:([-/])([\w.]+)|\|([^|{}]*)\|([^|{}]*))?\}/g;

/**
 * Fills `{name}` and `{result.name}` in. `{count|dish|dishes}` is the word for that many,
 * `{revenue-cogs}` the difference of two amounts, `{ebitda/revenue}` what part one is of the other,
 * in percent. What stands in `[…]` is left out where a value in it is unknown; `[?name: …]` is said
 * if it is true or known, `[!name: …]` if it is not.
 */
export function render(template: string, facts: Facts): string {
  return template
    .replace(optionalShape, (_, inner: string) => optional(inner, facts))
    .replace(valueShape, (_, ...found: string[]) => valueText(found, facts) ?? '')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,?!])/g, '$1')
    .trim();
}

function optional(inner: string, facts: Facts): string {
  const condition = conditionShape.exec(inner);
  const text = inner.replace(conditionShape, '');
  if (condition !== null) {
    const isSo = isSaid(factAt(facts, condition[2] ?? '')) === (condition[1] === '?');
    if (!isSo) return '';
  }
  const values = [...text.matchAll(valueShape)].map(([, ...found]) => valueText(found, facts));
  return values.includes(null) ? '' : text;
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

/** `null` where it is unknown. */
function valueText(
  [name = '', sign, other = '', one, many]: readonly (string | undefined)[],
  facts: Facts,
): string | null {
  const value = factAt(facts, name);
  if (sign === '-') return differenceText(value, factAt(facts, other));
  if (sign === '/') return shareText(value, factAt(facts, other));
  if (!isSaid(value)) return null;
  if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** What stands at `result.items.name`; the whole for an empty path. */
export function factAt(facts: unknown, path: string): unknown {
  if (path === '') return facts;
  return path.split('.').reduce<unknown>((value, key) => {
    const isOpen = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return isOpen ? Reflect.get(value, key) : undefined;
  }, facts);
}

/** `a`, `a and b`, `a, b and c`; with `or` for questions. */
export function listText(items: readonly string[], joinedBy: 'and' | 'or' = 'and'): string {
  const last = items.at(-1) ?? '';
  const others = items.slice(0, -1);
  return others.length === 0 ? last : `${others.join(', ')} ${joinedBy} ${last}`;
}
