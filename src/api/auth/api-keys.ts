import type { Log } from '../../observe/observe.ts';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError, messageOf } from '../../runtime/errors.ts';
import type { Random } from '../../runtime/random.ts';
import type { Role } from '../../runtime/role.ts';
import { sqlStateOf } from '../../store/engine.ts';
import type { Database } from '../../store/store.ts';
import type { ApiKeysTable } from '../../store/tables.ts';
import { hashOf, isHashOf, newApiKey, readApiKey, writeApiKey } from './api-key.ts';
import { type AuditEntry, writeAudit } from './audit.ts';
import type { Principal } from './principal.ts';
import { refused } from './refusal.ts';

/** A key as lists show it. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly organisationId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  readonly organisationId: string;
  readonly expiresAt: Date | null;
}

/**
 * A key that was looked up is believed for so long: one that is revoked by another process is
 * refused a second later at the latest, one that is revoked here at once.
 */
const believedMsMax = 1_000;
/** Looked-up keys in memory. */
const believedMax = 1_000;
/** `last_used_at` is written no more often. */
const usedEveryMs = 60_000;
const foreignKeyViolation = '23503';

export interface ApiKeysParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type KeyRow = Pick<
  ApiKeysTable,
  'id' | 'role' | 'secret_sha256' | 'expires_at' | 'revoked_at' | 'last_used_at'
> & { readonly organisation_id: string };

interface Believed {
  readonly row: Promise<KeyRow | undefined>;
  readonly untilMs: number;
  usedAtEpochMs: number | null;
}

/** The keys of the API: in the database, of the secrets their hashes alone. */
export class ApiKeys {
  readonly #parts: ApiKeysParts;
  readonly #believed = new Map<string, Believed>();

  constructor(parts: ApiKeysParts) {
    this.#parts = parts;
  }

  /**
   * Makes a key and writes `audit` of it, both or neither; its text is told this once. Throws
   * `NOT_FOUND` for an organisation that there is not.
   */
  async create(
    { name, role, organisationId, expiresAt }: NewApiKey,
    audit: AuditEntry,
  ): Promise<{ readonly text: string; readonly record: ApiKeyRecord }> {
    const key = newApiKey(this.#parts.random);
    const values = {
      id: key.id,
      name,
      role,
      secret_sha256: hashOf(key.secret),
      expires_at: expiresAt,
    };
    try {
      const row = await this.#parts.database.transaction(
        async (rows) => {
          await writeAudit(rows, [{ ...audit, target: key.id }]);
          return await rows
            .insertInto('api_keys')
            .values(values)
            .returning(recordColumns)
            .executeTakeFirstOrThrow();
        },
        { organisationId },
      );
      return { text: writeApiKey(key), record: recordOf(row) };
    } catch (error) {
      if (sqlStateOf(error) !== foreignKeyViolation) throw error;
      const message = `there is no organisation ${organisationId}`;
      throw new GatewayError('NOT_FOUND', message, { organisationId }, error);
    }
  }

