import type { ProviderCommand, ProviderEvent, ReplyOutcome } from '../src/providers/provider.ts';
import type { SessionCore } from '../src/session/core.ts';
import type { TurnState } from '../src/session/state.ts';
import type { LegEvent } from '../src/transports/transport.ts';
import type { CallObserver } from './observer.ts';

export interface ReplyFacts {
  readonly replyId: string;
  readonly linkId: number;
  /** Replies of a call in the order of their beginnings. */
  readonly index: number;
  readonly requestId: string | null;
  isCancelAsked: boolean;
  outcome: ReplyOutcome | null;
  receivedBytes: number;
  readonly callIds: string[];
}

export interface ItemFacts {
  readonly itemId: string;
  readonly reply: ReplyFacts;
  receivedBytes: number;
}

/** The link that the session speaks to; 0 when there is none. */
function linkIdInUse({ link }: TurnState): number {
  return link.is === 'ready' ? link.linkId : 0;
}

/**
 * What happened in a call, as an honest bystander would tell it: kept apart from what the session
 * believes, so that invariants can hold one against the other.
 */
export class CallFacts implements CallObserver {
  readonly replies = new Map<string, ReplyFacts>();
  readonly items = new Map<string, ItemFacts>();
  /** Replies up to this index were cut off: not a sample of them may be played any more. */
  cutIndex = 0;
  /** Bytes in the model's format that came of replies that may be played, since the last cut. */
  playableBytes = 0;
  /** Who has said that the caller speaks; the provider's word counts for more than our gate's. */
  talkingBy: 'provider' | 'gate' | null = null;
  /** When the caller last ceased to speak or wrote, while nothing has answered it. */
  owedSinceMs: number | null = null;
  /** When the caller began its last question, after all faults. */
  askedAtMs: number | null = null;
  readonly #core: () => SessionCore;
  readonly #nowMs: () => number;

  constructor(core: () => SessionCore, nowMs: () => number) {
    this.#core = core;
    this.#nowMs = nowMs;
  }

  legEvent(event: LegEvent): void {
    if (event.type === 'caller-text' && this.#core().attached === 'caller') this.#callerWrites();
  }

  linkEvent(linkId: number, event: ProviderEvent): void {
    const isInUse = linkId === linkIdInUse(this.#core().state);
    if (event.type === 'ended' && isInUse) this.#linkLost();
    if (!isInUse) return;
    switch (event.type) {
      case 'caller-speech-start':
        if (this.#core().attached === 'nobody') return;
        this.#callerSpeaks('provider');
        return;
      case 'caller-speech-end':
        this.#callerSpoke();
        return;
      case 'reply-start':
        this.#replyStarts(linkId, event);
        return;
      case 'agent-audio':
        this.#agentSounds(event);
        return;
      case 'tool-call':
        this.replies.get(event.replyId)?.callIds.push(event.callId);
        return;
      case 'reply-end': {
        const reply = this.replies.get(event.replyId);
        if (reply) reply.outcome = event.outcome;
        return;
      }
      default:
    }
  }

  attached(): void {
    this.talkingBy = null;
    this.owedSinceMs = null;
    this.#cut();
  }

  linkCommand(_linkId: number, command: ProviderCommand): void {
    if (command.type !== 'reply-cancel') return;
    const reply = this.replies.get(command.replyId);
    if (reply) reply.isCancelAsked = true;
  }

  gateEdge(edge: 'speech-start' | 'speech-end'): void {
    if (edge === 'speech-start') {
      // An open gate has nothing to tell.
      if (this.#core().callerPath.isGateShut) this.#callerSpeaks('gate');
      return;
    }
    if (this.talkingBy === 'gate') this.#callerSpoke();
  }

  noteQuestion(): void {
    this.askedAtMs = this.#nowMs();
  }

  isCut(reply: ReplyFacts): boolean {
    return reply.index <= this.cutIndex;
  }

  #linkLost(): void {
    // Who was speaking will not be heard to end: the words up to here have to be answered.
    if (this.talkingBy === 'provider') this.#callerSpoke();
  }

  /** As good as having spoken. */
  #callerWrites(): void {
    const wasTalking = this.talkingBy !== null;
    this.#callerSpeaks('gate');
    if (!wasTalking) this.#callerSpoke();
  }

  #callerSpeaks(by: 'provider' | 'gate'): void {
    if (this.#core().state.line.is !== 'up') return;
    if (by === 'provider' || !this.talkingBy) this.talkingBy = by;
    this.owedSinceMs = null;
    this.#cut();
  }

  #callerSpoke(): void {
    if (!this.talkingBy) return;
    this.talkingBy = null;
    if (this.#core().state.line.is === 'up') this.owedSinceMs = this.#nowMs();
  }

  #cut(): void {
    this.cutIndex = this.replies.size;
    this.playableBytes = 0;
  }

  #replyStarts(linkId: number, event: Extract<ProviderEvent, { type: 'reply-start' }>): void {
    const { replyId, requestId } = event;
    const index = this.replies.size + 1;
    this.replies.set(replyId, {
      replyId,
      linkId,
      index,
      requestId,
      isCancelAsked: false,
      outcome: null,
      receivedBytes: 0,
      callIds: [],
    });
    const isForNobody = this.talkingBy !== null || this.#core().attached === 'nobody';
    if (isForNobody && this.#core().state.line.is === 'up') this.#cut();
  }

  #agentSounds(event: Extract<ProviderEvent, { type: 'agent-audio' }>): void {
    const reply = this.replies.get(event.replyId);
    if (!reply) return;
    reply.receivedBytes += event.length;
    const item = this.items.get(event.itemId);
    if (item) item.receivedBytes += event.length;
    else {
      const { itemId, length } = event;
      this.items.set(itemId, { itemId, reply, receivedBytes: length });
    }
    if (!this.isCut(reply)) this.playableBytes += event.length;
  }
}
