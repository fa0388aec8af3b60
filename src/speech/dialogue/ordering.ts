import {
  countMax,
  type SaidItem,
  saidCount,
  saidItems,
  venueOf,
  withLine,
  without,
} from './order-lines.ts';
import { choicesText, lineText, reply } from './replies.ts';
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
  const { words, use } = wait;
  if (answer.is === 'error') {
    const name = answer.code === 'TRUST_TOO_LOW' ? 'refused' : 'order_menu_failed';
    return concluded(scene, withPiece(state, reply(scene, name, { words })));
  }
  const found = meant(itemsIn(answer.result), wait);
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

/** Of what the menu has, what the words can mean: the names that they stand for, or all. */
function meant(
  found: readonly OfferedItem[],
  { names }: Extract<Wait, { purpose: 'item' }>,
): readonly OfferedItem[] {
  const named = found.filter(({ name }) => names.includes(name));
  return named.length > 0 ? named : found.slice(0, names.length === 0 ? choicesMax : 1);
}

function missing(
  scene: Scene,
  state: DialogueState,
  { found, words }: { readonly found: readonly OfferedItem[]; readonly words: string },
): string {
  const [elsewhere] = found;
  if (elsewhere === undefined) return reply(scene, 'order_not_on_menu', { words });
  const { name, venue } = elsewhere;
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

/** Where somebody orders, they ask about the menu too. */
function atVenue(state: DialogueState, venue: string | null): DialogueState {
  if (venue === null) return state;
  const filled = { slot: 'venue', words: venue, values: [venue] };
  return { ...state, known: { ...state.known, venue: filled } };
}

/** Does with an item what it was looked up for. */
export function noteItem(
  scene: Scene,
  state: DialogueState,
  { item, use }: { readonly item: OfferedItem; readonly use: ItemUse },
): Turned {
  const focused = atVenue({ ...state, focus: item }, item.venue);
  if (use.is === 'pair') return askPairing(scene, focused, { item, wasAsked: true });
  const kept = use.is === 'swap' ? without(state.order, use.oldId) : state.order;
  const had = kept.find((line) => line.item.id === item.id)?.count ?? 0;
  const count = had + use.count;
  if (count > countMax) {
    return concluded(scene, withPiece(focused, reply(scene, 'order_too_many', { most: countMax })));
  }
  const order = withLine(kept, { item, count });
  const noted = lineText({ item, count: use.count });
  const price = use.count > 1 ? `at ${item.price} each` : `for ${item.price}`;
  const added = [...state.added, `${noted} ${price}`];
  return concluded(scene, { ...focused, order, added });
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
  const noted = added === '' ? [] : [reply(scene, 'order_added', { added })];
  const text = [...noted, ...state.pieces, last].join(' ');
  return saying({ ...state, added: [], pieces: [] }, text);
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
  const wait = { purpose: 'pairing', request, callId: null, item, wasAsked } as const;
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
  const result = answer.is === 'result' ? answer.result : null;
  const upsell = factAt(result, 'upsell');
  const [item] = itemsIn([factAt(result, 'item')]);
  const isHad = state.order.some((line) => line.item.id === item?.id);
  if (typeof upsell !== 'string' || (isHad && !wait.wasAsked)) {
    const none = answer.is === 'error' ? 'failed' : 'order_pairing_none';
    const tail = wait.wasAsked ? none : 'order_anything_else';
    return spoken(scene, state, reply(scene, tail, { name: wait.item.name }));
  }
  if (item === undefined || isHad)
    return spoken(scene, state, reply(scene, 'order_tip', { upsell }));
  const offered = { ...item, venue: wait.item.venue };
  const question = { about: 'offer', item: offered } as const;
  const text = reply(scene, 'order_offer', { upsell, price: item.price });
  return spoken(scene, { ...state, question }, text);
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

/** Items out of what a tool gave; what is none is left out. */
function itemsIn(result: unknown): readonly OfferedItem[] {
  const all: readonly unknown[] = Array.isArray(result) ? result : [];
  return all.flatMap((each) => {
    const [id, name, price] = ['id', 'name', 'price'].map((key) => factAt(each, key));
    const venue = factAt(each, 'venue');
    if (typeof id !== 'string' || typeof name !== 'string' || typeof price !== 'string') return [];
    return [{ id, name, price, venue: typeof venue === 'string' ? venue : null }];
  });
}
