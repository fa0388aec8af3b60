/** What templates speak of, by name: results of tools, slots, orders. */
export type Facts = Readonly<Record<string, unknown>>;

const optionalShape = /\[([^[\]]*)\]/g;
const conditionShape = /^([?!])([\w.]+):/;
const valueShape = /\{([\w.]+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g;

/**
 * Fills `{name}` and `{result.name}` in. `{count|dish|dishes}` is the word for that many. What
 * stands in `[…]` is left out where a value in it is unknown; `[?name: …]` is said if it is true or
 * known, `[!name: …]` if it is not.
 */
export function render(template: string, facts: Facts): string {
  return template
    .replace(optionalShape, (_, inner: string) => optional(inner, facts))
    .replace(valueShape, (_, ...found: string[]) => valueText(found, facts))
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
  const names = [...text.matchAll(valueShape)].map(([, name = '']) => name);
  return names.every((name) => isSaid(factAt(facts, name))) ? text : '';
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

function valueText([name = '', one, many]: readonly (string | undefined)[], facts: Facts): string {
  const value = factAt(facts, name);
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