  /** The newest keys of an organisation, the revoked ones too, oldest first; at most 1,000. */
  async list(organisationId: string): Promise<readonly ApiKeyRecord[]> {
    const found = await this.#parts.database.transaction(
      (rows) =>
        rows
          .selectFrom('api_keys')
          .select(recordColumns)
          .orderBy('created_at', 'desc')
          .limit(listMax)
          .execute(),
      { organisationId, isReadOnly: true },
    );
    return found.reverse().map(recordOf);
  }

  /** Revokes a key and writes `audit` of it. Throws `NOT_FOUND` where there is none in force. */
  async revoke(id: string, organisationId: string, audit: AuditEntry): Promise<void> {
    const at = new Date(this.#parts.clock.epochMs());
    const { numUpdatedRows } = await this.#parts.database.transaction(
      async (rows) => {
        const result = await rows
          .updateTable('api_keys')
          .set({ revoked_at: at })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (result.numUpdatedRows > 0n) await writeAudit(rows, [audit]);
        return result;
      },
      { organisationId },
    );
    this.#believed.delete(id);
    if (numUpdatedRows > 0n) return;
    throw new GatewayError('NOT_FOUND', `there is no key ${id} in force`, { id });
  }

  /** Who bears `text`. Throws `UNAUTHENTICATED`, or that the database cannot be asked. */
  async check(text: string): Promise<Principal> {
    const key = readApiKey(text);
    if (key === null) throw refused('key', 'this is no key of the gateway: it is cut or misspelt');
    const believed = this.#lookUp(key.id);
    const row = await believed.row;
    // A wrong secret and a key that there is not are told in the same words.
    if (row === undefined || !isHashOf(row.secret_sha256, key.secret)) {
      throw refused('key', 'there is no such key');
    }
    const now = this.#parts.clock.epochMs();
    if (row.revoked_at !== null) throw refused('revoked', `key ${key.id} was revoked`);
    if (row.expires_at !== null && row.expires_at.getTime() <= now) {
      throw refused('expired', `key ${key.id} expired on ${row.expires_at.toISOString()}`);
    }
    this.#noteUse(believed, row, now);
    const { id, organisation_id: organisationId, role } = row;
    return { kind: 'key', id, organisationId, role, trust: 'verified' };
  }

  #lookUp(id: string): Believed {
    const nowMs = this.#parts.clock.monotonicMs();
    const known = this.#believed.get(id);
    if (known !== undefined && nowMs < known.untilMs) return known;
    this.#believed.delete(id);
    // The first is the one that was looked up longest ago.
    const [oldest] = this.#believed.keys();
    if (oldest !== undefined && this.#believed.size >= believedMax) this.#believed.delete(oldest);
    const row = this.#find(id);
    const believed = { row, untilMs: nowMs + believedMsMax, usedAtEpochMs: null };
    this.#believed.set(id, believed);
    row.catch(() => this.#believed.delete(id));
    return believed;
  }

  /** Across organisations: the policy `shown` lets the one row be seen whose id is named. */
  #find(id: string): Promise<KeyRow | undefined> {
    return this.#parts.database.transaction(
      async (rows) => {
        const { sql } = await import('kysely');
        await sql`select set_config('offhook.api_key_id', ${id}, true)`.execute(rows);
        return await rows
          .selectFrom('api_keys')
          .select(['id', 'organisation_id', 'role', 'secret_sha256'])
          .select(['expires_at', 'revoked_at', 'last_used_at'])
          .where('id', '=', id)
          .executeTakeFirst();
      },
      { isReadOnly: true },
    );
  }

  /** Nobody waits for it, and nothing depends on it. */
  #noteUse(believed: Believed, row: KeyRow, nowEpochMs: number): void {
    const usedAt = believed.usedAtEpochMs ?? row.last_used_at?.getTime() ?? 0;
    if (nowEpochMs - usedAt < usedEveryMs) return;
    believed.usedAtEpochMs = nowEpochMs;
    const { database, log } = this.#parts;
    const { id, organisation_id: organisationId } = row;
    const used = { last_used_at: new Date(nowEpochMs) };
    database
      .transaction(
        (rows) => rows.updateTable('api_keys').set(used).where('id', '=', id).execute(),
        { organisationId },
      )
      .catch((error) => {
        log.warn('the use of a key is not noted', { id, reason: messageOf(error) });
      });
  }
}

const listMax = 1_000;

const recordColumns = [
  'id',
  'name',
  'role',
  'organisation_id',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
] as const;

type RecordRow = Pick<
  ApiKeysTable,
  'id' | 'name' | 'role' | 'expires_at' | 'revoked_at' | 'last_used_at'
> & { readonly organisation_id: string; readonly created_at: Date };

function recordOf(row: RecordRow): ApiKeyRecord {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    organisationId: row.organisation_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}
