import { unreachable } from '../../runtime/assert.ts';
import type { ErrorCode } from '../../runtime/errors.ts';
import { ask, askAgain, intentOf, slotFacts, tellAnswer, tellRest } from './asking.ts';
import type { DialogueInput } from './dialogue.ts';
import type { Act } from './dialogue-schema.ts';
import { spokenWords } from './normalise.ts';
import {
  cancelOrder,
  confirmOrder,
  orderPlaced,
  placeOrder,
  readOrder,
  removeFromOrder,
  setInOrder,
  swapInOrder,
  totalOrder,
} from './order-changes.ts';
import {
  addToOrder,
  itemFound,
  noteItem,
  pairingFound,
  recommend,
  takeSpokenOf,
} from './ordering.ts';
import { choiceFacts, reply } from './replies.ts';
import type { Scene } from './scene.ts';
import {
  type DialogueState,
  type OfferedItem,
  type Question,
  saying,
  type ToolAnswer,
  type Turned,
  type Wait,
  withWait,
} from './state.ts';
import { render } from './template.ts';
import type { FilledSlot, Understood } from './understand.ts';

export const hangUpTool = 'hangup_call';

/**
 * One step of a conversation: what is remembered afterwards, and what is said. Tools to call are
 * in `state.waits`, those without a `callId`. Pure; never throws, whatever was said or came back.
 */
export function step(scene: Scene, state: DialogueState, input: DialogueInput): Turned {
  switch (input.is) {
    case 'said':
      return heard(scene, state, input.text);
    case 'not-understood':
      return missed(scene, state);
    case 'silence':
      return saying(
        state,
        state.question === null ? reply(scene, 'silence') : (state.lastSaid ?? ''),
      );
    case 'call-made':
      return saying(called(state, input));
    case 'tool-result':
      return remembering(answered(scene, state, input));
    case 'answered':
      return saying({ ...state, waits: state.waits.filter(({ callId }) => callId !== null) });
    default:
      return unreachable(input);
  }
}

function remembering({ state, says }: Turned): Turned {
  return { says, state: says.length === 0 ? state : { ...state, lastSaid: says.join(' ') } };
}

function heard(scene: Scene, before: DialogueState, text: string): Turned {
  const understood = scene.understanding.understand(text);
  if (understood === null) return missed(scene, before);
  // The caller has gone on: what was only asked and not fetched yet is not wanted any more.
  const waits = before.waits.filter(
    ({ callId, purpose }) => callId !== null || purpose === 'item' || purpose === 'place',
  );
  const state = { ...before, waits, misses: 0 };
  const { question } = state;
  const turned = question === null ? null : answerOf(scene, { ...state, question }, understood);
  return remembering(turned ?? acted(scene, state, understood));
}

function missed(scene: Scene, state: DialogueState): Turned {
  const { misses } = state;
  const next = { ...state, misses: misses + 1 };
  const name = missReplies[misses] ?? 'not_understood_still';
  return saying(next, reply(scene, name, {}, misses));
}

/** The first time, the second; then another example each time. */
const missReplies = ['not_understood', 'not_understood_again'] as const;

/** What answers the question that is open, or `null` for everything else. */
function answerOf(
  scene: Scene,
  state: DialogueState & { readonly question: Question },
  { intent, slots }: Understood,
): Turned | null {
  const { question } = state;
  const { does } = intentOf(scene, intent);
  const closed: DialogueState = { ...state, question: null };
  switch (question.about) {
    case 'which': {
      if (isNo(does)) return saying(closed, reply(scene, 'order_offer_declined'));
      const item = chosenOf(question.among, slots);
      return item === undefined ? null : noteItem(scene, closed, { item, use: question.use });
    }
    case 'offer':
      if (does === 'yes') return takeSpokenOf(scene, state, slots);
      return isNo(does) ? saying(closed, reply(scene, 'order_offer_declined')) : null;
    case 'else':
      if (does === 'yes') return saying(closed, reply(scene, 'yes_to_what'));
      return isEnough(does) ? hangUp(scene, closed, []) : null;
    case 'place':
      if (does === 'yes' || does === 'order_place') return placeOrder(scene, closed, question);
      if (question.isLeaving && (does === 'no' || does === 'goodbye')) {
        return hangUp(scene, closed, [reply(scene, 'order_left')]);
      }
      return isNo(does) ? saying(closed, reply(scene, 'order_not_placed')) : null;
    case 'slot':
      return does === 'again' ||
        intent === question.intent ||
        isPicked(does, slots, question.wanted)
        ? askAgain(scene, state, slots)
        : null;
    default:
      return unreachable(question);
  }
}

