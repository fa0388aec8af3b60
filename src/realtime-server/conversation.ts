import type { AudioFormat } from '../audio/format.ts';
import { unreachable } from '../runtime/assert.ts';
import type { Random } from '../runtime/random.ts';
import type { BrainAsk, BrainOutput, SpeechScorer } from './brain.ts';
import { CallerTurns } from './caller-turns.ts';
import type { ConversationPorts, Refusal, Unnumbered } from './conversation-ports.ts';
import { createItem, deleteItem, retrieveItem, truncateItem } from './item-commands.ts';
import { ItemList, type ItemListLimits } from './item-list.ts';
import { type EndedResponse, Responses } from './responses.ts';
import type { SessionConfig } from './session-config.ts';
import { defaultSession, echoOf, isBetaUpdate, mergeSession } from './session-config.ts';
import { callerAudioTokens, textTokens } from './token-estimate.ts';
import {
  type ClientEvent,
  type ClientEventOf,
  clientEventTypes,
  parseClientEvent,
  type ServerEvent,
} from './wire.ts';
import { unknownFault, valueFault } from './wire-fault.ts';

/** What happens to a conversation. */
export type ConversationInput =
  /** A message of the client, parsed as JSON and no further. */
  | { readonly type: 'client'; readonly raw: unknown }
  | { readonly type: 'brain'; readonly output: BrainOutput }
  /** The server begins a response of its own accord, as it does after a detected turn. */
  | { readonly type: 'respond' }
  /** `dueMs` has come. */
  | { readonly type: 'time' };

/** What a conversation wants done, in this order. */
export type ConversationEffect =
  | { readonly type: 'send'; readonly event: ServerEvent }
  | { readonly type: 'ask'; readonly ask: BrainAsk }
  /** The last effect of all: the server ends the connection with this WebSocket close code. */
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  /** A limit was reached and something was dropped or refused. */
  | { readonly type: 'limit'; readonly limit: string };

export interface ConversationSetup {
  readonly random: Random;
  readonly kind: SessionConfig['type'];
  readonly model: string;
  /** The client speaks the beta dialect, as its `OpenAI-Beta` header says. */
  readonly isBeta: boolean;
  /** The session ends after this long: 60 minutes at the vendor's. */
  readonly sessionMsMax: number;
  readonly nowEpochMs: number;
  readonly scorerFor: (format: AudioFormat) => SpeechScorer;
  readonly limits: ItemListLimits;
}

const betaRefusal: Refusal = {
  code: 'beta_api_shape_disabled',
  message: 'The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.',
  param: null,
};

/**
 * One session of the protocol. Deterministic: `step` takes what happened and the time, and gives
 * what is to be done; it owns no socket, timer or clock, and all chance is in `setup.random`.
 */
export class Conversation {
  readonly #setup: ConversationSetup;
  readonly #ports: ConversationPorts;
  readonly #turns: CallerTurns;
  readonly #responses: Responses;
  readonly #expiresAtMs: number;
  #session: SessionConfig;
  #effects: ConversationEffect[] = [];
  #nowMs: number;
  #idleAtMs: number | null = null;
  #isClosed = false;

