import {
  countMax,
  lastLine,
  linesNamed,
  saidCount,
  saidItems,
  withLine,
  without,
} from './order-lines.ts';
import { addToOrder, lookUp, noteItem } from './ordering.ts';
import { lineText, orderFacts, reply } from './replies.ts';
import type { Scene } from './scene.ts';
import {
  type DialogueState,
  type ItemUse,
  type OrderLine,
  saying,
  type ToolAnswer,
  type Turned,
  withWait,
} from './state.ts';
import { factAt, listText } from './template.ts';
import type { FilledSlot } from './understand.ts';

/** `not the soup`, `cancel that` */
export function removeFromOrder(
  scene: Scene,
  state: DialogueState,
  slots: readonly FilledSlot[],
): Turned {
  const lines = saidItems(slots).length === 0 ? lastLine(state) : linesNamed(state, slots);
  if (lines.length === 0) return saying(state, notInIt(scene, state));
  const count = saidCount(slots);
  const [only] = lines;
  if (only !== undefined && count !== null && count < only.count) {
    return setCount(scene, state, { line: only, count: only.count - count });
  }
  const order = lines.reduce((kept, { item }) => without(kept, item.id), state.order);
  const focus = order.at(-1)?.item ?? null;
  const removed = reply(scene, 'order_removed', { line: listText(lines.map(lineText)) });
  const rest =
    order.length === 0 ? reply(scene, 'order_empty') : readOrder(scene, { ...state, order });
  return saying({ ...state, order, focus, question: null }, `${removed} ${rest}`);
}

/** `make it two`, `no, three of the lager`; what is not in the order yet is added. */
export function setInOrder(
  scene: Scene,
  state: DialogueState,
  slots: readonly FilledSlot[],
): Turned {
  const count = saidCount(slots);
  const isNamed = saidItems(slots).length > 0;
  const [line] = isNamed ? linesNamed(state, slots) : lastLine(state);
  if (line === undefined) {
    if (isNamed) return addToOrder(scene, state, slots);
    // `make it two` of what was offered and not yet ordered.
    if (state.question?.about === 'offer' && count !== null) {
      const use = { is: 'add', count } as const;
      return noteItem(scene, state, { item: state.question.item, use });
    }
    return saying(state, notInIt(scene, state));
  }
  if (count === null) return saying(state, readOrder(scene, state));
  return setCount(scene, state, { line, count });
}

function setCount(
  scene: Scene,
  state: DialogueState,
  {
    line,
    count,
  }: {
    readonly line: OrderLine;
    readonly count: number;
  },
): Turned {
  if (count > countMax) return saying(state, reply(scene, 'order_too_many', { most: countMax }));
  const changed = { item: line.item, count };
  const order = withLine(state.order, changed);
  const next = { ...state, order, focus: line.item, question: null };
  const facts = { line: lineText(changed), ...orderFacts(order) };
  const tail = reply(scene, 'order_anything_else');
  return saying(next, `${reply(scene, 'order_changed', facts)} ${tail}`);
}

/** `not the soda, the lager`; with one item it takes the place of the last one. */
export function swapInOrder(
  scene: Scene,
  state: DialogueState,
  slots: readonly FilledSlot[],
): Turned {
  const items = saidItems(slots);
  const old = items.length > 1 ? linesNamed(state, slots.slice(0, 2)) : lastLine(state);
  const item = items.at(-1);
  const [line] = old;
  if (item === undefined) return saying(state, reply(scene, 'not_understood'));
  const use: ItemUse =
    line === undefined
      ? { is: 'add', count: item.count ?? 1 }
      : { is: 'swap', count: item.count ?? line.count, oldId: line.item.id };
  return saying(lookUp(scene, { ...state, question: null }, { item, use }));
}

export function readOrder(scene: Scene, state: DialogueState): string {
  if (state.order.length === 0) return reply(scene, 'order_empty');
  return reply(scene, 'order_read', orderFacts(state.order));
}

export function totalOrder(scene: Scene, state: DialogueState): string {
  if (state.order.length === 0) return reply(scene, 'order_empty');
  return reply(scene, 'order_total', orderFacts(state.order));
}

function notInIt(scene: Scene, state: DialogueState): string {
  if (state.order.length === 0) return reply(scene, 'order_empty');
  return reply(scene, 'order_not_in_it', orderFacts(state.order));
}

/** Repeats the order and asks whether it is right. */
export function confirmOrder(
  scene: Scene,
  state: DialogueState,
  { isLeaving }: { readonly isLeaving: boolean },
): Turned {
  if (state.order.length === 0) return saying(state, reply(scene, 'order_empty'));
  const question = { about: 'place', isLeaving } as const;
  return saying({ ...state, question }, reply(scene, 'order_confirm', orderFacts(state.order)));
}

export function placeOrder(
  scene: Scene,
  state: DialogueState,
  { isLeaving }: { readonly isLeaving: boolean },
): Turned {
  const { order } = scene.dialogue.written;
  if (order === undefined) return saying(state, reply(scene, 'not_understood'));
  const items = state.order.map(({ item, count }) => ({ itemId: item.id, quantity: count }));
  const request = { name: order.place, argumentsJson: JSON.stringify({ items }) };
  const wait = { purpose: 'place', request, callId: null, isLeaving } as const;
  return saying(withWait({ ...state, question: null }, wait));
}

/** The order has been taken down, or not: nothing in between is ever said. */
export function orderPlaced(scene: Scene, state: DialogueState, answer: ToolAnswer): Turned {
  if (answer.is === 'error') return saying(state, reply(scene, 'order_place_failed'));
  const totals = factAt(answer.result, 'totals');
  const texts = Array.isArray(totals) ? totals.filter((each) => typeof each === 'string') : [];
  const facts = { ...orderFacts(state.order), total: listText(texts) };
  return saying({ ...state, order: [], focus: null }, reply(scene, 'order_placed', facts));
}
