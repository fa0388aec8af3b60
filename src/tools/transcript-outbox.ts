import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { messageOf } from '../runtime/errors.ts';
import type { JournalEntry } from '../store/store.ts';
import type { Mailer } from './mail.ts';
import { type TranscriptOrder, type WaitingOrder, waitingOrders } from './transcript-order.ts';
import { type CallRecord, transcriptOf } from './transcript-text.ts';

/** Mail servers try for four to five days (RFC 5321 §4.5.4.1); people lose interest sooner. */
const waitingDaysMax = 3;
const dayMs = 86_400_000;
/** Shorter than the half hour of RFC 5321: the first hop is the operator's own server. */
const againAfterMs = 300_000;

export interface TranscriptOutboxParts {
  readonly journalDirectory: string;
  readonly mailer: Mailer;
  readonly record: CallRecord;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Mails transcripts that were asked for, each once its call is over, and tries again until the
 * server takes it or three days have passed. Orders are files: those of a process that was lost
 * are carried out by the next one. A mail whose fate is not known is sent again under the same
 * Message-ID: rather twice than never.
 */
export class TranscriptOutbox implements Closer {
  readonly #parts: TranscriptOutboxParts;
  readonly #stop = new AbortController();
  /** Sessions whose orders are to be looked for; `null`: of all, as after a start. */
  #ended: Set<string> | null = null;
  /** Those that were tried in vain. */
  readonly #failed = new Set<string>();
  #again: Timer | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: TranscriptOutboxParts) {
    this.#parts = parts;
    this.#lookNow();
  }

  /** Is told every entry of the journal. */
  readonly follow = ({ type, sessionId }: Pick<JournalEntry, 'type' | 'sessionId'>): void => {
    if (type !== 'session-end') return;
    this.#ended?.add(sessionId);
    this.#lookNow();
  };

  /** Resolves when everything that could be sent until now has been tried. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#again?.cancel();
    await this.#work;
  }

  #lookNow(): void {
    this.#work = this.#work.then(() => this.#look());
  }

  async #look(): Promise<void> {
    const { journalDirectory, log } = this.#parts;
    const wanted = this.#ended;
    this.#ended = new Set();
    if (wanted?.size === 0) return;
    try {
      const isWanted = (sessionId: string) => wanted === null || wanted.has(sessionId);
      for (const each of await waitingOrders(journalDirectory, isWanted)) await this.#try(each);
    } catch (thrown) {
      log.error('the outbox of transcripts cannot be read', { reason: messageOf(thrown) });
      this.#ended = null;
    }
    if (this.#ended === null || this.#failed.size > 0) this.#lookAgain();
  }

  #lookAgain(): void {
    if (this.#stop.signal.aborted) return;
    this.#again ??= this.#parts.clock.setTimer(againAfterMs, () => {
      this.#again = null;
      for (const sessionId of this.#failed) this.#ended?.add(sessionId);
      this.#failed.clear();
      this.#lookNow();
    });
  }

  async #try({ sessionId, order, remove }: WaitingOrder): Promise<void> {
    const { log } = this.#parts;
    if (this.#stop.signal.aborted) return;
    try {
      if (order === null) log.error('a transcript was asked for in no known words', { sessionId });
      else if (!this.#isTooOld(order) && !(await this.#isSent(order))) {
        this.#failed.add(sessionId);
        return;
      }
      await remove();
    } catch (thrown) {
      this.#failed.add(sessionId);
      log.warn('a transcript was not mailed yet', { sessionId, reason: messageOf(thrown) });
    }
  }

  #isTooOld({ sessionId, askedAtEpochMs }: TranscriptOrder): boolean {
    const { clock, log, metrics } = this.#parts;
    if (clock.epochMs() - askedAtEpochMs <= waitingDaysMax * dayMs) return false;
    metrics.count('offhook_limits_total', { limit: 'transcript-outbox-days' });
    log.error('a transcript could not be mailed and is given up', { sessionId, waitingDaysMax });
    return true;
  }

  /** True also where nothing is left to send; rejects where the server did not take it. */
  async #isSent({ sessionId, to, address, caller }: TranscriptOrder): Promise<boolean> {
    const { mailer, record, log } = this.#parts;
    const { isForgotten, isOver, text } = await transcriptOf(record, sessionId);
    if (isForgotten) {
      log.info('a transcript is not mailed: nothing of the call is on record', { sessionId });
      return true;
    }
    if (!isOver) return false;
    const subject = `Transcript of a call from ${caller}`;
    const id = `${sessionId}.transcript.${to}`;
    const whole = `Caller: ${caller}\nCall: ${sessionId}\n\n${text}\n`;
    await mailer.send({ to: address, subject, text: whole, id }, this.#stop.signal);
    log.info('a transcript was mailed', { sessionId, to });
    return true;
  }
}
