import { spokenWords } from './normalise.ts';
import type { DialogueState, OfferedItem, OrderLine } from './state.ts';
import { factAt } from './template.ts';
import type { FilledSlot } from './understand.ts';

/** Of one thing. Who wants more speaks with a person. */
export const countMax = 50;

/** More than anybody orders in a breath. */
const itemsAtOnceMax = 6;

/** Slots have fixed names where orders are taken. */
const names = { item: 'item', dish: 'dish', count: 'count' } as const;

/** An item as the caller named it; `values` is empty for words that are on no menu. */
export interface SaidItem {
  readonly words: string;
  readonly values: readonly string[];
  readonly count: number | null;
}

/** Items with the counts that were said before them. */
export function saidItems(slots: readonly FilledSlot[]): readonly SaidItem[] {
  const items: SaidItem[] = [];
  let count: number | null = null;
  for (const { slot, words, values } of slots) {
    if (slot === names.count) count = Number(values[0]);
    if (slot !== names.item && slot !== names.dish) continue;
    items.push({ words, values, count });
    count = null;
  }
  return items.slice(0, itemsAtOnceMax);
}

export function saidCount(slots: readonly FilledSlot[]): number | null {
  const count = slots.find(({ slot }) => slot === names.count)?.values[0];
  return count === undefined ? null : Number(count);
}

/** The restaurant that the order is for. */
export function venueOf(state: DialogueState): string | null {
  return state.order.find(({ item }) => item.venue !== null)?.item.venue ?? null;
}

/** What `that` means in an order: the last item that was spoken of, or else the last line. */
export function lastLine({ order, focus }: DialogueState): readonly OrderLine[] {
  const focused = order.filter(({ item }) => item.id === focus?.id);
  return focused.length > 0 ? focused : order.slice(-1);
}

/** The lines that are spoken of. */
export function linesNamed(
  state: DialogueState,
  slots: readonly FilledSlot[],
): readonly OrderLine[] {
  return linesAmong(state, saidItems(slots));
}

export function linesAmong(
  { order }: DialogueState,
  said: readonly SaidItem[],
): readonly OrderLine[] {
  return order.filter(({ item }) =>
    said.some(({ words, values }) => {
      if (values.includes(item.name) || item.name.toLowerCase().includes(words)) return true;
      // `the wine`: a kind, by which none is named.
      return values.length > 0 && spokenWords(item.description).includes(words);
    }),
  );
}

/**
 * Of what a search has found, which finds what is alike as well: those that are named, or else
 * those that have the words in their name or description, or else all.
 */
export function meantAmong<Item extends { readonly name: unknown; readonly description: unknown }>(
  found: readonly Item[],
  said: readonly { readonly words: string; readonly values: readonly string[] }[],
): readonly Item[] {
  const named = found.filter(({ name }) =>
    said.some(({ values }) => values.some((each) => each === name)),
  );
  if (named.length > 0) return named;
  const spoken = found.filter(({ name, description }) => {
    const words = new Set(spokenWords(`${name} ${description}`));
    return said.some((each) => each.words.split(' ').every((word) => words.has(word)));
  });
  return spoken.length > 0 ? spoken : found;
}

export function without(order: readonly OrderLine[], id: string): readonly OrderLine[] {
  return order.filter(({ item }) => item.id !== id);
}

/** With `line` in the place of what there was of its item, or at the end. */
export function withLine(order: readonly OrderLine[], line: OrderLine): readonly OrderLine[] {
  const isIn = order.some(({ item }) => item.id === line.item.id);
  if (!isIn) return [...order, line];
  return order.map((each) => (each.item.id === line.item.id ? line : each));
}

/** Items out of what a tool gave; what is none is left out. */
export function itemsIn(result: unknown): readonly OfferedItem[] {
  const all: readonly unknown[] = Array.isArray(result) ? result : [];
  return all.flatMap((each) => {
    const [id, name, price] = ['id', 'name', 'price'].map((key) => factAt(each, key));
    const [venue, description] = [factAt(each, 'venue'), factAt(each, 'description')];
    if (typeof id !== 'string' || typeof name !== 'string' || typeof price !== 'string') return [];
    return [
      {
        ...{ id, name, price },
        venue: typeof venue === 'string' ? venue : null,
        description: typeof description === 'string' ? description : '',
      },
    ];
  });
}

/** `that`, `it` and `there` mean this item and its restaurant from now on. */
export function spokenOf(state: DialogueState, item: OfferedItem): DialogueState {
  const filled = (slot: string, value: string) => ({ slot, words: value, values: [value] });
  const venue = item.venue === null ? {} : { venue: filled('venue', item.venue) };
  const known = { ...state.known, ...venue, item: filled(names.item, item.name) };
  return { ...state, focus: item, known };
}
