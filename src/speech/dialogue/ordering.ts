import {
  countMax,
  itemsIn,
  meantAmong,
  type SaidItem,
  saidCount,
  saidItems,
  spokenOf,
  venueOf,
  withLine,
  without,
} from './order-lines.ts';
import { choicesText, lineText, reply, saidName } from './replies.ts';
import type { Scene } from './scene.ts';
import {
  type DialogueState,
  type ItemUse,
  type OfferedItem,
  saying,
  type ToolAnswer,
  type Turned,
  type Wait,
  withWait,
} from './state.ts';
import { factAt, listText } from './template.ts';
import type { FilledSlot } from './understand.ts';

const choicesMax = 3;

/** Looks every item up on the menu; what is found is added when its result comes. */
export function addToOrder(
  scene: Scene,
  state: DialogueState,
  slots: readonly FilledSlot[],
): Turned {
  const items = saidItems(slots);
  if (items.length === 0) {
    const { focus } = state;
    if (focus === null) return saying(state, reply(scene, 'yes_to_what'));
    return noteItem(scene, state, {
      item: focus,
      use: { is: 'add', count: saidCount(slots) ?? 1 },
    });
  }
  const next = items.reduce<DialogueState>(
    (each, item) => lookUp(scene, each, { item, use: { is: 'add', count: item.count ?? 1 } }),
    { ...state, question: null },
  );
  return saying(next);
}

/**
 * `I'll have that`, `two of those`: what was offered, or what was spoken of last. What is in the
 * order already is then in it as often as was said.
 */
export function takeSpokenOf(
  scene: Scene,
  state: DialogueState,
  slots: readonly FilledSlot[],
): Turned {
  const { question, focus } = state;
  const item = question?.about === 'offer' ? question.item : focus;
  if (item === null) return saying(state, reply(scene, 'yes_to_what'));
  const count = saidCount(slots) ?? 1;
  const closed = { ...state, question: null, order: without(state.order, item.id) };
  return noteItem(scene, closed, { item, use: { is: 'add', count } });
}

export function lookUp(
  scene: Scene,
  state: DialogueState,
  { item, use }: { readonly item: SaidItem; readonly use: ItemUse },
): DialogueState {
  const { order } = scene.dialogue.written;
  if (order === undefined) return state;
  const [only, ...others] = item.values;
  const query = only !== undefined && others.length === 0 ? only : item.words;
  const request = { name: order.lookup, argumentsJson: JSON.stringify({ query }) };
  const { words, values } = item;
  return withWait(state, { purpose: 'item', request, callId: null, words, names: values, use });
}

/** The menu has answered for one item: it is noted, or asked about, or missing. */
export function itemFound(
  scene: Scene,
  state: DialogueState,
  {
    wait,
    answer,
  }: {
    readonly wait: Extract<Wait, { purpose: 'item' }>;
    readonly answer: ToolAnswer;
  },
): Turned {
  const { words, names, use } = wait;
  if (answer.is === 'error') {
    const name = answer.code === 'TRUST_TOO_LOW' ? 'refused' : 'order_menu_failed';
    return concluded(scene, withPiece(state, reply(scene, name, { words })));
  }
  const found = meantAmong(itemsIn(answer.result), [{ words, values: names }]);
  const here = hereFirst(state, found);
  const [item, ...others] = here;
  if (item === undefined)
    return concluded(scene, withPiece(state, missing(scene, state, { found, words })));
  if (others.length > 0) {
    // One question at a time.
    if (state.question?.about === 'which') {
      return concluded(scene, withPiece(state, reply(scene, 'order_ask_later', { words })));
    }
    const question = { about: 'which', among: here.slice(0, choicesMax), use } as const;
    return concluded(scene, { ...state, question });
  }
  return noteItem(scene, state, { item, use });
}

function missing(
  scene: Scene,
  state: DialogueState,
  { found, words }: { readonly found: readonly OfferedItem[]; readonly words: string },
): string {
  const [elsewhere] = found;
  if (elsewhere === undefined) return reply(scene, 'order_not_on_menu', { words });
  const { venue } = elsewhere;
  const name = saidName(elsewhere.name);
  return reply(scene, 'order_other_venue', { name, venue, order_venue: venueOf(state) });
}

/** Only what the order's restaurant has; before there is one, that of the menu that was read. */
function hereFirst(state: DialogueState, found: readonly OfferedItem[]): readonly OfferedItem[] {
  const ordered = venueOf(state);
  const asked = state.known['venue']?.values[0];
  const of = (own: string) => found.filter(({ venue }) => venue === null || venue === own);
  if (ordered !== null) return of(ordered);
  const near = asked === undefined ? [] : of(asked);
  return near.length > 0 ? near : found;
}

