import type {
  ServerEvent,
  ServerEventOf,
  ShownItem,
  ShownResponse,
} from '../../realtime-server/wire.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { ProviderEvent, ReplyOutcome } from '../provider.ts';
import { vendorError } from './errors.ts';
import type { TokenPrices } from './options.ts';
import type { Requests } from './requests.ts';
import type { ToolCalls } from './tool-calls.ts';
import { usageOf } from './usage.ts';

/** Server events about the conversation as provider events. Knows no socket and no time. */
export class Translator {
  readonly #requests: Requests;
  readonly #calls: ToolCalls;
  readonly #prices: TokenPrices | null;
  readonly #openReplies = new Set<string>();

  constructor(context: {
    readonly requests: Requests;
    readonly calls: ToolCalls;
    readonly prices: TokenPrices | null;
  }) {
    this.#requests = context.requests;
    this.#calls = context.calls;
    this.#prices = context.prices;
  }

  /** Replies that have begun and not ended. */
  get openReplies(): ReadonlySet<string> {
    return this.#openReplies;
  }

  /** What `event` means; `null` for events that only acknowledge or announce. */
  translate(event: ServerEvent): ProviderEvent | null {
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        return { type: 'caller-speech-start', itemId: event.item_id };
      case 'input_audio_buffer.speech_stopped':
        return { type: 'caller-speech-end', itemId: event.item_id };
      case 'conversation.item.input_audio_transcription.delta':
        return callerText(event.item_id, event.delta ?? '', false);
      // The segments of a diarizing model are left out: the completed transcript holds them all.
      case 'conversation.item.input_audio_transcription.completed':
        return callerText(event.item_id, event.transcript, true);
      case 'conversation.item.input_audio_transcription.failed':
        return { type: 'warning', error: vendorError(event.error) };
      case 'response.created':
        return this.#onCreated(event.response);
      case 'response.output_audio.done':
        return {
          type: 'agent-audio-done',
          replyId: event.response_id,
          itemId: event.item_id,
        };
      case 'response.output_audio_transcript.delta':
      case 'response.output_text.delta':
        return agentText(event, event.delta, false);
      case 'response.output_audio_transcript.done':
        return agentText(event, event.transcript, true);
      case 'response.output_text.done':
        return agentText(event, event.text, true);
      case 'response.function_call_arguments.done':
        return this.#onArguments(event);
      case 'response.output_item.done':
        return this.#onItem(event.response_id, event.item);
      case 'response.done':
        return this.#onDone(event.response);
      default:
        return null;
    }
  }

  #onCreated(response: ShownResponse): ProviderEvent | null {
    if (this.#openReplies.has(response.id)) return null;
    this.#openReplies.add(response.id);
    const requestId = this.#requests.answeredBy(response);
    return { type: 'reply-start', replyId: response.id, requestId };
  }

  #onArguments(
    event: ServerEventOf<'response.function_call_arguments.done'>,
  ): ProviderEvent | null {
    const { response_id: replyId, call_id: callId, name } = event;
    // A server that leaves the name out here gives it in `output_item.done`, which follows.
    if (name === undefined || !this.#calls.add(callId, replyId)) return null;
    return { type: 'tool-call', replyId, callId, name, argumentsJson: event.arguments };
  }

  #onItem(replyId: string, item: ShownItem): ProviderEvent | null {
    if (item.type !== 'function_call' || item.call_id === undefined) return null;
    const { call_id: callId, name } = item;
    if (!this.#calls.add(callId, replyId)) return null;
    return { type: 'tool-call', replyId, callId, name, argumentsJson: item.arguments };
  }

  #onDone(response: ShownResponse): ProviderEvent | null {
    if (!this.#openReplies.delete(response.id)) return null;
    const outcome = outcomeOf(response);
    return {
      type: 'reply-end',
      replyId: response.id,
      outcome,
      reason: response.status_details?.reason ?? null,
      error: outcome === 'failed' ? failureOf(response) : null,
      usage: response.usage ? usageOf(response.usage, this.#prices) : null,
    };
  }
}

function callerText(itemId: string, text: string, isFinal: boolean): ProviderEvent {
  return { type: 'caller-transcript', itemId, text, isFinal };
}

function agentText(
  at: { readonly response_id: string; readonly item_id: string },
  text: string,
  isFinal: boolean,
): ProviderEvent {
  return { type: 'agent-text', replyId: at.response_id, itemId: at.item_id, text, isFinal };
}

function outcomeOf(response: ShownResponse): ReplyOutcome {
  return response.status === 'in_progress' ? 'failed' : response.status;
}

function failureOf(response: ShownResponse): GatewayError {
  if (response.status === 'in_progress') {
    return new GatewayError('PROVIDER_PROTOCOL', 'a response is done and still in progress');
  }
  return vendorError(response.status_details?.error ?? {});
}
