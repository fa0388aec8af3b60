import type { BrainOutput, RespondRequest } from './brain.ts';
import type { ConversationPorts, Refusal } from './conversation-ports.ts';
import { listedFrom, missingItem } from './item-commands.ts';
import type { ListedItem } from './item-list.ts';
import { RateLimits } from './rate-limits.ts';
import { Response, type ResponseEnd } from './response.ts';
import { formatOf } from './session-config.ts';
import { itemTokens, type Tokens, textTokens } from './token-estimate.ts';
import type { ClientEventOf, ResponseInputItem, ResponseParams, Usage } from './wire.ts';
import { valueFault } from './wire-fault.ts';

/** Responses at once, the default conversation's one included. Against runaway clients; a guess. */
const responsesMax = 16;

interface Active {
  readonly response: Response;
  /** When its first audio was produced; null before. */
  firstAudioAtMs: number | null;
}

/** Which response ended and when its audio, played from its first byte, would end. */
export interface EndedResponse {
  readonly isInConversation: boolean;
  readonly playedAtMs: number;
}

/** All responses of a session: at most one in the default conversation, others out of band. */
export class Responses {
  readonly #ports: ConversationPorts;
  readonly #conversationId: string;
  readonly #onEnd: (ended: EndedResponse) => void;
  readonly #active = new Map<string, Active>();
  readonly #rateLimits: RateLimits;
  #inConversation: string | null = null;
  #hasAgentAudio = false;

  constructor(ports: ConversationPorts, onEnd: (ended: EndedResponse) => void) {
    this.#ports = ports;
    this.#onEnd = onEnd;
    this.#conversationId = ports.random.id('conv_');
    this.#rateLimits = new RateLimits(ports.nowMs);
  }

  /** The response that writes to the default conversation, if one does. */
  get activeId(): string | null {
    return this.#inConversation;
  }

  get hasAgentAudio(): boolean {
    return this.#hasAgentAudio;
  }

  /** Starts a response: a client's, or the server's own when `event` is missing. */
  create(event?: ClientEventOf<'response.create'>): void {
    const params = event?.response ?? {};
    const isInConversation = params.conversation !== 'none';
    const context = this.#contextOf(params);
    const refusal = this.#refusalOf(params) ?? (context.is === 'refused' ? context.refusal : null);
    if (refusal !== null || context.is === 'refused') {
      if (refusal !== null) this.#ports.refuse(refusal, event?.event_id);
      return;
    }
    const id = this.#ports.random.id('resp_');
    const request = this.#requestFor(id, params, context.listed);
    const response = this.#start(request, params, context.listed);
    this.#active.set(id, { response, firstAudioAtMs: null });
    if (isInConversation) this.#inConversation = id;
    this.#ports.ask({ type: 'respond', request });
  }

  /** Cancels `responseId`, or that of the default conversation; false when there is none. */
  cancel(responseId: string | undefined, reason: 'turn_detected' | 'client_cancelled'): boolean {
    const id = responseId ?? this.#inConversation;
    if (id === null || !this.#active.has(id)) return false;
    this.#ports.ask({ type: 'cancel', responseId: id });
    this.#end(id, { status: 'cancelled', reason }, undefined);
    return true;
  }

  /** An output about a response. What comes after its end is ignored: the brain may be late. */
  hear(output: Extract<BrainOutput, { responseId: string }>): void {
    const active = this.#active.get(output.responseId);
    if (active === undefined) return;
    const { response } = active;
    if (output.type === 'end') {
      this.#end(output.responseId, output.outcome, output.usage);
      return;
    }
    if (output.type === 'text') response.text(output.delta);
    else if (output.type === 'function-call')
      response.functionCall(output.name, output.argumentsJson);
    else if (response.setup.modality === 'audio') this.#speak(active, output.bytes);
    if (response.isOverTokens) {
      this.#ports.ask({ type: 'cancel', responseId: output.responseId });
      const outcome = { status: 'incomplete', reason: 'max_output_tokens' } as const;
      this.#end(output.responseId, outcome, undefined);
    }
  }

  #speak(active: Active, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    active.firstAudioAtMs ??= this.#ports.nowMs;
    active.response.audio(bytes);
    if (active.response.setup.conversationId === null) return;
    this.#hasAgentAudio = true;
    this.#ports.items.noteAudio(bytes.length);
  }