  constructor(setup: ConversationSetup, nowMs: number) {
    this.#setup = setup;
    this.#nowMs = nowMs;
    this.#expiresAtMs = nowMs + setup.sessionMsMax;
    this.#session = defaultSession({
      id: setup.random.id('sess_'),
      type: setup.kind,
      model: setup.model,
      expiresAtEpochMs: setup.nowEpochMs + setup.sessionMsMax,
    });
    this.#ports = this.#makePorts();
    this.#turns = new CallerTurns(
      this.#ports,
      {
        onSpeechStart: () => this.#onSpeechStart(),
        onTurn: (turn) => this.#onTurn(turn.wasDetected),
      },
      setup.scorerFor,
    );
    this.#responses = new Responses(this.#ports, (ended) => this.#onResponseEnd(ended));
  }

  /** When `step` wants to be called with `time`; null after the end. */
  get dueMs(): number | null {
    if (this.#isClosed) return null;
    return Math.min(this.#expiresAtMs, this.#idleAtMs ?? this.#expiresAtMs);
  }

  /** The first effects of all: `session.created`, or the refusal of a beta client. */
  open(): ConversationEffect[] {
    if (this.#setup.isBeta) this.#refuseBeta(undefined);
    else {
      this.#ports.send({ type: 'session.created', session: echoOf(this.#session) });
      this.#ports.ask({ type: 'session', session: this.#session });
    }
    return this.#takeEffects();
  }

  step(input: ConversationInput, nowMs: number): ConversationEffect[] {
    if (this.#isClosed) return [];
    this.#nowMs = nowMs;
    if (input.type === 'client') this.#onMessage(input.raw);
    else if (input.type === 'brain') this.#onBrain(input.output);
    else if (input.type === 'respond') this.#responses.create();
    else this.#onTime();
    return this.#takeEffects();
  }

  #makePorts(): ConversationPorts {
    const conversation = this;
    const { random, limits } = this.#setup;
    const onLimit = (limit: string): void => {
      this.#effects.push({ type: 'limit', limit });
    };
    return {
      random,
      items: new ItemList(limits, onLimit),
      onLimit,
      get session() {
        return conversation.#session;
      },
      get nowMs() {
        return conversation.#nowMs;
      },
      send: (event) => this.#send(event),
      ask: (ask) => {
        this.#effects.push({ type: 'ask', ask });
      },
      refuse: (fault, eventId) => this.#refuse(fault, eventId),
    };
  }

  #takeEffects(): ConversationEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #send(event: Unnumbered): void {
    const numbered: ServerEvent = { event_id: this.#setup.random.id('event_'), ...event };
    this.#effects.push({ type: 'send', event: numbered });
  }

  #refuse(fault: Refusal, eventId: string | undefined): void {
    const error = { type: 'invalid_request_error', ...fault, event_id: eventId ?? null };
    this.#send({ type: 'error', error });
  }

  #close(code: number, reason: string): void {
    this.#isClosed = true;
    this.#effects.push({ type: 'close', code, reason });
  }

  #refuseBeta(eventId: string | undefined): void {
    this.#refuse(betaRefusal, eventId);
    this.#close(4000, betaRefusal.message);
  }

  #onMessage(raw: unknown): void {
    const parsed = parseClientEvent(raw);
    if (parsed.is === 'unknown') {
      this.#refuse(valueFault('type', parsed.type, clientEventTypes), eventIdOf(raw));
    } else if (parsed.is === 'malformed') {
      if (parsed.type === 'session.update' && isBetaUpdate(raw)) this.#refuseBeta(eventIdOf(raw));
      else this.#refuse(parsed.fault, eventIdOf(raw));
    } else if (parsed.unknownParam !== null) {
      this.#refuse(unknownFault(parsed.unknownParam), parsed.event.event_id);
    } else {
      this.#onClientEvent(parsed.event);
    }
  }

  #onClientEvent(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        this.#updateSession(event);
        break;
      case 'input_audio_buffer.append':
        this.#turns.append(event.audio, event.event_id);
        break;
      case 'input_audio_buffer.commit':
        this.#turns.commit(event.event_id);
        break;
      case 'input_audio_buffer.clear':
        this.#turns.clear();
        break;
      case 'conversation.item.create':
        createItem(this.#ports, event);
        break;
      case 'conversation.item.retrieve':
        retrieveItem(this.#ports, event);
        break;
      case 'conversation.item.truncate':
        truncateItem(this.#ports, event);
        break;
      case 'conversation.item.delete':
        deleteItem(this.#ports, event);
        break;
      case 'response.create':
        this.#idleAtMs = null;
        this.#responses.create(event);
        break;
      case 'response.cancel':
        this.#cancel(event);
        break;
      case 'output_audio_buffer.clear':
        this.#refuse(noOutputBuffer, event.event_id);
        break;
      default:
        unreachable(event);
    }
  }

  #updateSession(event: ClientEventOf<'session.update'>): void {
    const merged = mergeSession(this.#session, event.session, {
      hasAgentAudio: this.#responses.hasAgentAudio,
    });
    if (merged.is === 'refused') {
      this.#refuse(merged.fault, event.event_id);
      return;
    }
    this.#session = merged.session;
    this.#turns.reconfigure();
    this.#send({ type: 'session.updated', session: echoOf(this.#session) });
    this.#ports.ask({ type: 'session', session: this.#session });
  }

  #cancel(event: ClientEventOf<'response.cancel'>): void {
    if (this.#responses.cancel(event.response_id, 'client_cancelled')) return;
    const message = 'Cancellation failed: no active response found';
    this.#refuse({ code: 'response_cancel_not_active', message, param: null }, event.event_id);
  }

  #onSpeechStart(): void {
    this.#idleAtMs = null;
    const isInterrupting = this.#session.audio.input.turn_detection?.interrupt_response ?? true;
    if (isInterrupting) this.#responses.cancel(undefined, 'turn_detected');
  }

  #onTurn(wasDetected: boolean): void {
    this.#idleAtMs = null;
    const isAnswering = this.#session.audio.input.turn_detection?.create_response ?? true;
    if (wasDetected && isAnswering && this.#session.type === 'realtime') this.#responses.create();
  }

  #onResponseEnd(ended: EndedResponse): void {
    const settings = this.#session.audio.input.turn_detection;
    const idleMs = settings?.type === 'server_vad' ? settings.idle_timeout_ms : null;
    if (!ended.isInConversation || typeof idleMs !== 'number' || this.#turns.isTalking) return;
    this.#idleAtMs = ended.playedAtMs + idleMs;
  }

  #onTime(): void {
    if (this.#nowMs >= this.#expiresAtMs) {
      this.#expire();
    } else if (this.#idleAtMs !== null && this.#nowMs >= this.#idleAtMs) {
      const settings = this.#session.audio.input.turn_detection;
      this.#idleAtMs = null;
      const idleMs = settings?.type === 'server_vad' ? settings.idle_timeout_ms : null;
      if (typeof idleMs === 'number') this.#turns.timeOut(idleMs);
    }
  }

  #expire(): void {
    const minutes = Math.round(this.#setup.sessionMsMax / 60_000);
    const message = `Your session hit the maximum duration of ${minutes} minutes.`;
    this.#refuse({ code: 'session_expired', message, param: null }, undefined);
    this.#close(1001, message);
  }

  #onBrain(output: BrainOutput): void {
    if ('responseId' in output) this.#responses.hear(output);
    else if (output.type === 'caller-turn-over') {
      this.#turns.turnOver(output.itemId, output.talksOn ?? false);
    } else if (output.type === 'caller-hang-over') {
      this.#turns.endAfter(output.itemId, output.silenceMs);
    } else this.#onTranscript(output);
  }

  /** Pieces may come while the caller still speaks: before there is an item of that id. */
  #onTranscript(output: CallerWords): void {
    const listed = this.#ports.items.find(output.itemId);
    if (this.#session.audio.input.transcription === null) return;
    const place = { item_id: output.itemId, content_index: 0 };
    const prefix = 'conversation.item.input_audio_transcription' as const;
    if (output.type === 'caller-transcript' && !output.isFinal) {
      if (listed === undefined && output.itemId !== this.#turns.itemId) return;
      this.#send({ type: `${prefix}.delta`, ...place, delta: output.text });
    } else if (listed === undefined) return;
    else if (output.type === 'caller-transcript-failed') {
      const error = { type: 'transcription_error', code: 'audio_unintelligible' };
      this.#send({
        type: `${prefix}.failed`,
        ...place,
        error: { ...error, message: output.reason },
      });
    } else {
      const { item } = listed;
      if (item.type === 'message') {
        const content = [{ type: 'input_audio', transcript: output.text }];
        this.#ports.items.replace({ ...item, content });
      }
      const audioTokens = callerAudioTokens(listed.audio.get(0)?.lengthMs ?? 0);
      const usage = transcriptionUsage(audioTokens, textTokens(output.text));
      this.#send({ type: `${prefix}.completed`, ...place, transcript: output.text, usage });
    }
  }
}

type CallerWords = Extract<BrainOutput, { type: 'caller-transcript' | 'caller-transcript-failed' }>;

function transcriptionUsage(audioTokens: number, outputTokens: number) {
  return {
    type: 'tokens',
    total_tokens: audioTokens + outputTokens,
    input_tokens: audioTokens,
    input_token_details: { text_tokens: 0, audio_tokens: audioTokens },
    output_tokens: outputTokens,
  };
}

/** Over a WebSocket the server has no output buffer: only WebRTC and SIP have. */
const noOutputBuffer: Refusal = {
  code: 'invalid_value',
  message: 'output_audio_buffer.clear is only supported for WebRTC and SIP connections.',
  param: 'type',
};

function eventIdOf(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const id: unknown = Reflect.get(raw, 'event_id');
  return typeof id === 'string' ? id : undefined;
}
