import { assert } from '../../runtime/assert.ts';
import type { WrittenIntent } from './dialogue-schema.ts';
import { shortNamed } from './grammar-of.ts';
import { namedIn } from './notation.ts';
import { itemsIn, meantAmong, spokenOf } from './order-lines.ts';
import { periodText, resolvedPeriod } from './periods.ts';
import { choiceFacts, nameText, reply, saidName } from './replies.ts';
import type { Scene } from './scene.ts';
import { type DialogueState, saying, type ToolAnswer, type Turned, withWait } from './state.ts';
import { type Facts, factAt, listText, render } from './template.ts';
import type { FilledSlot } from './understand.ts';

const period = 'period';

/**
 * Asks the tool of an intent, or the caller for what it wants. What was not said now is taken from
 * the question before: `and the EBITDA?`
 */
export function ask(
  scene: Scene,
  state: DialogueState,
  asked: { readonly intent: string; readonly slots: readonly FilledSlot[] },
): Turned {
  const written = intentOf(scene, asked.intent);
  const named = Object.values(written.arguments).flatMap((text) => namedIn(text).slots);
  const slots = withKnown(scene, state, {
    said: asked.slots,
    used: new Set([...written.wants, ...named]),
  });
  const missing = written.wants.find(
    (name) => !slots.some(({ slot }) => slot === name) && canBeSaid(scene, name),
  );
  const question = missing === undefined ? null : scene.dialogue.written.slots[missing]?.question;
  if (missing !== undefined && typeof question === 'string') {
    const about = { about: 'slot', intent: asked.intent, slots, wanted: missing } as const;
    return saying({ ...state, question: about }, render(question, choiceFacts(scene)));
  }
  if (written.tool === null) return saying(state, reply(scene, 'not_understood'));
  const resolved = slots.map((filled) => resolvedSlot(scene, state, filled));
  const request = {
    name: written.tool,
    argumentsJson: JSON.stringify(argumentsOf(written, resolved)),
  };
  const known = {
    ...state.known,
    ...Object.fromEntries(resolved.map((filled) => [filled.slot, filled])),
  };
  const next = { ...state, known, question: null };
  const wait = { purpose: 'ask', intent: asked.intent, slots: resolved } as const;
  const lastAsked = { intent: asked.intent, slots: resolved };
  return saying(withWait({ ...next, lastAsked }, { ...wait, request, callId: null }));
}

/** What was said, what was said before, and what can only be one. */
function withKnown(
  { dialogue, vocabulary }: Scene,
  state: DialogueState,
  { said, used }: { readonly said: readonly FilledSlot[]; readonly used: ReadonlySet<string> },
): readonly FilledSlot[] {
  const others = [...used].filter((name) => !said.some(({ slot }) => slot === name));
  const known = others.flatMap((name): readonly FilledSlot[] => {
    const before = state.known[name];
    if (before !== undefined) return [before];
    const [only, ...more] = vocabulary[dialogue.written.slots[name]?.from ?? ''] ?? [];
    if (only === undefined || more.length > 0) return [];
    return [{ slot: name, words: only.value, values: [only.value] }];
  });
  return [...said, ...known];
}

/** Of a list without values nothing can be said, and nobody is asked. */
function canBeSaid({ dialogue, vocabulary }: Scene, name: string): boolean {
  const { from = null, also = [] } = dialogue.written.slots[name] ?? {};
  return from === null || (vocabulary[from]?.length ?? 0) + also.length > 0;
}

/** The question before once more, with what is different now. */
export function askAgain(
  scene: Scene,
  state: DialogueState,
  slots: readonly FilledSlot[],
): Turned | null {
  const last = state.question?.about === 'slot' ? state.question : state.lastAsked;
  if (last === null) return null;
  const changed = new Set(slots.map(({ slot }) => slot));
  const kept = last.slots.filter(({ slot }) => !changed.has(slot));
  return ask(scene, state, { intent: last.intent, slots: [...slots, ...kept] });
}

/** What the tool's answer makes the agent say. */
export function tellAnswer(
  scene: Scene,
  state: DialogueState,
  {
    intent,
    slots,
    answer,
  }: {
    readonly intent: string;
    readonly slots: readonly FilledSlot[];
    readonly answer: ToolAnswer;
  },
): Turned {
  const written = intentOf(scene, intent);
  const facts = { ...choiceFacts(scene), ...slotFacts(slots) };
  if (answer.is === 'error') {
    return saying(state, failure(scene, written, { code: answer.code, facts }));
  }
  const { result } = answer;
  const naming = slots.filter(({ slot }) => isOfItems(scene, slot));
  const found = factsOf(written, { said: facts, naming, result });
  if (found.isNothing || isEmpty(factAt(result, written.nothing_when_empty))) {
    return saying(state, worded(scene, written, 'nothing', { ...facts, ...factsIn(result) }));
  }
  const further = render(`[${written.replies.more ?? ''}]`, found.facts);
  const told: DialogueState = {
    ...state,
    lastPeriod: periodOf(result) ?? state.lastPeriod,
    rest: found.rest,
    listed: [],
    further: further === '' ? null : further,
  };
  const isMenu = written.tool === scene.dialogue.written.order?.lookup;
  const lasting = isMenu ? withDishes(told, { naming, result, list: written.list }) : told;
  return saying(lasting, render(written.replies.found ?? '', found.facts));
}

/** Whether a slot says what is looked for, and not where. */
function isOfItems({ dialogue }: Scene, slot: string): boolean {
  const { from = null, kind = 'value' } = dialogue.written.slots[slot] ?? {};
  return kind === 'any_words' || (from !== null && shortNamed.has(from));
}

