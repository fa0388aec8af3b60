import type { Log, Metrics } from '../observe/observe.ts';
import { unreachable } from '../runtime/assert.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { JournalPort, JournalReply, OpenJournalPort } from './journal-port.ts';
import { LineBuffer } from './line-buffer.ts';
import { readEntries } from './read-entries.ts';
import type { SegmentPosition, SegmentReader } from './segment-files.ts';
import type { Recovery } from './segment-log.ts';
import type { Journal, JournalEntry } from './store.ts';

/** Entries wait at most this long, or until they are this many characters, for the writer. */
const postDelayMs = 50;
const postCharsMax = 256 * 1024;
/** Entries are safe on disk at most this long after they were written. */
const syncDelayMs = 1_000;
/** A disk that does not answer within this takes nothing, as far as callers can tell. */
const syncMsMax = 5_000;
/** An idle journal still turns over segments and deletes old ones. */
const upkeepDelayMs = 60 * 60 * 1_000;
/** Characters that are not safe yet: above, entries are dropped. Half an hour of 100 calls. */
const unsafeCharsMax = 16 * 1024 * 1024;
/** One entry: above, it is dropped. Many times the longest reply with its words. */
const entryCharsMax = 1024 * 1024;

export interface JournalParts {
  readonly openPort: OpenJournalPort;
  readonly reader: SegmentReader;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Takes secrets out of a line of JSON and leaves it JSON. */
  readonly scrub: (json: string) => string;
}

/** Entries that were posted together and are not safe yet. */
interface Batch {
  readonly through: number;
  readonly chars: number;
  readonly sinceMs: number;
}

interface Waiter {
  readonly through: number;
  readonly onSafe: () => void;
  readonly onFailed: (error: GatewayError) => void;
}

type Disk =
  | { readonly is: 'good' }
  /** Asked again every second. */
  | { readonly is: 'failing'; readonly sinceMs: number }
  /** Nobody is there to write. */
  | { readonly is: 'gone' };

type DropReason = 'too-long' | 'queue-full' | 'writer-gone';

/**
 * Opens the journal: what a former process left is checked and its sessions are ended. Rejects with
 * `STORE_LOCKED` or `STORE_UNAVAILABLE`. A full disk does not reject: the journal is not writable
 * then.
 */
export function openJournal(
  parts: JournalParts,
): Promise<{ readonly journal: FileJournal; readonly recovery: Recovery }> {
  return new Promise((resolve, reject) => {
    const journal: FileJournal = new FileJournal(parts, (opened) => {
      if (opened instanceof GatewayError) reject(opened);
      else resolve({ journal, recovery: opened });
    });
  });
}

/**
 * The gateway's half of the journal. `append` makes a line and no more; a port carries many
 * lines at once to the writer, and one sync at a time makes all of them safe for all who wait.
 */
export class FileJournal implements Journal, Closer {
  readonly #parts: JournalParts;
  readonly #port: JournalPort;
  readonly #onOpened: (opened: Recovery | GatewayError) => void;
  /** What was found, until the first sync has shown whether the disk can be written. */
  #recovery: Recovery | null = null;
  /** Counts entries taken, over all sessions. */
  #taken = 0;
  readonly #lines = new LineBuffer();
  #lineChars = 0;
  #linesSinceMs = 0;
  #postTimer: Timer | null = null;
  #batches: Batch[] = [];
  #unsafeChars = 0;
  #waiters: Waiter[] = [];
  /** The sync under way, and whether something wants another one after it. */
  #sync: { isWantedAgain: boolean; readonly overdue: Timer } | null = null;
  #syncTimer: { readonly timer: Timer; readonly atMs: number } | null = null;
  #disk: Disk = { is: 'good' };
  /** Highest sequence lost of each session that goes on. */
  readonly #dropped = new Map<string, number>();
  #droppedCount = 0;
  /** Up to where everything is safe, and who wants to know. */
  #safe: SegmentPosition | null = null;
  #onSafe: (safe: SegmentPosition) => void = () => undefined;
  #closing: Promise<void> | null = null;

