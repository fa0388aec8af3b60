import { assert } from '../../runtime/assert.ts';
import type { Scene } from './dialogue.ts';
import type { WrittenIntent } from './dialogue-schema.ts';
import { periodText, resolvedPeriod } from './periods.ts';
import { reply } from './replies.ts';
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
  const lastSlots = state.lastAsked?.slots ?? [];
  const wanted = written.wants.filter((name) => !asked.slots.some(({ slot }) => slot === name));
  const kept = lastSlots.filter(({ slot }) => wanted.includes(slot));
  const slots = [...asked.slots, ...kept];
  const missing = written.wants.find((name) => !slots.some(({ slot }) => slot === name));
  const question = missing === undefined ? null : questionFor(scene, missing);
  if (missing !== undefined && question !== null) {
    const about = { about: 'slot', intent: asked.intent, slots, wanted: missing } as const;
    return saying({ ...state, question: about }, question);
  }
  if (written.tool === null) return saying(state, reply(scene, 'not_understood'));
  const resolved = slots.map((filled) => resolvedSlot(scene, state, filled));
  const request = {
    name: written.tool,
    argumentsJson: JSON.stringify(argumentsOf(written, resolved)),
  };
  const next = { ...state, question: null, lastAsked: { intent: asked.intent, slots: resolved } };
  const wait = { purpose: 'ask', intent: asked.intent, slots: resolved } as const;
  return saying(withWait(next, { ...wait, request, callId: null }));
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
  const said = Object.fromEntries(
    slots.map(({ slot, words, values }) => [slot, values[0] ?? words]),
  );
  const words = Object.fromEntries(slots.map(({ slot, words }) => [`${slot}_words`, words]));
  const facts = { ...said, ...words };
  if (answer.is === 'error') return saying(state, failure(scene, written, { answer, facts }));
  const { result } = answer;
  if (isEmpty(factAt(result, written.nothing_when_empty))) {
    const found = typeof result === 'object' && !Array.isArray(result) ? result : {};
    const nothing = written.replies.nothing;
    const text =
      nothing === null ? reply(scene, 'failed', facts) : render(nothing, { ...facts, ...found });
    return saying(state, text);
  }
  const lasting = { ...state, lastPeriod: periodOf(result) ?? state.lastPeriod };
  return saying(lasting, render(written.replies.found ?? '', factsOf(written, facts, result)));
}

function failure(
  scene: Scene,
  { replies }: WrittenIntent,
  {
    answer,
    facts,
  }: {
    readonly answer: Extract<ToolAnswer, { is: 'error' }>;
    readonly facts: Facts;
  },
): string {
  const known = { ...facts, code: answer.code };
  if (answer.code === 'TRUST_TOO_LOW' || answer.code === 'TOOL_UNKNOWN') {
    return replies.refused === null
      ? reply(scene, 'refused', known)
      : render(replies.refused, known);
  }
  if (answer.code === 'NOT_FOUND' && replies.nothing !== null)
    return render(replies.nothing, known);
  if (answer.code === 'REQUEST_INVALID') return reply(scene, 'invalid', known);
  return replies.failed === null ? reply(scene, 'failed', known) : render(replies.failed, known);
}

function factsOf({ list }: WrittenIntent, said: Facts, result: unknown): Facts {
  const fields = typeof result === 'object' && result !== null ? result : {};
  const range = periodOf(result);
  const facts = {
    ...said,
    ...(Array.isArray(fields) ? {} : fields),
    ...(range === null ? {} : { period_text: periodText(range.from, range.to) }),
  };
  if (list === undefined) return facts;
  const all = factAt(result, list.of);
  const items: readonly unknown[] = Array.isArray(all) ? all : [];
  const told = items.slice(0, list.at_most).map((item) => render(list.each, { ...factsIn(item) }));
  const more = items.length - told.length;
  return { ...facts, list: listText(told), count: items.length, more: more > 0 ? more : null };
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
    const text = render(`[${template}]`, values);
    return text === '' ? [] : [[name, text] as const];
  });
  return Object.fromEntries(entries);
}

function questionFor(scene: Scene, slot: string): string | null {
  return scene.dialogue.written.slots[slot]?.question ?? null;
}

export function intentOf(scene: Scene, name: string): WrittenIntent {
  const written = scene.dialogue.written.intents[name];
  assert(written !== undefined, `the dialogue has an intent ${name}`);
  return written;
}