/** Whoever asks about a dish means it by `that` afterwards, or one of several by its place. */
function withDishes(
  state: DialogueState,
  {
    naming,
    result,
    list,
  }: {
    readonly naming: readonly FilledSlot[];
    readonly result: unknown;
    readonly list: WrittenIntent['list'];
  },
): DialogueState {
  const items = meantAmong(itemsIn(result), naming);
  const [only, ...others] = items;
  const listed = items.slice(0, list?.at_most ?? 0);
  const isNamed = naming.some(({ values }) => only !== undefined && values.includes(only.name));
  const told = { ...state, listed };
  return only !== undefined && others.length === 0 && isNamed ? spokenOf(told, only) : told;
}

/** What was said for slots: `{item}` as tools are given it, `{item_words}` as it was said. */
export function slotFacts(slots: readonly FilledSlot[]): Facts {
  const said = slots.map(({ slot, words, values }) => [slot, values[0] ?? words]);
  const words = slots.map(({ slot, words }) => [`${slot}_words`, nameText(words)]);
  return Object.fromEntries([...said, ...words]);
}

function failure(
  scene: Scene,
  written: WrittenIntent,
  { code, facts }: { readonly code: string; readonly facts: Facts },
): string {
  const known = { ...facts, code };
  switch (code) {
    // A tool that the caller is not offered is unknown to them.
    case 'TRUST_TOO_LOW':
    case 'TOOL_UNKNOWN':
      return worded(scene, written, 'refused', known);
    case 'NOT_FOUND':
      return worded(scene, written, 'nothing', known);
    case 'REQUEST_INVALID':
      return reply(scene, 'invalid', known);
    default:
      return worded(scene, written, 'failed', known);
  }
}

/** In the words of the intent, or those that hold for the whole dialogue. */
function worded(
  scene: Scene,
  { replies }: WrittenIntent,
  name: 'nothing' | 'refused' | 'failed',
  facts: Facts,
): string {
  const own = replies[name];
  return own === null ? reply(scene, name, facts) : render(own, facts);
}

function factsOf(
  { list }: WrittenIntent,
  {
    said,
    naming,
    result,
  }: { readonly said: Facts; readonly naming: readonly FilledSlot[]; readonly result: unknown },
): { readonly facts: Facts; readonly rest: readonly string[]; readonly isNothing: boolean } {
  const fields = Array.isArray(result) ? {} : factsIn(result);
  const range = periodOf(result);
  const period_text = range === null ? null : periodText(range.from, range.to);
  const facts = { ...said, ...fields, period_text };
  if (list === undefined) return { facts, rest: [], isNothing: false };
  const all = factAt(result, list.of);
  const items = (Array.isArray(all) ? all : [])
    .filter((item: unknown) => isWanted(item, list.where))
    .map((item: unknown) => {
      return { item, name: factAt(item, 'name'), description: factAt(item, 'description') };
    });
  const texts = meantAmong(items, naming).map(({ item, name }) =>
    render(list.each, { ...factsIn(item), name: saidName(name) }),
  );
  const told = texts.slice(0, list.at_most);
  const rest = texts.slice(list.at_most);
  const more = rest.length > 0 ? rest.length : null;
  const isNothing = texts.length === 0;
  return { facts: { ...facts, list: listText(told), count: texts.length, more }, rest, isNothing };
}

function isWanted(item: unknown, where: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.entries(where).every(([field, values]) =>
    values.some((value) => value === factAt(item, field)),
  );
}

/** So many of what a list left out are said at once. */
const restAtOnce = 4;

/** The next of what the last list left out, or what else is known of the last answer. */
export function tellRest(scene: Scene, state: DialogueState): Turned {
  if (state.rest.length === 0) {
    return saying({ ...state, further: null }, state.further ?? reply(scene, 'no_more'));
  }
  const rest = state.rest.slice(restAtOnce);
  const facts = {
    list: listText(state.rest.slice(0, restAtOnce)),
    more: rest.length > 0 ? rest.length : null,
  };
  return saying({ ...state, rest, listed: [] }, reply(scene, 'more', facts));
}

function factsIn(item: unknown): object {
  return typeof item === 'object' && item !== null ? item : {};
}

function periodOf(result: unknown): { readonly from: string; readonly to: string } | null {
  const [from, to] = [factAt(result, 'from'), factAt(result, 'to')];
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : null;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

/** `the quarter before` becomes the quarter that it is. */
function resolvedSlot(scene: Scene, state: DialogueState, filled: FilledSlot): FilledSlot {
  const [value] = filled.values;
  if (scene.dialogue.written.slots[filled.slot]?.kind !== period || value === undefined) {
    return filled;
  }
  return { ...filled, values: [resolvedPeriod(value, state.lastPeriod)] };
}

function argumentsOf(
  written: WrittenIntent,
  slots: readonly FilledSlot[],
): Readonly<Record<string, string>> {
  const values = Object.fromEntries(
    slots.map(({ slot, words, values }) => [slot, values.length === 1 ? values[0] : words]),
  );
  const entries = Object.entries(written.arguments).flatMap(([name, template]) => {
    const text = render(template.includes('[') ? template : `[${template}]`, values);
    return text === '' ? [] : [[name, text] as const];
  });
  return Object.fromEntries(entries);
}

export function intentOf(scene: Scene, name: string): WrittenIntent {
  const written = scene.dialogue.written.intents[name];
  assert(written !== undefined, `the dialogue has an intent ${name}`);
  return written;
}