  constructor(parts: JournalParts, onOpened: (opened: Recovery | GatewayError) => void) {
    this.#parts = parts;
    this.#onOpened = onOpened;
    this.#port = parts.openPort((reply) => this.#onReply(reply));
    this.#requestSync();
  }

  get isWritable(): boolean {
    return this.#disk.is === 'good';
  }

  append(entry: JournalEntry): void {
    const line = this.#parts.scrub(JSON.stringify(entry));
    const objection = this.#objectionTo(line);
    if (objection !== null) {
      this.#drop(entry, objection);
      return;
    }
    if (this.#lineChars === 0) this.#linesSinceMs = this.#parts.clock.monotonicMs();
    this.#taken += 1;
    this.#lines.add(line);
    this.#lineChars += line.length;
    this.#unsafeChars += line.length;
    if (entry.type === 'session-end') {
      this.#dropped.delete(entry.sessionId);
      this.#requestSync();
    } else if (this.#lineChars >= postCharsMax) this.#post();
    else this.#postTimer ??= this.#parts.clock.setTimer(postDelayMs, () => this.#post());
  }

  durable(sessionId: string, sequence: number): Promise<void> {
    if (sequence <= (this.#dropped.get(sessionId) ?? -1)) {
      return Promise.reject(diskFull(`entry ${sequence} of ${sessionId} was dropped`));
    }
    return this.#allSafe();
  }

  async *entries(sessionId: string): AsyncIterable<JournalEntry> {
    // What is not on disk then is not to be had: the reader is told what is.
    await Promise.allSettled([this.#allSafe()]);
    yield* readEntries(this.#parts.reader, sessionId);
  }

  /** Tells `onSafe`, now and whenever it moves, up to where every line is safe on disk. */
  follow(onSafe: (safe: SegmentPosition) => void): void {
    this.#onSafe = onSafe;
    if (this.#safe !== null) onSafe(this.#safe);
  }

  /**
   * Makes everything safe if the disk lets it, and ends the writer. Nothing is appended afterwards.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([this.#allSafe()]);
    this.#cancelTimers();
    await this.#port.close();
  }

  #objectionTo(line: string): DropReason | null {
    if (this.#disk.is === 'gone') return 'writer-gone';
    if (line.length > entryCharsMax) return 'too-long';
    return this.#unsafeChars + line.length > unsafeCharsMax ? 'queue-full' : null;
  }

  /** Settles when every entry taken so far is safe, or the disk has failed. */
  #allSafe(): Promise<void> {
    if (!this.isWritable) return Promise.reject(diskFull('the disk takes nothing'));
    const safe = new Promise<void>((onSafe, onFailed) => {
      this.#waiters.push({ through: this.#taken, onSafe, onFailed });
    });
    this.#requestSync();
    return safe;
  }

  #post(): void {
    this.#postTimer?.cancel();
    this.#postTimer = null;
    if (this.#lineChars === 0) return;
    const [chars, sinceMs] = [this.#lineChars, this.#linesSinceMs];
    this.#batches.push({ through: this.#taken, chars, sinceMs });
    this.#lineChars = 0;
    this.#port.post({ type: 'write', lines: this.#lines.take() });
    this.#syncWithin(syncDelayMs);
    this.#tellLag();
  }

  /** Starts a sync now, or right after the one under way. */
  #requestSync(): void {
    if (this.#sync !== null) {
      this.#sync.isWantedAgain = true;
      return;
    }
    this.#post();
    this.#syncTimer?.timer.cancel();
    this.#syncTimer = null;
    const { clock } = this.#parts;
    const overdue = clock.setTimer(syncMsMax, () => {
      this.#onFailed(`the disk has not answered for ${syncMsMax} ms`);
    });
    this.#sync = { isWantedAgain: false, overdue };
    this.#port.post({ type: 'sync', through: this.#taken, atEpochMs: clock.epochMs() });
  }

  /** A sync no later than this; an earlier one that is planned stays. */
  #syncWithin(delayMs: number): void {
    if (this.#sync !== null || this.#closing !== null) return;
    const { clock } = this.#parts;
    const atMs = clock.monotonicMs() + delayMs;
    if (this.#syncTimer !== null && this.#syncTimer.atMs <= atMs) return;
    this.#syncTimer?.timer.cancel();
    this.#syncTimer = { timer: clock.setTimer(delayMs, () => this.#requestSync()), atMs };
  }

  #onReply(reply: JournalReply): void {
    switch (reply.type) {
      case 'opened':
        this.#recovery = reply.recovery;
        break;
      case 'synced':
        this.#safe = reply.safe;
        this.#onSynced(reply.through);
        this.#onSafe(reply.safe);
        this.#onSyncOver();
        break;
      case 'failed':
        this.#onFailed(reply.message);
        this.#onSyncOver();
        break;
      case 'ended':
        this.#onEnded(reply.code, reply.message);
        break;
      default:
        unreachable(reply);
    }
  }

  #onSynced(through: number): void {
    while (this.#batches[0] !== undefined && this.#batches[0].through <= through) {
      this.#unsafeChars -= this.#batches[0].chars;
      this.#batches.shift();
    }
    const safe = this.#waiters.filter((waiter) => waiter.through <= through);
    this.#waiters = this.#waiters.filter((waiter) => waiter.through > through);
    for (const waiter of safe) waiter.onSafe();
    this.#tellLag();
    if (this.#disk.is !== 'failing') return;
    const failedMs = Math.round(this.#parts.clock.monotonicMs() - this.#disk.sinceMs);
    this.#disk = { is: 'good' };
    this.#parts.log.info('journal is written again', {
      failedMs,
      droppedCount: this.#droppedCount,
    });
  }

  #onFailed(message: string): void {
    const { clock, log } = this.#parts;
    const error = diskFull(message);
    for (const waiter of this.#waiters.splice(0)) waiter.onFailed(error);
    this.#tellLag();
    if (this.#disk.is !== 'good') return;
    this.#disk = { is: 'failing', sinceMs: clock.monotonicMs() };
    log.error('journal cannot be written', { reason: message });
  }

  #onSyncOver(): void {
    if (this.#recovery !== null) this.#onOpened(this.#recovery);
    this.#recovery = null;
    const sync = this.#sync;
    sync?.overdue.cancel();
    this.#sync = null;
    if (sync?.isWantedAgain && this.isWritable) this.#requestSync();
    else this.#syncWithin(this.#unsafeChars > 0 || !this.isWritable ? syncDelayMs : upkeepDelayMs);
  }

  /** The writer is gone: whatever waits has failed, and nothing is writable any more. */
  #onEnded(code: 'STORE_LOCKED' | 'STORE_UNAVAILABLE', message: string): void {
    this.#onFailed(message);
    this.#disk = { is: 'gone' };
    this.#cancelTimers();
    this.#onOpened(new GatewayError(code, message));
  }

  #cancelTimers(): void {
    this.#postTimer?.cancel();
    this.#syncTimer?.timer.cancel();
    this.#sync?.overdue.cancel();
  }

  #drop(entry: JournalEntry, reason: DropReason): void {
    const { log, metrics } = this.#parts;
    const { sessionId, sequence } = entry;
    if (this.#dropped.size === 0) log.error('journal entries are dropped', { reason, sessionId });
    this.#droppedCount += 1;
    metrics.count('offhook_journal_dropped_total', { reason });
    if (entry.type === 'session-end') this.#dropped.delete(sessionId);
    else this.#dropped.set(sessionId, sequence);
  }

  /** Sets the age of the oldest entry that is not safe. */
  #tellLag(): void {
    const sinceMs = this.#batches[0]?.sinceMs;
    const lagMs = sinceMs === undefined ? 0 : this.#parts.clock.monotonicMs() - sinceMs;
    this.#parts.metrics.set('offhook_journal_lag_seconds', {}, lagMs / 1_000);
  }
}

function diskFull(message: string): GatewayError {
  return new GatewayError('DISK_FULL', `the journal cannot be written: ${message}`);
}
