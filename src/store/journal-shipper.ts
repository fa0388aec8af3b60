import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { type CopyBatch, copyBatches, madeAhead } from './copy-batches.ts';
import { sqlStateOf } from './engine.ts';
import type { EntryBytes } from './entry-bytes.ts';
import type { JournalCopy } from './journal-copy.ts';
import type { SegmentPosition, SegmentReader } from './segment-files.ts';

export interface JournalShipperParts {
  readonly reader: SegmentReader;
  readonly copy: JournalCopy;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** While the database is away; doubles with every failure in a row. */
const retryDelayMsMin = 500;
const retryDelayMsMax = 30_000;
/** A little wait for more, so that a quiet gateway does not write one row at a time. */
const gatherMs = 200;
/** A process that is asked to end is not held up for longer. */
const restMsMax = 2_000;
/** SQLSTATE classes 22 and 23: the data, not the database, is what is wrong. */
const dataException = /^2[23]/;

const start: SegmentPosition = { segment: 0, bytes: 0 };

/**
 * Copies what is safe in the segment files to the database, in order, one batch at a time. The
 * position moves in the transaction that adds the entries: after whatever crash, of whichever side,
 * each is there once. Holds two batches in memory however far the copy is behind; the files wait.
 */
export class JournalShipper implements Closer {
  readonly #parts: JournalShipperParts;
  #safe: SegmentPosition = start;
  /** `null`: to be asked of the database, which may have been set back. */
  #position: SegmentPosition | null = null;
  #behindSinceMs: number | null = null;
  #failureCount = 0;
  /** No more work is begun, and then none goes on either. */
  #isClosing = false;
  #isOverdue = false;
  #timer: Timer | null = null;
  #work: Promise<void> | null = null;

  constructor(parts: JournalShipperParts) {
    this.#parts = parts;
  }

  /** Every line up to `safe` may be copied. */
  advance(safe: SegmentPosition): void {
    this.#safe = safe;
    if (this.#work === null && this.#timer === null) this.#workIn(gatherMs);
  }

  /** Copies the rest if the database takes it in a moment; else it is copied at the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#timer?.cancel();
    const overdue = this.#parts.clock.setTimer(restMsMax, () => {
      this.#isOverdue = true;
    });
    await this.#work;
    if (this.#isBehind() && this.#failureCount === 0) await this.#catchUp();
    overdue.cancel();
  }

  #workIn(delayMs: number): void {
    if (this.#isClosing) return;
    this.#timer = this.#parts.clock.setTimer(delayMs, () => {
      this.#timer = null;
      this.#work = this.#catchUp().finally(() => {
        this.#work = null;
        if (this.#failureCount > 0) this.#workIn(this.#retryDelayMs());
        else if (this.#isBehind()) this.#workIn(gatherMs);
      });
    });
  }

  async #catchUp(): Promise<void> {
    const { clock, copy, log, reader } = this.#parts;
    this.#behindSinceMs ??= clock.monotonicMs();
    this.#tellLag();
    try {
      this.#position ??= (await copy.position()) ?? start;
      while (this.#isBehind() && !this.#isOverdue) {
        const batches = copyBatches(reader, this.#position, this.#safe);
        for await (const batch of madeAhead(batches)) {
          await this.#add(batch);
          this.#tellLag();
          if (this.#isOverdue) return;
        }
      }
      if (this.#failureCount > 0) log.info('journal is copied to the database again');
      this.#failureCount = 0;
      this.#behindSinceMs = null;
    } catch (error) {
      this.#position = null;
      // Expected for as long as the database is away; anything else is told each time.
      const isExpected = error instanceof GatewayError && this.#failureCount > 0;
      if (!isExpected) log.warn('journal is not copied for now', { reason: messageOf(error) });
      this.#failureCount += 1;
    }
    this.#tellLag();
  }

  async #add({ entries, after, missedSegmentCount, badLineCount }: CopyBatch): Promise<void> {
    await this.#addOrSplit(entries, after);
    this.#position = after;
    const { log } = this.#parts;
    if (missedSegmentCount > 0) {
      this.#drop('segment-gone', missedSegmentCount);
      log.error('segments were deleted before they were copied', { missedSegmentCount });
    }
    if (badLineCount > 0) {
      this.#drop('bad-line', badLineCount);
      log.error('lines of the journal are not as they were written', { badLineCount, ...after });
    }
  }

  /** One entry that the database refuses does not hold up all others for ever. */
  async #addOrSplit(entries: EntryBytes, after: SegmentPosition): Promise<void> {
    const { copy, log } = this.#parts;
    try {
      await copy.add(entries, after);
    } catch (error) {
      if (entries.count === 0 || !dataException.test(sqlStateOf(error) ?? '')) throw error;
      const [first, others] = entries.halves();
      if (others.count === 0) {
        this.#drop('refused', 1);
        log.error('the database refuses a journal entry', { reason: messageOf(error), ...after });
        await copy.add(others, after);
        return;
      }
      // The position goes on with the second half alone.
      await this.#addOrSplit(first, this.#position ?? start);
      await this.#addOrSplit(others, after);
    }
  }

  #isBehind(): boolean {
    const [at, safe] = [this.#position, this.#safe];
    if (at === null) return true;
    return at.segment < safe.segment || (at.segment === safe.segment && at.bytes < safe.bytes);
  }

  #drop(reason: string, count: number): void {
    this.#parts.metrics.count('offhook_journal_dropped_total', { reason }, count);
  }

  #tellLag(): void {
    const { clock, metrics } = this.#parts;
    const lagMs = this.#behindSinceMs === null ? 0 : clock.monotonicMs() - this.#behindSinceMs;
    metrics.set('offhook_journal_copy_lag_seconds', {}, lagMs / 1_000);
  }

  #retryDelayMs(): number {
    return Math.min(retryDelayMsMin * 2 ** (this.#failureCount - 1), retryDelayMsMax);
  }
}
