import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Usage } from '../providers/provider.ts';
import type { JournalEntry } from '../store/store.ts';
import { attribute, operation } from './trace-attributes.ts';

/** Replies and tools of one turn, and tools that run: far above the caps of a turn. */
const partsMax = 64;

/** What the vendor is called by the conventions. */
const providerNames = {
  openai_realtime: 'openai',
  deepgram: 'deepgram',
  local: 'offhook',
} as const;

type EntryOf<Type extends JournalEntry['type']> = Extract<JournalEntry, { readonly type: Type }>;

/** A span that is made when its parent is known. */
interface Part {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** `null`: it went well. */
  readonly error: string | null;
}

interface Moment {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Attributes;
}

/** From the end of the caller's words to the end of the agent's answer, as it was heard. */
interface OpenTurn {
  startMs: number;
  endMs: number;
  /** The reply that is heard in it; `null`: none yet. */
  replyId: string | null;
  hasReplyEnded: boolean;
  isHeard: boolean;
  readonly attributes: Attributes;
  readonly moments: Moment[];
  readonly parts: Part[];
}

interface OpenCall {
  readonly span: Span;
  readonly context: Context;
  /**
   * Time of the call's beginning: an entry is so much later, whatever the clock on the wall does.
   */
  readonly startMs: number;
  readonly model: string;
  readonly provider: string;
  readonly running: Map<string, EntryOf<'tool-call'>>;
  turn: OpenTurn | null;
}

export interface CallTracesOptions {
  readonly tracer: Tracer;
  /** Words, arguments and results as well, scrubbed by this; `null`: none of them. */
  readonly content: ((text: string) => string) | null;
}

/**
 * Makes spans of what the journal is told: call → turn → tool and reply of the model. The call
 * itself knows nothing of it, and waits for nothing.
 */
export class CallTraces {
  readonly #options: CallTracesOptions;
  readonly #calls = new Map<string, OpenCall>();

  constructor(options: CallTracesOptions) {
    this.#options = options;
  }

  /**
   * Entries of a session come in order. Those of a session whose start was not seen are nothing.
   */
  follow(entry: JournalEntry): void {
    if (entry.type === 'session-start') {
      this.#calls.set(entry.sessionId, this.#begin(entry));
      return;
    }
    const call = this.#calls.get(entry.sessionId);
    if (!call) return;
    this.#take(call, entry, call.startMs + entry.atMs);
    if (entry.type === 'session-end') this.#calls.delete(entry.sessionId);
  }

