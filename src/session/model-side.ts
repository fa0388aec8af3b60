import type { ProviderEvent } from '../providers/provider.ts';
import { unreachable } from '../runtime/assert.ts';
import type { Moment, TurnInput } from './edges.ts';
import { soundsLikeFarewell } from './farewell.ts';
import type { Planes } from './planes.ts';
import { record, type SessionRim } from './rim.ts';
import type { Transcript } from './transcript.ts';
import { Writing } from './writing.ts';

/** What is said in the conversation; not what becomes of the link that it goes by. */
export type ConversationEvent = Exclude<
  ProviderEvent,
  { type: 'ready' | 'ending-soon' | 'ended' | 'warning' }
>;

type Said<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { type: Type }>;

export interface ModelSideParts {
  readonly rim: SessionRim;
  readonly planes: Planes;
  readonly transcript: Transcript;
  /** Of the model's sound; 0 where there is none. */
  readonly modelBytesPerMs: number;
  /** `null`: the replies of a call may cost what they will. */
  readonly costUsdMicrosMax: number | null;
  readonly raise: (input: TurnInput) => void;
}

/**
 * The name of the tool that ends calls, whose absence after a farewell is worth a word in the log.
 */
const hangUpToolName = 'hangup_call';

/** Replies that may be in progress or waiting at once, as far as measuring them goes. */
const replyStartsMax = 16;

/**
 * What comes of the model, by the link in use: sound and words go to whom it speaks with and into
 * the transcript, edges to the control plane, usage and farewells to the operator.
 */
export class ModelSide {
  readonly #parts: ModelSideParts;
  /** When each of the last replies began. */
  readonly #replyStarts = new Map<string, number>();
  /** The reply whose audio came last: news of it is given once. */
  #soundingReplyId = '';
  /** Of all replies so far, where their price is known. */
  #costUsdMicros = 0;

  constructor(parts: ModelSideParts) {
    this.#parts = parts;
  }

  take(event: ConversationEvent, moment: Moment): void {
    const { planes, raise, transcript } = this.#parts;
    const { atMs, nowMs } = moment;
    switch (event.type) {
      case 'caller-speech-start':
        transcript.callerSpeaks(event.itemId, atMs);
        raise({ type: 'caller-speech-start', by: 'provider' });
        return;
      case 'caller-speech-end':
        raise({ type: 'caller-speech-end', by: 'provider' });
        return;
      case 'caller-transcript':
        this.#callerSays(event, atMs);
        return;
      case 'reply-start':
        this.#noteReplyStart(event.replyId, nowMs);
        raise(event);
        return;
      case 'agent-audio':
        this.#agentAudio(event, moment);
        return;
      case 'agent-audio-done':
        transcript.agentAudioComplete(event.itemId);
        planes.current.playout.endItem(event.itemId);
        return;
      case 'agent-text':
        transcript.agentSays(event, atMs);
        this.#write(event);
        return;
      case 'tool-call': {
        const { replyId, callId, name, argumentsJson } = event;
        raise({ type: 'tool-call', replyId, call: { callId, name, argumentsJson } });
        return;
      }
      case 'reply-end':
        this.#replyEnd(event, moment);
        return;
      case 'request-refused':
        raise(event);
        return;
      default:
        unreachable(event);
    }
  }

  /** `null` for a reply that began too long ago to be known. */
  sinceStartMs(replyId: string, nowMs: number): number | null {
    const startedAtMs = this.#replyStarts.get(replyId);
    return startedAtMs === undefined ? null : nowMs - startedAtMs;
  }

  #noteReplyStart(replyId: string, nowMs: number): void {
    this.#replyStarts.set(replyId, nowMs);
    const [oldest] = this.#replyStarts.keys();
    if (this.#replyStarts.size > replyStartsMax && oldest !== undefined) {
      this.#replyStarts.delete(oldest);
    }
  }

  #callerSays(event: Said<'caller-transcript'>, atMs: number): void {
    const { rim, transcript } = this.#parts;
    const { itemId, isFinal, text } = event;
    record(rim, transcript.callerSaid(event, atMs));
    if (transcript.speakerOf(itemId) !== 'caller') return;
    if (!isFinal) rim.toLeg({ type: 'caller-words', itemId, text });
    else if (text.trim() === '') rim.toLeg({ type: 'caller-not-understood', itemId });
  }

  /** Beside sound, words come ahead of it: what is heard of them is told when it is known. */
  #write(event: Said<'agent-text'>): void {
    const { planes, rim } = this.#parts;
    const { itemId, isFinal, text } = event;
    const { playout } = planes.current;
    if (playout instanceof Writing) playout.write(event);
    else if (planes.attached === 'caller' && !isFinal) {
      rim.toLeg({ type: 'agent-text', itemId, text });
    }
  }

  #agentAudio(event: Said<'agent-audio'>, { atMs, nowMs, state: { line } }: Moment): void {
    const { modelBytesPerMs, planes, raise, rim, transcript } = this.#parts;
    if (planes.isWritten) return;
    transcript.agentSounds(event, event.length / modelBytesPerMs, atMs);
    // Once a recording says goodbye, it has the last word.
    if (line.is === 'closing' && line.by === 'prompt') return;
    const { playout } = planes.current;
    const taken = playout.receive(event, nowMs);
    if (taken === 'over-limit') {
      playout.silence(event.replyId);
      raise({ type: 'over-limit', replyId: event.replyId });
      return;
    }
    if (taken === 'silenced' || event.replyId === this.#soundingReplyId) return;
    this.#soundingReplyId = event.replyId;
    rim.report({ type: 'agent-audio-began', replyId: event.replyId });
  }

  #replyEnd(event: Said<'reply-end'>, moment: Moment): void {
    const { replyId, outcome, reason, error, usage } = event;
    const { planes, raise, rim, transcript } = this.#parts;
    const { playout } = planes.current;
    const carried = transcript.carried(replyId);
    playout.endReply(replyId);
    // What comes after the end would never be ended itself.
    playout.silence(replyId);
    if (carried === 'audio' || carried === 'cut-short') {
      rim.report({ type: 'agent-audio-done', replyId, queuedMs: playout.queuedMs });
    }
    rim.report({ type: 'usage', event });
    const sinceStartMs = this.sinceStartMs(replyId, moment.nowMs);
    const tookMs = sinceStartMs === null ? null : Math.round(sinceStartMs);
    const errorCode = error?.code ?? null;
    rim.journal({ type: 'reply', replyId, outcome, reason, errorCode, tookMs, usage });
    this.#noteFarewell(replyId, moment);
    for (const body of transcript.replyEnded(replyId)) record(rim, body);
    raise({ type: 'reply-end', replyId, outcome, error, carried });
    this.#spend(usage?.costUsdMicros ?? 0);
  }

  #noteFarewell(replyId: string, { state: { line, pendingCalls } }: Moment): void {
    if (line.is !== 'up') return;
    const { rim, transcript } = this.#parts;
    const hasTool = pendingCalls.some(({ call }) => call.name === hangUpToolName);
    if (hasTool || !soundsLikeFarewell(transcript.textOf(replyId))) return;
    rim.report({ type: 'farewell-without-tool', replyId });
  }

  #spend(costUsdMicros: number): void {
    const { costUsdMicrosMax, raise } = this.#parts;
    this.#costUsdMicros += costUsdMicros;
    const isOver = costUsdMicrosMax !== null && this.#costUsdMicros >= costUsdMicrosMax;
    if (isOver) raise({ type: 'budget-spent' });
  }
}