/** A name alone: of the dish that was asked for, it orders nothing. */
function isPicked(does: Act, slots: readonly FilledSlot[], wanted: string): boolean {
  return does === 'pick' && slots.some(({ slot }) => slot === wanted);
}

function isNo(does: Act): boolean {
  return does === 'no' || does === 'wrong';
}

function isEnough(does: Act): boolean {
  return does === 'no' || does === 'order_place' || does === 'goodbye';
}

/** `the first one`, or a word that only one of them has. */
function chosenOf(
  among: readonly OfferedItem[],
  slots: readonly FilledSlot[],
): OfferedItem | undefined {
  for (const { slot, words, values } of slots) {
    if (slot === 'ordinal') return among.at(values[0] === '-1' ? -1 : Number(values[0]) - 1);
    if (slot !== 'item') continue;
    const isWord = (name: string) => spokenWords(name).includes(words);
    const named = among.filter(({ name }) => values.includes(name) || isWord(name));
    const [only, ...others] = named;
    if (only !== undefined && others.length === 0) return only;
  }
  return undefined;
}

/** What an intent does where no question is open. */
function acted(scene: Scene, state: DialogueState, { intent, slots }: Understood): Turned {
  const { does, say } = intentOf(scene, intent);
  switch (does) {
    case 'ask':
      return ask(scene, state, { intent, slots });
    case 'again':
      return askAgain(scene, state, slots) ?? missed(scene, state);
    case 'more':
      return tellRest(scene, state);
    case 'say':
      return saying(state, render(say ?? '', { ...choiceFacts(scene), ...slotFacts(slots) }));
    case 'help':
      return saying(state, reply(scene, 'help'));
    case 'repeat':
      return saying(state, state.lastSaid ?? reply(scene, 'nothing_to_repeat'));
    case 'yes':
      return saying(state, reply(scene, 'yes_to_what'));
    case 'no':
      return state.order.length > 0
        ? confirmOrder(scene, state, { isLeaving: false })
        : saying(state, reply(scene, 'no_to_what'));
    case 'wrong':
      return saying(state, `${readOrder(scene, state)} ${reply(scene, 'order_change_what')}`);
    case 'goodbye':
      return state.order.length > 0
        ? confirmOrder(scene, state, { isLeaving: true })
        : hangUp(scene, state, []);
    case 'pick':
      return pickListed(scene, state, slots);
    case 'order_add':
      return addToOrder(scene, state, slots);
    case 'order_take':
      return takeSpokenOf(scene, state, slots);
    case 'order_remove':
      return removeFromOrder(scene, state, slots);
    case 'order_set':
      return setInOrder(scene, state, slots);
    case 'order_swap':
      return swapInOrder(scene, state, slots);
    case 'order_cancel':
      return cancelOrder(scene, state);
    case 'order_read':
      return saying(state, readOrder(scene, state));
    case 'order_total':
      return saying(state, totalOrder(scene, state));
    case 'order_pairing':
      return recommend(scene, state, slots);
    case 'order_place':
      return state.order.length === 0 && state.placed !== null
        ? hangUp(scene, state, [])
        : confirmOrder(scene, state, { isLeaving: false });
    default:
      return unreachable(does);
  }
}

