import type { AudioFormat } from '../audio/format.ts';
import type { Random } from '../runtime/random.ts';
import type { BrainOutcome } from './brain.ts';
import type { Unnumbered } from './conversation-ports.ts';
import { type ConversationItem, ItemAudio, type ListedItem } from './item-list.ts';
import { agentAudioTokens, noUsage, type Tokens, textTokens, usageOf } from './token-estimate.ts';
import type { ShownResponse, Usage, Voice, WireAudioFormat } from './wire.ts';

/** How a response ends: as the brain says, or cut off. */
export type ResponseEnd =
  | BrainOutcome
  | { readonly status: 'cancelled'; readonly reason: 'turn_detected' | 'client_cancelled' };

export interface ResponseSetup {
  readonly id: string;
  /** Null: out of band. */
  readonly conversationId: string | null;
  readonly modality: 'audio' | 'text';
  readonly wireFormat: WireAudioFormat;
  readonly agentFormat: AudioFormat;
  readonly voice: Voice;
  readonly maxOutputTokens: number | 'inf';
  readonly metadata: Readonly<Record<string, string>> | null;
  /** What reading the context cost. */
  readonly read: Tokens;
}

/** What a response needs of the conversation it is in. */
export interface ResponsePorts {
  readonly random: Random;
  send(event: Unnumbered): void;
  /** A new item: joins the conversation unless the response is out of band. */
  onItem(listed: ListedItem): void;
  onItemDone(item: ConversationItem): void;
}

/** The message that is being spoken or written. */
interface OpenMessage {
  readonly itemId: string;
  readonly outputIndex: number;
  readonly audio: ItemAudio;
  text: string;
}

/**
 * One response from `response.created` to `response.done`: turns what the brain says into the
 * ladder of events that the vendor sends, and closes every rung that it opened.
 */
export class Response {
  readonly setup: ResponseSetup;
  readonly #ports: ResponsePorts;
  readonly #output: ConversationItem[] = [];
  #message: OpenMessage | null = null;
  #written = { text: 0, audio: 0 };
  #spokenMs = 0;

