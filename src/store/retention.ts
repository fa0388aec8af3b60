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
/** One row each, where a session has many. */
const auditEntriesMax = 1_000;
const dayMs = 86_400_000;

export interface RetentionParts {
  readonly database: Database;
  /** How many days are kept of sessions and of who did what; read again for every sweep. */
  readonly days: () => { readonly sessions: number; readonly audit: number };
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
    const { sessions, audit } = days();
    const before = (dayCount: number) => new Date(clock.epochMs() - dayCount * dayMs);
    try {
      let sessionCount = 0;
      for (const organisationId of await organisationIds(database)) {
        const step = () => deleteOldest(database, organisationId, before(sessions));
        sessionCount += await this.#inSteps(step, sessionsMax);
      }
      if (sessionCount > 0) log.info('sessions were deleted for their age', { sessionCount });
      const step = () => deleteOldestAudit(database, before(audit));
      const entryCount = await this.#inSteps(step, auditEntriesMax);
      if (entryCount > 0) log.info('audit entries were deleted for their age', { entryCount });
    } catch (error) {
      log.warn('what is too old could not be deleted for now', { reason: messageOf(error) });
    }
  }

  /** Until a step deletes fewer than it may, or somebody closes this; gives how many in all. */
  async #inSteps(step: () => Promise<number>, stepMax: number): Promise<number> {
    let count = 0;
    for (let deleted = stepMax; deleted === stepMax && this.#timer !== null; count += deleted) {
      deleted = await step();
    }
    return count;
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

/** The oldest of every organisation, also of those that are not there any more; gives how many. */
async function deleteOldestAudit(database: Database, before: Date): Promise<number> {
  return database.transaction(async (rows) => {
    const { sql } = await import('kysely');
    await sql`select set_config('offhook.deletes_expired', 'yes', true)`.execute(rows);
    const oldest = rows
      .selectFrom('audit_log')
      .select('id')
      .where('at', '<', before)
      .orderBy('at')
      .limit(auditEntriesMax);
    const { numDeletedRows } = await rows
      .deleteFrom('audit_log')
      .where('id', 'in', oldest)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}
