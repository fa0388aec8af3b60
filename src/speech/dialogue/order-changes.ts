import {
  countMax,
  lastLine,
  linesAmong,
  linesNamed,
  type SaidItem,
  saidCount,
  saidItems,
  withLine,
  without,
} from './order-lines.ts';
import { addToOrder, lookUp, noteItem } from './ordering.ts';
import { lineText, orderFacts, reply, saidName } from './replies.ts';
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
  const isHad = (item: SaidItem) => linesAmong(state, [item]).length > 0;
  // `the chips instead of the lager`: of two the one that is in the order goes.
  const gone = items.length > 1 ? (items.find(isHad) ?? items[0]) : undefined;
  const item = items.findLast((each) => each !== gone);
  if (item === undefined) return saying(state, reply(scene, 'not_understood'));
  const [line] = gone === undefined ? lastLine(state) : linesAmong(state, [gone]);
  const use: ItemUse =
    line === undefined
      ? { is: 'add', count: item.count ?? 1 }
      : { is: 'swap', count: item.count ?? line.count, old: line };
  return saying(lookUp(scene, { ...state, question: null }, { item, use }));
}

export function readOrder(scene: Scene, state: DialogueState): string {
  if (state.order.length === 0) return nothingOrdered(scene, state);
  return reply(scene, 'order_read', orderFacts(state.order));
}

/** Where nothing is ordered, `how much is that` asks for what was spoken of. */
export function totalOrder(scene: Scene, state: DialogueState): string {
  const { focus, order, placed } = state;
  if (order.length > 0) return reply(scene, 'order_total', orderFacts(order));
  if (focus === null || placed !== null) return nothingOrdered(scene, state);
  return reply(scene, 'order_price', { name: saidName(focus.name), price: focus.price });
}

export function cancelOrder(scene: Scene, state: DialogueState): Turned {
  if (state.order.length === 0) return saying(state, nothingOrdered(scene, state));
  const empty = { ...state, order: [], focus: null, question: null };
  return saying(empty, reply(scene, 'order_cancelled'));
}

/** There is no order, or none any more. */
function nothingOrdered(scene: Scene, { placed }: DialogueState): string {
  return placed === null ? reply(scene, 'order_empty') : reply(scene, 'order_is_placed', placed);
}

function notInIt(scene: Scene, state: DialogueState): string {
  if (state.order.length === 0) return nothingOrdered(scene, state);
  return reply(scene, 'order_not_in_it', orderFacts(state.order));
}

/** Repeats the order and asks whether it is right. */
export function confirmOrder(
  scene: Scene,
  state: DialogueState,
  { isLeaving }: { readonly isLeaving: boolean },
): Turned {
  if (state.order.length === 0) return saying(state, nothingOrdered(scene, state));
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
export function orderPlaced(
  scene: Scene,
  state: DialogueState,
  { answer, isLeaving }: { readonly answer: ToolAnswer; readonly isLeaving: boolean },
): Turned {
  if (answer.is === 'error') return saying(state, reply(scene, 'order_place_failed'));
  const totals = factAt(answer.result, 'totals');
  const texts = Array.isArray(totals) ? totals.filter((each) => typeof each === 'string') : [];
  const placed = { order: listText(state.order.map(lineText)), total: listText(texts) };
  const empty = { ...state, order: [], focus: null, placed };
  const said = reply(scene, 'order_placed', placed);
  if (isLeaving) return saying(empty, said);
  const question = { about: 'else' } as const;
  return saying({ ...empty, question }, `${said} ${reply(scene, 'order_placed_else')}`);
}
