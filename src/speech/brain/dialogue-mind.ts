import type { RespondRequest } from '../../realtime-server/brain.ts';
import { type Conversation, openConversation } from '../dialogue/conversation.ts';
import type { DialogueAction, DialogueItem } from '../dialogue/dialogue.ts';
import type { Scene } from '../dialogue/scene.ts';
import type { Grammar } from '../grammar.ts';
import type { Mind, MindSession, Persona, Question } from './mind.ts';
import { type SpokenOrder, spokenOrder } from './spoken-order.ts';

/** A dialogue with the values of this moment; the same objects while nothing changes. */
export interface PersonaDialogue {
  readonly scene: Scene;
  /** All that can be understood. */
  readonly grammar: Grammar;
}

/** Finds what a persona understands. Rejects with a `GatewayError` when it cannot be known. */
export type FindDialogue = (persona: Persona) => Promise<PersonaDialogue>;

/** Thinks by the dialogue file of the persona that the session names. */
export function dialogueMind(find: FindDialogue): Mind {
  return { open: () => new DialogueMindSession(find) };
}

interface Talk {
  readonly key: string;
  readonly conversation: Conversation;
  /** What was said to another persona, or by it. */
  readonly foreignIds: ReadonlySet<string>;
}

class DialogueMindSession implements MindSession {
  readonly #find: FindDialogue;
  #talk: Talk | null = null;
  #readIds: readonly string[] = [];

  constructor(find: FindDialogue) {
    this.#find = find;
  }

  async expected(persona: Persona): Promise<Grammar> {
    const { grammar } = await this.#find(persona);
    return grammar;
  }

  async *answer({ request, heard }: Question): AsyncGenerator<DialogueAction> {
    const found = await this.#find(request);
    const { conversation, foreignIds } = this.#talkFor(found, request);
    const items = dialogueItems(request.items, heard).filter(({ id }) => !foreignIds.has(id));
    const actions = conversation.answer(items, found.scene);
    const order = spokenOrder(request.instructions);
    if (order !== null) yield* obey(order, conversation);
    else if (!actions.some(isCall)) yield* actions;
    else if (request.toolChoice === 'none') yield* conversation.withoutTools('failed');
    else if (actions.every((action) => isOffered(action, request))) yield* actions;
    else yield* conversation.withoutTools('refused');
  }

  #talkFor(found: PersonaDialogue, { isInConversation, items }: RespondRequest): Talk {
    if (!isInConversation) return newTalk(found, []);
    if (this.#talk?.key !== found.scene.dialogue.key) this.#talk = newTalk(found, this.#readIds);
    this.#readIds = items.map(({ id }) => id);
    return this.#talk;
  }
}

function newTalk({ scene }: PersonaDialogue, foreignIds: readonly string[]): Talk {
  const conversation = openConversation(scene);
  return { key: scene.dialogue.key, conversation, foreignIds: new Set(foreignIds) };
}

function obey(order: SpokenOrder, conversation: Conversation): readonly DialogueAction[] {
  if (order.is === 'say-exactly') return [{ is: 'say', text: order.text }];
  return order.is === 'farewell' ? conversation.farewell() : conversation.sayAgain();
}

function isCall(action: DialogueAction): boolean {
  return action.is === 'call';
}

/** A tool that is not offered was taken away from this caller. */
function isOffered(action: DialogueAction, { tools }: RespondRequest): boolean {
  if (action.is === 'say') return true;
  return tools.some((tool) => tool.type === 'function' && tool.name === action.name);
}

/** The conversation as a dialogue reads it. */
function dialogueItems(
  items: RespondRequest['items'],
  heard: Question['heard'],
): readonly DialogueItem[] {
  return items.flatMap((item): readonly DialogueItem[] => {
    const { id } = item;
    if (item.type === 'function_call') {
      const { call_id: callId, name, arguments: argumentsJson } = item;
      return callId === undefined ? [] : [{ id, is: 'call', callId, name, argumentsJson }];
    }
    if (item.type === 'function_call_output') {
      return [{ id, is: 'result', callId: item.call_id, outputJson: item.output }];
    }
    if (item.role === 'assistant') return [{ id, is: 'agent' }];
    if (item.role !== 'user') return [];
    const written = item.content.map((part) => part.text ?? part.transcript ?? '').join(' ');
    const text = heard.has(id) ? (heard.get(id) ?? null) : written.trim();
    return [{ id, is: 'caller', text: text === '' ? null : text }];
  });
}
