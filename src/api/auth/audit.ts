import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Log, Metrics } from '../../observe/observe.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import type { Closer } from '../../runtime/closer.ts';
import { messageOf } from '../../runtime/errors.ts';
import { type Database, defaultOrganisationId } from '../../store/store.ts';
import type { AuditLogTable, Tables } from '../../store/tables.ts';
import type { Principal } from './principal.ts';

/** What can be done that somebody may ask about later. */
export type AuditAction = 'key-create' | 'key-revoke' | 'credentials' | 'persona-swap' | 'call-end';

/** What was done by a request. */
export interface Deed {
  readonly action: AuditAction;
  /** On what: an id, never a secret. */
  readonly target: string | null;
  readonly outcome: AuditLogTable['outcome'];
}

/** A deed with who did it, where and when. */
export interface AuditEntry extends Deed {
  readonly actor: Pick<Principal, 'kind' | 'id' | 'organisationId'> | null;
  /** Whose record it is. */
  readonly organisationId: string;
  readonly atEpochMs: number;
  readonly peerAddress: string | null;
  readonly requestId: string | null;
}

/** Entries that wait for the database: above, the newest are in the log alone. */
const waitingMax = 1_000;
const batchMax = 100;
/** A database that is away is asked again after this. */
const retryMs = 5_000;
/** While closing: entries that come from then on are in the log alone. */
const closeMsMax = 2_000;

/**
 * The record of who did what. `note` never waits and never fails: each deed is logged at once, and
 * written to the database behind the request's back.
 */
export class Audit implements Closer {
  readonly #parts: AuditParts;
  #waiting: AuditEntry[] = [];
  #work: Promise<void> | null = null;
  #timer: Timer | null = null;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** Notes what the one behind `request` did. */
  note(request: FastifyRequest, deed: Deed): void {
    this.add(this.entryOf(request, deed));
  }

  /** The whole entry, for those who write it together with the deed. */
  entryOf(request: FastifyRequest, deed: Deed): AuditEntry {
    const { clientAddress: peerAddress, id: requestId, principal } = request;
    return {
      ...deed,
      actor: principal,
      organisationId: principal?.organisationId ?? defaultOrganisationId,
      atEpochMs: this.#parts.clock.epochMs(),
      peerAddress,
      requestId,
    };
  }

  add(entry: AuditEntry): void {
    const { log, metrics } = this.#parts;
    log.info('audit', { ...entry });
    if (this.#waiting.length >= waitingMax) {
      metrics.count('offhook_limits_total', { limit: 'audit_waiting' });
      return;
    }
    this.#waiting.push(entry);
    if (this.#timer === null) this.#work ??= this.#write();
  }

  /** Writes what waits, if the database takes it. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    const { clock } = this.#parts;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimer(closeMsMax, resolve);
    await Promise.race([this.#work ?? this.#write(), over]);
    timer.cancel();
    this.#timer?.cancel();
  }

  async #write(): Promise<void> {
    const { clock, database, log } = this.#parts;
    try {
      while (this.#waiting.length > 0) {
        const [{ organisationId } = { organisationId: '' }] = this.#waiting;
        const batch = this.#waiting
          .filter((entry) => entry.organisationId === organisationId)
          .slice(0, batchMax);
        await database.transaction((rows) => writeAudit(rows, batch), { organisationId });
        const written = new Set(batch);
        this.#waiting = this.#waiting.filter((entry) => !written.has(entry));
      }
      this.#timer = null;
    } catch (error) {
      log.warn('audit is not in the database for now', { reason: messageOf(error) });
      this.#timer = clock.setTimer(retryMs, () => {
        this.#work ??= this.#write();
      });
    }
    this.#work = null;
  }
}

export interface AuditParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Writes entries of one organisation, in a transaction for it. */
export async function writeAudit(
  rows: Kysely<Tables>,
  entries: readonly AuditEntry[],
): Promise<void> {
  const values = entries.map(({ actor, action, outcome, target, ...entry }) => ({
    at: new Date(entry.atEpochMs),
    actor_kind: actor?.kind ?? ('stranger' as const),
    actor_id: actor?.id ?? null,
    action,
    target,
    outcome,
    peer_address: entry.peerAddress,
    request_id: entry.requestId,
  }));
  await rows.insertInto('audit_log').values(values).execute();
}