/** `the second one` of what was listed; a name is a name. */
function pickListed(scene: Scene, state: DialogueState, slots: readonly FilledSlot[]): Turned {
  if (!slots.some(({ slot }) => slot === 'ordinal')) return addToOrder(scene, state, slots);
  const item = chosenOf(state.listed, slots);
  if (item === undefined) return saying(state, reply(scene, 'yes_to_what'));
  return noteItem(scene, state, { item, use: { is: 'add', count: 1 } });
}

function hangUp(scene: Scene, state: DialogueState, before: readonly string[]): Turned {
  const request = { name: hangUpTool, argumentsJson: '{}' };
  const wait = { purpose: 'hang-up', request, callId: null } as const;
  return saying(withWait(state, wait), [...before, reply(scene, 'goodbye')].join(' '));
}

function called(
  state: DialogueState,
  { call, callId }: Extract<DialogueInput, { is: 'call-made' }>,
): DialogueState {
  const at = state.waits.findIndex(
    (wait) =>
      wait.callId === null &&
      wait.request.name === call.name &&
      wait.request.argumentsJson === call.argumentsJson,
  );
  const waits = state.waits.map((wait, index) => (index === at ? { ...wait, callId } : wait));
  return { ...state, waits };
}

function answered(
  scene: Scene,
  before: DialogueState,
  { callId, outputJson }: Extract<DialogueInput, { is: 'tool-result' }>,
): Turned {
  const wait = before.waits.find((each) => each.callId === callId);
  return wait === undefined
    ? saying(before)
    : withAnswer(scene, before, { wait, answer: toolAnswer(outputJson) });
}

function withAnswer(
  scene: Scene,
  before: DialogueState,
  { wait, answer }: { readonly wait: Wait; readonly answer: ToolAnswer },
): Turned {
  const state = { ...before, waits: before.waits.filter((each) => each !== wait) };
  switch (wait.purpose) {
    case 'ask':
      return tellAnswer(scene, state, { ...wait, answer });
    case 'item':
      return itemFound(scene, state, { wait, answer });
    case 'pairing':
      return pairingFound(scene, state, { wait, answer });
    case 'place':
      return placed(scene, state, { wait, answer });
    case 'hang-up':
      return saying(state);
    default:
      return unreachable(wait);
  }
}

/** What is said in the place of tools that are not called, for the reason that is the code. */
export function withoutCalls(
  scene: Scene,
  state: DialogueState,
  code: ErrorCode,
): readonly string[] {
  const uncalled = state.waits.filter(({ callId }) => callId === null);
  const answer = { is: 'error', code } as const;
  const turned = uncalled.reduce<Turned>(
    (each, wait) => {
      const next = withAnswer(scene, each.state, { wait, answer });
      return { state: next.state, says: [...each.says, ...next.says] };
    },
    { state, says: [] },
  );
  return turned.says;
}

function placed(
  scene: Scene,
  state: DialogueState,
  {
    wait,
    answer,
  }: {
    readonly wait: Extract<Wait, { purpose: 'place' }>;
    readonly answer: ToolAnswer;
  },
): Turned {
  const { isLeaving } = wait;
  const turned = orderPlaced(scene, state, { answer, isLeaving });
  // Who wanted to leave hears of a failure and may try again.
  if (!isLeaving || answer.is === 'error') return turned;
  return hangUp(scene, turned.state, turned.says);
}

/** What `tool-output.ts` of the tools writes. Cut off or none of it: as if the tool had failed. */
function toolAnswer(outputJson: string): ToolAnswer {
  try {
    const output: unknown = JSON.parse(outputJson);
    if (typeof output !== 'object' || output === null) return { is: 'error', code: 'TOOL_FAILED' };
    if ('error' in output) return { is: 'error', code: codeOf(output.error) };
    const isWhole = 'result' in output && !('truncated' in output);
    return isWhole ? { is: 'result', result: output.result } : { is: 'error', code: 'TOOL_FAILED' };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return { is: 'error', code: 'TOOL_FAILED' };
  }
}

function codeOf(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : 'TOOL_FAILED';
}