  #begin(entry: EntryOf<'session-start'>): OpenCall {
    const startMs = entry.atEpochMs - entry.atMs;
    const provider = providerNames[entry.provider];
    const attributes = {
      [attribute.operation]: operation.call,
      [attribute.provider]: provider,
      [attribute.conversation]: entry.sessionId,
      [attribute.agent]: entry.persona,
      [attribute.requestModel]: entry.model,
      [attribute.transport]: entry.transport,
      [attribute.trust]: entry.trust,
    };
    const parent = contextOf(entry.traceparent);
    const span = this.#options.tracer.startSpan(
      `${operation.call} ${entry.persona}`,
      { kind: SpanKind.SERVER, startTime: startMs, attributes },
      parent,
    );
    return {
      span,
      context: trace.setSpan(parent, span),
      startMs,
      model: entry.model,
      provider,
      running: new Map(),
      turn: null,
    };
  }

  #take(call: OpenCall, entry: JournalEntry, atMs: number): void {
    switch (entry.type) {
      case 'turn':
        this.#onTurn(call, entry, atMs);
        return;
      case 'caller-said':
        this.#moment(call, 'caller said', call.startMs + entry.spokenAtMs, {
          ...this.#words(attribute.callerText, entry.text),
        });
        return;
      case 'agent-said':
        this.#onAgentSaid(call, entry, atMs);
        return;
      case 'barge-in':
        this.#moment(call, 'barge-in', atMs, {
          [attribute.heardMs]: entry.heardMs,
          [attribute.unheardMs]: entry.unheardMs,
        });
        return;
      case 'reply':
        this.#onReply(call, entry, atMs);
        return;
      case 'tool-call':
        if (call.running.size < partsMax) call.running.set(entry.callId, entry);
        return;
      case 'tool-result':
        this.#onToolResult(call, entry, atMs);
        return;
      case 'link':
        this.#moment(call, `link ${entry.state}`, atMs, { [attribute.detail]: entry.reason });
        return;
      case 'prompt':
        this.#moment(call, 'prompt', atMs, { [attribute.detail]: entry.name });
        return;
      case 'error':
        this.#moment(call, 'error', atMs, { [attribute.errorType]: entry.code });
        return;
      case 'session-end':
        this.#end(call, entry, atMs);
        return;
      default:
      // What a trace does not tell.
    }
  }

  #onTurn(call: OpenCall, entry: EntryOf<'turn'>, atMs: number): void {
    if (call.turn !== null && call.turn.replyId !== null) this.#closeTurn(call);
    const turn = this.#turnAt(call, atMs - (entry.responseMs ?? 0));
    turn.replyId = entry.replyId;
    turn.endMs = Math.max(turn.endMs, atMs);
    if (entry.responseMs !== null) turn.attributes[attribute.responseMs] = entry.responseMs;
    turn.moments.push({ name: 'first frame', atMs, attributes: {} });
  }

  #onAgentSaid(call: OpenCall, entry: EntryOf<'agent-said'>, atMs: number): void {
    const { turn } = call;
    if (turn?.replyId !== entry.replyId) return;
    turn.isHeard = true;
    turn.endMs = Math.max(turn.endMs, atMs);
    turn.attributes[attribute.heardMs] = entry.heardMs;
    Object.assign(turn.attributes, this.#words(attribute.agentText, entry.heardText));
    if (turn.hasReplyEnded) this.#closeTurn(call);
  }

  #onReply(call: OpenCall, entry: EntryOf<'reply'>, atMs: number): void {
    const isWhole = entry.outcome === 'completed' || entry.outcome === 'cancelled';
    const turn = this.#addPart(call, {
      name: `${operation.reply} ${call.model}`,
      kind: SpanKind.CLIENT,
      startMs: atMs - (entry.tookMs ?? 0),
      endMs: atMs,
      attributes: {
        [attribute.operation]: operation.reply,
        [attribute.provider]: call.provider,
        [attribute.requestModel]: call.model,
        [attribute.responseId]: entry.replyId,
        [attribute.finishReasons]: [entry.reason ?? entry.outcome],
        ...usageAttributes(entry.usage),
      },
      error: isWhole ? null : (entry.errorCode ?? entry.reason ?? entry.outcome),
    });
    if (turn.replyId !== entry.replyId) return;
    turn.hasReplyEnded = true;
    if (turn.isHeard) this.#closeTurn(call);
  }

  #onToolResult(call: OpenCall, entry: EntryOf<'tool-result'>, atMs: number): void {
    const asked = call.running.get(entry.callId);
    call.running.delete(entry.callId);
    this.#addPart(call, {
      name: `${operation.tool} ${entry.name}`,
      kind: SpanKind.INTERNAL,
      startMs: asked === undefined ? atMs - entry.tookMs : call.startMs + asked.atMs,
      endMs: atMs,
      attributes: {
        [attribute.operation]: operation.tool,
        [attribute.tool]: entry.name,
        [attribute.toolCall]: entry.callId,
        ...this.#words(attribute.toolArguments, asked?.argumentsJson ?? ''),
        ...this.#words(attribute.toolResult, entry.outputJson),
      },
      error: entry.outcome === 'ok' ? null : (entry.code ?? entry.outcome),
    });
  }

  #end(call: OpenCall, entry: EntryOf<'session-end'>, atMs: number): void {
    this.#closeTurn(call);
    call.span.setAttribute(attribute.endCause, entry.cause);
    call.span.setAttribute(attribute.heardMs, entry.agentHeardMs);
    if (/failed|lost|error/.test(entry.cause)) markFailed(call.span, entry.cause);
    call.span.end(atMs);
  }

  /** The turn in progress, which begins at `startMs` at the latest. */
  #turnAt(call: OpenCall, startMs: number): OpenTurn {
    call.turn ??= {
      startMs,
      endMs: startMs,
      replyId: null,
      hasReplyEnded: false,
      isHeard: false,
      attributes: {},
      moments: [],
      parts: [],
    };
    call.turn.startMs = Math.min(call.turn.startMs, startMs);
    return call.turn;
  }

  #addPart(call: OpenCall, part: Part): OpenTurn {
    const turn = this.#turnAt(call, part.startMs);
    turn.endMs = Math.max(turn.endMs, part.endMs);
    if (turn.parts.length < partsMax) turn.parts.push(part);
    return turn;
  }

  #moment(call: OpenCall, name: string, atMs: number, attributes: Attributes): void {
    const { moments } = call.turn ?? {};
    if (moments === undefined) call.span.addEvent(name, attributes, atMs);
    else if (moments.length < partsMax) moments.push({ name, atMs, attributes });
  }

  #closeTurn(call: OpenCall): void {
    const { turn } = call;
    call.turn = null;
    if (turn === null) return;
    const { tracer } = this.#options;
    const { startMs, endMs, attributes } = turn;
    const span = tracer.startSpan('turn', { startTime: startMs, attributes }, call.context);
    for (const { name, atMs, attributes: facts } of turn.moments) span.addEvent(name, facts, atMs);
    const context = trace.setSpan(call.context, span);
    for (const part of turn.parts) {
      const options = { kind: part.kind, startTime: part.startMs, attributes: part.attributes };
      const child = tracer.startSpan(part.name, options, context);
      if (part.error !== null) markFailed(child, part.error);
      child.end(part.endMs);
    }
    span.end(endMs);
  }

  #words(name: string, text: string): Attributes {
    const { content } = this.#options;
    return content === null || text === '' ? {} : { [name]: content(text) };
  }
}

function markFailed(span: Span, error: string): void {
  span.setAttribute(attribute.errorType, error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error });
}

function usageAttributes(usage: Usage | null): Attributes {
  if (usage === null) return {};
  const { costUsdMicros } = usage;
  return {
    [attribute.inputTokens]: usage.inputTextTokens + usage.inputAudioTokens,
    [attribute.cachedTokens]: usage.cachedTextTokens + usage.cachedAudioTokens,
    [attribute.outputTokens]: usage.outputTextTokens + usage.outputAudioTokens,
    ...(costUsdMicros === null ? {} : { [attribute.costUsd]: costUsdMicros / 1e6 }),
  };
}

/**
 * The caller's span, by version 00 of W3C Trace Context; without one the call is a trace itself.
 */
function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