/** Does with an item what it was looked up for. */
export function noteItem(
  scene: Scene,
  state: DialogueState,
  { item, use }: { readonly item: OfferedItem; readonly use: ItemUse },
): Turned {
  const focused = spokenOf(state, item);
  if (use.is === 'pair') return askPairing(scene, focused, { item, wasAsked: true });
  const kept = use.is === 'swap' ? without(state.order, use.old.item.id) : state.order;
  const had = kept.find((line) => line.item.id === item.id)?.count ?? 0;
  const count = had + use.count;
  if (count > countMax) {
    return concluded(scene, withPiece(focused, reply(scene, 'order_too_many', { most: countMax })));
  }
  const order = withLine(kept, { item, count });
  const price = count > 1 ? `at ${item.price} each` : `for ${item.price}`;
  const all = had > 0 ? ' in all' : '';
  const added = [...state.added, `${lineText({ item, count })}${all} ${price}`];
  const swapped = use.is === 'swap' ? use.old : state.swapped;
  return concluded(scene, { ...focused, order, added, swapped });
}

function withPiece(state: DialogueState, piece: string): DialogueState {
  return { ...state, pieces: [...state.pieces, piece] };
}

/** Says what became of all items of a breath once the last has been looked up; then offers. */
function concluded(scene: Scene, state: DialogueState): Turned {
  if (state.waits.some(({ purpose }) => purpose === 'item')) return saying(state);
  const { question, focus, paired, added } = state;
  if (question?.about === 'which') {
    const choices = choicesText(question.among);
    return spoken(scene, state, reply(scene, 'order_which', { choices }));
  }
  const isOrdered = state.order.some(({ item }) => item.id === focus?.id);
  const isNew = focus !== null && isOrdered && !paired.includes(focus.id);
  if (isNew && added.length > 0) return askPairing(scene, state, { item: focus, wasAsked: false });
  return spoken(scene, state, reply(scene, 'order_anything_else'));
}

/** What became of the items, and a last word, in one breath. */
function spoken(scene: Scene, state: DialogueState, last: string): Turned {
  const added = listText(state.added);
  const old = state.swapped === null ? null : lineText(state.swapped);
  const said = reply(scene, old === null ? 'order_added' : 'order_swapped', { added, old });
  const text = [...(added === '' ? [] : [said]), ...state.pieces, last].join(' ');
  return saying({ ...state, added: [], swapped: null, pieces: [] }, text);
}

/**
 * Asks what goes with an item: once an item by ourselves, and whenever the caller wants to know.
 */
function askPairing(
  scene: Scene,
  state: DialogueState,
  { item, wasAsked }: { readonly item: OfferedItem; readonly wasAsked: boolean },
): Turned {
  const tool = scene.dialogue.written.order?.pairing ?? null;
  if (tool === null) return spoken(scene, state, reply(scene, 'order_anything_else'));
  const request = { name: tool, argumentsJson: JSON.stringify({ itemId: item.id }) };
  const paired = [...state.paired.filter((id) => id !== item.id), item.id];
  const isAgain = wasAsked && state.paired.includes(item.id);
  const wait = { purpose: 'pairing', request, callId: null, item, wasAsked, isAgain } as const;
  return saying(withWait({ ...state, paired }, wait));
}

/** Offers what goes with an item, if the tool knows something that is not in the order. */
export function pairingFound(
  scene: Scene,
  state: DialogueState,
  {
    wait,
    answer,
  }: {
    readonly wait: Extract<Wait, { purpose: 'pairing' }>;
    readonly answer: ToolAnswer;
  },
): Turned {
  const { wasAsked, isAgain } = wait;
  const result = answer.is === 'result' ? answer.result : null;
  const upsell = factAt(result, 'upsell');
  const [item] = itemsIn([factAt(result, 'item')]);
  const isHad = state.order.some((line) => line.item.id === item?.id);
  const dish = saidName(wait.item.name);
  if (typeof upsell !== 'string' || (isHad && !wasAsked)) {
    const none = answer.is === 'error' ? 'failed' : 'order_pairing_none';
    const tail = wasAsked ? none : 'order_anything_else';
    return spoken(scene, state, reply(scene, tail, { name: dish }));
  }
  const facts = { upsell, dish, name: saidName(item?.name), price: item?.price };
  if (item === undefined || isHad) {
    return spoken(scene, state, reply(scene, isHad ? 'order_offer_had' : 'order_tip', facts));
  }
  const offered = { ...item, venue: wait.item.venue };
  const question = { about: 'offer', item: offered } as const;
  const isQuestion = upsell.endsWith('?');
  const offer = isAgain ? 'order_offer_again' : isQuestion ? 'order_offer_asked' : 'order_offer';
  return spoken(scene, { ...state, question }, reply(scene, offer, facts));
}

/** `what goes with the rabbit`, `what goes with that` */
export function recommend(
  scene: Scene,
  state: DialogueState,
  slots: readonly FilledSlot[],
): Turned {
  const [item] = saidItems(slots);
  if (item !== undefined) return saying(lookUp(scene, state, { item, use: { is: 'pair' } }));
  const { focus } = state;
  if (focus === null) return saying(state, reply(scene, 'order_pairing_of_what'));
  return askPairing(scene, state, { item: focus, wasAsked: true });
}
