import type { ProviderEvent } from '../providers/provider.ts';
import type { HeardItem } from './edges.ts';

export interface WritingEvents {
  /** A piece of an item, to be sent in this order. */
  onPiece(itemId: string, text: string): void;
  onFirstFrame(replyId: string): void;
  onReplyPlayed(replyId: string): void;
}

/** Replies that are remembered as silenced; a link has one in progress and tails of the last. */
const silencedMax = 32;

/**
 * The agent's side of a leg without sound: what stands in the place of `Playout` there. Words are
 * sent as they come, and what was sent has been read: nothing waits, and nothing can be taken back.
 */
export class Writing {
  readonly fillerMs = 0;
  readonly queuedMs = 0;
  readonly #events: WritingEvents;
  /** Letters of each item that were sent, by item, of replies that are being made. */
  readonly #sentLetters = new Map<string, number>();
  readonly #silenced = new Set<string>();
  /** The reply whose words are being sent. */
  #openReplyId: string | null = null;
  #playedReplyIds: string[] = [];

  constructor(events: WritingEvents) {
    this.#events = events;
  }

  /** Words of the agent: pieces, or the whole item of which the rest is sent. */
  write({ replyId, itemId, text, isFinal }: Extract<ProviderEvent, { type: 'agent-text' }>): void {
    if (this.#silenced.has(replyId)) return;
    const sentLetters = this.#sentLetters.get(itemId) ?? 0;
    const piece = isFinal ? text.slice(sentLetters) : text;
    if (piece === '') return;
    this.#sentLetters.set(itemId, sentLetters + piece.length);
    const isFirst = this.#openReplyId !== replyId;
    this.#openReplyId = replyId;
    this.#events.onPiece(itemId, piece);
    if (isFirst) this.#events.onFirstFrame(replyId);
  }

  /** Sound has no place here. */
  receive(): 'silenced' {
    return 'silenced';
  }

  endItem(): void {
    // The reply's end is enough.
  }

  endReply(replyId: string): void {
    if (this.#openReplyId !== replyId) return;
    this.#openReplyId = null;
    this.#sentLetters.clear();
    this.#playedReplyIds.push(replyId);
  }

  openReplyIds(): string[] {
    return this.#openReplyId === null ? [] : [this.#openReplyId];
  }

  /** Nothing more of the reply is sent. */
  silence(replyId: string): void {
    if (this.#openReplyId === replyId) this.#openReplyId = null;
    this.#silenced.add(replyId);
    const [oldest] = this.#silenced;
    if (this.#silenced.size > silencedMax && oldest !== undefined) this.#silenced.delete(oldest);
  }

  flush(): void {
    // Nothing waits.
  }

  unplayed(): HeardItem[] {
    return [];
  }

  /** Calls the events of replies that have ended. */
  report(): void {
    const played = this.#playedReplyIds;
    if (played.length === 0) return;
    this.#playedReplyIds = [];
    for (const replyId of played) this.#events.onReplyPlayed(replyId);
  }
}