  constructor(setup: ResponseSetup, ports: ResponsePorts) {
    this.setup = setup;
    this.#ports = ports;
    ports.send({ type: 'response.created', response: this.#shown('in_progress', null, null) });
  }

  /** Milliseconds of audio produced so far. */
  get spokenMs(): number {
    return this.#spokenMs;
  }

  get isOverTokens(): boolean {
    const { maxOutputTokens } = this.setup;
    const tokens = this.#written.text + this.#written.audio;
    return maxOutputTokens !== 'inf' && tokens > maxOutputTokens;
  }

  text(delta: string): void {
    const message = this.#openMessage();
    this.#written.text += textTokens(delta);
    const at = this.#contentPlace(message);
    message.text += delta;
    if (this.setup.modality === 'text') {
      this.#ports.send({ type: 'response.output_text.delta', ...at, delta });
      return;
    }
    message.audio.say(delta);
    this.#ports.send({ type: 'response.output_audio_transcript.delta', ...at, delta });
  }

  /** `bytes` in the setup's format; taken over. */
  audio(bytes: Uint8Array): void {
    const message = this.#openMessage();
    const beforeMs = message.audio.lengthMs;
    message.audio.append(bytes);
    const addedMs = message.audio.lengthMs - beforeMs;
    this.#written.audio -= agentAudioTokens(this.#spokenMs);
    this.#spokenMs += addedMs;
    this.#written.audio += agentAudioTokens(this.#spokenMs);
    const delta = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    const at = this.#contentPlace(message);
    this.#ports.send({ type: 'response.output_audio.delta', ...at, delta });
  }

  functionCall(name: string, argumentsJson: string): void {
    this.#closeMessage('completed');
    const callId = this.#ports.random.id('call_');
    const item = {
      ...this.#newItem('in_progress'),
      type: 'function_call' as const,
      call_id: callId,
      name,
      arguments: '',
    };
    const outputIndex = this.#add(item, new Map());
    this.#written.text += textTokens(name + argumentsJson);
    const at = { ...this.#itemPlace(item.id, outputIndex), call_id: callId };
    const { send } = this.#ports;
    send({ type: 'response.function_call_arguments.delta', ...at, delta: argumentsJson });
    send({
      type: 'response.function_call_arguments.done',
      ...at,
      name,
      arguments: argumentsJson,
    });
    this.#finishItem({ ...item, status: 'completed', arguments: argumentsJson }, outputIndex);
  }

  /** Closes what is open and sends `response.done`. `usage` is the brain's own count, if any. */
  end(how: ResponseEnd, usage: Usage | undefined): Usage {
    this.#closeMessage(how.status === 'completed' ? 'completed' : 'incomplete');
    const counted =
      how.status === 'failed' ? noUsage : (usage ?? usageOf(this.setup.read, this.#written));
    const response = this.#shown(how.status, detailsOf(how), counted);
    this.#ports.send({ type: 'response.done', response });
    return counted;
  }

  #openMessage(): OpenMessage {
    if (this.#message !== null) return this.#message;
    const item = {
      ...this.#newItem('in_progress'),
      type: 'message' as const,
      role: 'assistant' as const,
      content: [],
    };
    const audio = new ItemAudio(this.setup.agentFormat);
    const isAudio = this.setup.modality === 'audio';
    const outputIndex = this.#add(item, isAudio ? new Map([[0, audio]]) : new Map());
    const message = { itemId: item.id, outputIndex, audio, text: '' };
    this.#message = message;
    const part = isAudio ? { type: 'audio', transcript: '' } : { type: 'text', text: '' };
    this.#ports.send({ type: 'response.content_part.added', ...this.#contentPlace(message), part });
    return message;
  }

  #closeMessage(status: 'completed' | 'incomplete'): void {
    const message = this.#message;
    if (message === null) return;
    this.#message = null;
    const at = this.#contentPlace(message);
    const { send } = this.#ports;
    const isAudio = this.setup.modality === 'audio';
    const said = message.text;
    // Cut off while it was made, the item keeps what was heard of what was said.
    const kept = isAudio ? message.audio.transcript : said;
    if (isAudio) {
      send({ type: 'response.output_audio.done', ...at });
      send({ type: 'response.output_audio_transcript.done', ...at, transcript: said });
    } else {
      send({ type: 'response.output_text.done', ...at, text: said });
    }
    const part = isAudio ? { type: 'audio', transcript: said } : { type: 'text', text: said };
    send({ type: 'response.content_part.done', ...at, part });
    const item: ConversationItem = {
      ...this.#newItem(status, message.itemId),
      type: 'message',
      role: 'assistant',
      content: [
        isAudio ? { type: 'output_audio', transcript: kept } : { type: 'output_text', text: kept },
      ],
    };
    this.#finishItem(item, message.outputIndex);
  }

  #newItem(status: string, id = this.#ports.random.id('item_')) {
    return { id, object: 'realtime.item', status };
  }

  #add(item: ConversationItem, audio: ListedItem['audio']): number {
    const outputIndex = this.#output.length;
    this.#output.push(item);
    this.#ports.send({
      type: 'response.output_item.added',
      response_id: this.setup.id,
      output_index: outputIndex,
      item,
    });
    this.#ports.onItem({ item, audio });
    return outputIndex;
  }

  #finishItem(item: ConversationItem, outputIndex: number): void {
    this.#output[outputIndex] = item;
    this.#ports.send({
      type: 'response.output_item.done',
      response_id: this.setup.id,
      output_index: outputIndex,
      item,
    });
    this.#ports.onItemDone(item);
  }

  #itemPlace(itemId: string, outputIndex: number) {
    return { response_id: this.setup.id, item_id: itemId, output_index: outputIndex };
  }

  #contentPlace(message: OpenMessage) {
    return { ...this.#itemPlace(message.itemId, message.outputIndex), content_index: 0 };
  }

  #shown(
    status: ShownResponse['status'],
    details: ShownResponse['status_details'] | null,
    usage: Usage | null,
  ): ShownResponse {
    const { id, conversationId, modality, maxOutputTokens, metadata, wireFormat, voice } =
      this.setup;
    const shown = {
      object: 'realtime.response',
      id,
      status,
      status_details: details ?? null,
      output: [...this.#output],
      conversation_id: conversationId,
      output_modalities: [modality],
      max_output_tokens: maxOutputTokens,
      audio: {
        output: { format: wireFormat, voice: typeof voice === 'string' ? voice : voice.id },
      },
      metadata,
      usage,
    };
    return shown;
  }
}

function detailsOf(how: ResponseEnd): ShownResponse['status_details'] {
  if (how.status === 'completed') return null;
  if (how.status === 'failed') return { type: 'failed', error: how.error };
  return { type: how.status, reason: how.reason };
}
