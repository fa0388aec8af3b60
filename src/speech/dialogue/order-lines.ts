import type { DialogueState, OrderLine } from './state.ts';
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
  { order }: DialogueState,
  slots: readonly FilledSlot[],
): readonly OrderLine[] {
  const said = saidItems(slots);
  return order.filter(({ item }) =>
    said.some(({ words, values }) =>
      values.length > 0 ? values.includes(item.name) : item.name.toLowerCase().includes(words),
    ),
  );
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
