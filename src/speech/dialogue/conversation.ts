import type { DialogueAction, DialogueInput, DialogueItem } from './dialogue.ts';
import { reply } from './replies.ts';
import type { Scene } from './scene.ts';
import { type DialogueState, initialState } from './state.ts';
import { step, withoutCalls } from './step.ts';

/** One conversation, folded from its items. */
export interface Conversation {
  /**
   * What to do now, given all items so far, oldest first; at least one action. Items that were read
   * before are not read again, but whoever opens another conversation over the same items in the
   * same scene comes to the same answer.
   */
  answer(items: readonly DialogueItem[], scene: Scene): readonly DialogueAction[];
  /** To a caller who has been silent: the question once more, or what can be said. */
  silence(): readonly DialogueAction[];
  /** What was said last. */
  sayAgain(): readonly DialogueAction[];
  farewell(): readonly DialogueAction[];
  /** Where `answer` gave a call that is not allowed: to this caller, or to nobody just now. */
  withoutTools(why: 'refused' | 'failed'): readonly DialogueAction[];
}

/** Begins where nothing has been said; in `scene` until `answer` is given another. */
export function openConversation(scene: Scene): Conversation {
  return new FoldedConversation(scene);
}

class FoldedConversation implements Conversation {
  readonly #read = new Set<string>();
  #scene: Scene;
  #state: DialogueState = initialState;
  /** What is to be said and has not been. */
  #due: readonly string[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  answer(items: readonly DialogueItem[], scene: Scene): readonly DialogueAction[] {
    this.#scene = scene;
    for (const item of items) {
      if (this.#read.has(item.id)) continue;
      this.#read.add(item.id);
      this.#take(item);
    }
    return this.#actions();
  }

  silence(): readonly DialogueAction[] {
    return step(this.#scene, this.#state, { is: 'silence' }).says.map(say);
  }

  sayAgain(): readonly DialogueAction[] {
    return [say(this.#state.lastSaid ?? reply(this.#scene, 'nothing_to_repeat'))];
  }

  farewell(): readonly DialogueAction[] {
    return [say(reply(this.#scene, 'goodbye'))];
  }

  withoutTools(why: 'refused' | 'failed'): readonly DialogueAction[] {
    const code = why === 'refused' ? 'TOOL_UNKNOWN' : 'TOOL_FAILED';
    const says = [...this.#due, ...withoutCalls(this.#scene, this.#state, code)];
    return (says.length > 0 ? says : [reply(this.#scene, why)]).map(say);
  }

  #take(item: DialogueItem): void {
    // Whoever speaks on has not waited for what was still to be said.
    if (item.is === 'caller' || item.is === 'agent') this.#due = [];
    const { state, says } = step(this.#scene, this.#state, inputOf(item));
    this.#state = state;
    this.#due = [...this.#due, ...says];
  }

  #actions(): readonly DialogueAction[] {
    const calls = this.#state.waits
      .filter(({ callId }) => callId === null)
      .map(({ request }) => ({ is: 'call', ...request }) as const);
    const actions = [...this.#due.map(say), ...calls];
    if (actions.length > 0) return actions;
    const isAwaiting = this.#state.waits.length > 0;
    return isAwaiting ? [say(reply(this.#scene, 'wait'))] : this.sayAgain();
  }
}

function inputOf(item: DialogueItem): DialogueInput {
  switch (item.is) {
    case 'caller':
      return item.text === null ? { is: 'not-understood' } : { is: 'said', text: item.text };
    case 'agent':
      return { is: 'answered' };
    case 'call': {
      const { name, argumentsJson, callId } = item;
      return { is: 'call-made', call: { name, argumentsJson }, callId };
    }
    case 'result':
      return { is: 'tool-result', callId: item.callId, outputJson: item.outputJson };
  }
}

function say(text: string): DialogueAction {
  return { is: 'say', text };
}