  #end(id: string, how: ResponseEnd, usage: Usage | undefined): void {
    const active = this.#active.get(id);
    if (active === undefined) return;
    this.#active.delete(id);
    const isInConversation = this.#inConversation === id;
    if (isInConversation) this.#inConversation = null;
    const spent = active.response.end(how, usage);
    const { nowMs, send } = this.#ports;
    const rateLimits = this.#rateLimits.spend(spent.total_tokens ?? 0, nowMs);
    send({ type: 'rate_limits.updated', rate_limits: rateLimits });
    const playedAtMs = (active.firstAudioAtMs ?? nowMs) + active.response.spokenMs;
    this.#onEnd({ isInConversation, playedAtMs: Math.max(nowMs, playedAtMs) });
  }

  #refusalOf(params: ResponseParams): Refusal | null {
    const { session } = this.#ports;
    if (session.type === 'transcription') {
      return {
        code: null,
        message: 'Cannot create a response on a transcription session.',
        param: null,
      };
    }
    const conversation = params.conversation ?? 'auto';
    if (conversation !== 'auto' && conversation !== 'none') {
      return valueFault('response.conversation', conversation, ['auto', 'none']);
    }
    if (conversation === 'auto' && this.#inConversation !== null) {
      return {
        code: 'conversation_already_has_active_response',
        message:
          'Conversation already has an active response in progress: ' +
          `${this.#inConversation}. ` +
          'Wait until the response is finished before creating a new one.',
        param: null,
      };
    }
    if (this.#active.size < responsesMax) return null;
    this.#ports.onLimit('realtime-responses');
    return {
      code: 'rate_limit_exceeded',
      message: `At most ${responsesMax} responses may be in progress at once.`,
      param: null,
    };
  }

  /** What the response is made from: the conversation, or the client's own choice of items. */
  #contextOf(
    params: ResponseParams,
  ): { is: 'chosen'; listed: readonly ListedItem[] } | { is: 'refused'; refusal: Refusal } {
    const { items, random, session } = this.#ports;
    if (params.input === undefined) return { is: 'chosen', listed: items.listed };
    const listed: ListedItem[] = [];
    const format = formatOf(session.audio.input.format);
    for (const input of params.input satisfies readonly ResponseInputItem[]) {
      const known = input.type === 'item_reference' ? items.find(input.id) : null;
      if (known === undefined) {
        return { is: 'refused', refusal: missingItem('retrieve', input.id ?? '') };
      }
      if (known !== null) listed.push(known);
      else if (input.type !== 'item_reference') {
        listed.push(listedFrom(input, input.id ?? random.id('item_'), format));
      }
    }
    return { is: 'chosen', listed };
  }

  #requestFor(
    responseId: string,
    params: ResponseParams,
    listed: readonly ListedItem[],
  ): RespondRequest {
    const { session } = this.#ports;
    const output = params.audio?.output;
    return {
      responseId,
      isInConversation: params.conversation !== 'none',
      instructions: params.instructions ?? session.instructions,
      prompt: params.prompt ?? session.prompt,
      tools: params.tools ?? session.tools,
      toolChoice: params.tool_choice ?? session.tool_choice,
      modality: params.output_modalities?.[0] ?? session.output_modalities[0],
      agentFormat: formatOf(output?.format ?? session.audio.output.format),
      voice: output?.voice ?? session.audio.output.voice,
      metadata: params.metadata ?? null,
      items: listed.map(({ item }) => item),
    };
  }

  #start(request: RespondRequest, params: ResponseParams, listed: readonly ListedItem[]): Response {
    const { session, random, send, items } = this.#ports;
    const { isInConversation } = request;
    const setup = {
      id: request.responseId,
      conversationId: isInConversation ? this.#conversationId : null,
      modality: request.modality,
      wireFormat: params.audio?.output?.format ?? session.audio.output.format,
      agentFormat: request.agentFormat,
      voice: request.voice,
      maxOutputTokens: params.max_output_tokens ?? session.max_output_tokens,
      metadata: request.metadata,
      read: readTokens(request, listed),
    };
    return new Response(setup, {
      random,
      send,
      onItem: (added) => {
        if (!isInConversation) return;
        const place = { previous_item_id: items.lastId };
        items.insert(added);
        send({ type: 'conversation.item.added', item: added.item, ...place });
      },
      onItemDone: (item) => {
        if (!isInConversation || items.find(item.id) === undefined) return;
        items.replace(item);
        const place = { previous_item_id: items.previousOf(item.id) };
        send({ type: 'conversation.item.done', item, ...place });
      },
    });
  }
}

function readTokens(request: RespondRequest, listed: readonly ListedItem[]): Tokens {
  const tools = request.tools.map((tool) => JSON.stringify(tool)).join('');
  const frame = textTokens(request.instructions) + textTokens(tools);
  return listed
    .map(itemTokens)
    .reduce((sum, tokens) => ({ text: sum.text + tokens.text, audio: sum.audio + tokens.audio }), {
      text: frame,
      audio: 0,
    });
}
