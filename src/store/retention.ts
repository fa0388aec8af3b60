import type { Log } from '../observe/observe.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { messageOf } from '../runtime/errors.ts';
import { organisationIds } from './organisation-ids.ts';
import { deleteSessions } from './session-records.ts';
import type { Database } from './store.ts';

/** Soon after a start, when the database has been opened and nobody is in a hurry. */
const firstSweepMs = 60_000;
/** Days are what is promised: hours late is on time. */
const sweepEveryMs = 6 * 3_600_000;
/** Sessions in one transaction: a tool that waits for the one connection waits for a moment. */
const sessionsMax = 100;
const dayMs = 86_400_000;

export interface RetentionParts {
  readonly database: Database;
  /** Read again for every sweep. */
  readonly days: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Deletes what has been kept long enough, in small steps, for as long as it is open. */
export class RetentionSweep implements Closer {
  readonly #parts: RetentionParts;
  #timer: Timer | null;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#timer = this.#sweepIn(firstSweepMs);
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.#work;
  }

  #sweepIn(delayMs: number): Timer {
    return this.#parts.clock.setTimer(delayMs, () => {
      this.#work = this.#sweep().finally(() => {
        if (this.#timer !== null) this.#timer = this.#sweepIn(sweepEveryMs);
      });
    });
  }

  async #sweep(): Promise<void> {
    const { clock, database, days, log } = this.#parts;
    const before = new Date(clock.epochMs() - days() * dayMs);
    try {
      let sessionCount = 0;
      for (const organisationId of await organisationIds(database)) {
        let deleted: number;
        do {
          if (this.#timer === null) return;
          deleted = await deleteOldest(database, organisationId, before);
          sessionCount += deleted;
        } while (deleted === sessionsMax);
      }
      if (sessionCount > 0) log.info('sessions were deleted for their age', { sessionCount });
    } catch (error) {
      log.warn('what is too old could not be deleted for now', { reason: messageOf(error) });
    }
  }
}

/** The oldest sessions that began before then, with all that is kept of them; gives how many. */
async function deleteOldest(
  database: Database,
  organisationId: string,
  before: Date,
): Promise<number> {
  return database.transaction(
    async (rows) => {
      const found = await rows
        .selectFrom('sessions')
        .select('id')
        .where('started_at', '<', before)
        .orderBy('started_at')
        .limit(sessionsMax)
        .execute();
      await deleteSessions(
        rows,
        found.map(({ id }) => id),
      );
      return found.length;
    },
    { organisationId },
  );
}
