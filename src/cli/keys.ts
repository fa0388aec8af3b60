import { z } from 'zod';
import { ApiKeys } from '../api/auth/api-keys.ts';
import type { AuditAction, AuditEntry } from '../api/auth/audit.ts';
import { operator } from '../api/auth/principal.ts';
import { type ApiKeyView, createdKey, keyList, viewOf } from '../api/routes/keys.ts';
import type { Config } from '../config/schema.ts';
import { jsonLog } from '../observe/log.ts';
import { redactor } from '../observe/redact.ts';
import type { Clock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import type { Role } from '../runtime/role.ts';
import { defaultOrganisationId } from '../store/store.ts';
import { commandDatabase } from './command-database.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Terminal, tableLines } from './terminal.ts';

export interface KeysOptions {
  readonly config: Pick<Config, 'api' | 'database' | 'store'>;
  /** What the running gateway is shown, where it asks: `OFFHOOK_API_KEY`. */
  readonly credentials: string | null;
  readonly organisationId: string | null;
  readonly clock: Clock;
  readonly random: Random;
}

export interface WantedKey {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt: Date | null;
}

/** Where keys are made: in the database, or by the gateway that alone has it open. */
interface KeyDoor {
  create(wanted: WantedKey): Promise<{ readonly text: string; readonly view: ApiKeyView }>;
  list(): Promise<readonly ApiKeyView[]>;
  revoke(id: string): Promise<void>;
}

const requestMsMax = 10_000;

/** `offhook keys create`: prints the key, this once, and nothing else on the way out. */
export async function createKey(
  wanted: WantedKey,
  options: KeysOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { text, view } = await throughDoor(options, (door) => door.create(wanted));
  const until = view.expiresAt === null ? 'until it is revoked' : `until ${view.expiresAt}`;
  terminal.complain(`Key ${view.id} of ${view.name}, ${view.role}, ${until}. It is shown once:`);
  terminal.print(text);
  return exitCodes.done;
}

/** `offhook keys list`: the keys of one organisation, without their secrets. */
export async function listKeys(
  { isJson }: { readonly isJson: boolean },
  options: KeysOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const keys = await throughDoor(options, (door) => door.list());
  if (isJson) {
    for (const key of keys) terminal.print(JSON.stringify(key));
    return exitCodes.done;
  }
  if (keys.length === 0) terminal.print('There are no keys: `keys create --name NAME` makes one.');
  const heading = ['key', 'name', 'role', 'created', 'expires', 'last used', 'state'];
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.role,
    dayOf(key.createdAt),
    dayOf(key.expiresAt),
    dayOf(key.lastUsedAt),
    key.revokedAt === null ? 'in force' : `revoked ${dayOf(key.revokedAt)}`,
  ]);
  if (rows.length > 0)
    for (const line of tableLines(terminal, [heading, ...rows])) terminal.print(line);
  return exitCodes.done;
}

/** `offhook keys revoke ID`, which may also be given as `ofk_ID`. */
export async function revokeKey(
  given: string,
  options: KeysOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const id = given.replace(/^ofk_/, '').split('_', 1)[0] ?? '';
  await throughDoor(options, (door) => door.revoke(id));
  terminal.print(
    `Key ${id} is revoked: from now on it is refused, by running gateways within 1 s.`,
  );
  return exitCodes.done;
}

/** When a key ends, as a person writes it: 90d, 12h or 2027-01-31. `null`: it is none of them. */
export function expiryOf(text: string, nowEpochMs: number): Date | null {
  const [, count, unit] = /^(\d{1,4})([dh])$/.exec(text) ?? [];
  const hourMs = 3_600_000;
  const after = Number(count) * (unit === 'd' ? 24 : 1) * hourMs;
  const isDay = /^\d{4}-\d{2}-\d{2}(?:T.*)?$/.test(text);
  const atEpochMs = count !== undefined ? nowEpochMs + after : isDay ? Date.parse(text) : NaN;
  return atEpochMs > nowEpochMs ? new Date(atEpochMs) : null;
}

/**
 * The database itself; the embedded one has one opener at a time: while a gateway runs, the gateway
 * is asked.
 */
async function throughDoor<Result>(
  options: KeysOptions,
  work: (door: KeyDoor) => Promise<Result>,
): Promise<Result> {
  if (options.config.store === 'none') {
    throw new GatewayError('CONFIG_INVALID', 'keys are in the database, and store is none');
  }
  const database = commandDatabase(options.config.database);
  try {
    return await work(databaseDoor(new ApiKeys({ ...options, database, log: noLog() }), options));
  } catch (error) {
    const isAway = error instanceof GatewayError && error.code === 'STORE_UNAVAILABLE';
    if (!isAway || !database.isEmbedded) throw error;
    return await work(gatewayDoor(options, error));
  } finally {
    await database.close();
  }
}

function noLog() {
  const write = () => undefined;
  const levels = { level: 'error', components: {} } as const;
  return jsonLog({ levels, redactor: redactor([]), epochMs: () => 0, write });
}

function databaseDoor(keys: ApiKeys, options: KeysOptions): KeyDoor {
  const organisationId = options.organisationId ?? defaultOrganisationId;
  const audit = (action: AuditAction, target: string | null): AuditEntry => ({
    action,
    target,
    outcome: 'done',
    actor: operator,
    organisationId,
    atEpochMs: options.clock.epochMs(),
    peerAddress: null,
    requestId: null,
  });
  return {
    async create(wanted) {
      const made = await keys.create({ ...wanted, organisationId }, audit('key-create', null));
      return { text: made.text, view: viewOf(made.record) };
    },
    list: async () => (await keys.list(organisationId)).map(viewOf),
    revoke: (id) => keys.revoke(id, organisationId, audit('key-revoke', id)),
  };
}

function gatewayDoor(
  { config, credentials, organisationId }: KeysOptions,
  away: GatewayError,
): KeyDoor {
  const { host, port } = config.api;
  const address = /^(?:0\.0\.0\.0|::|\[::\])$/.test(host) ? '127.0.0.1' : host;
  const query = organisationId === null ? '' : `?organisationId=${organisationId}`;
  const ask = async (path: string, { method = 'GET', body = null as object | null } = {}) => {
    const response = await fetch(`http://${address}:${port}/api/keys${path}`, {
      method,
      signal: AbortSignal.timeout(requestMsMax),
      headers: {
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(credentials === null ? {} : { authorization: `Bearer ${credentials}` }),
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    }).catch((cause) => {
      const message = `${away.message}; nor does a gateway answer at ${address}:${port}`;
      throw new GatewayError('STORE_UNAVAILABLE', message, {}, cause);
    });
    if (!response.ok) throw await objectionIn(response);
    return response.status === 204 ? null : await response.json();
  };
  return {
    async create({ expiresAt, ...wanted }) {
      const organisation = organisationId === null ? {} : { organisationId };
      const body = { ...wanted, ...organisation, expiresAt: expiresAt?.toISOString() ?? null };
      const { key: text, ...view } = createdKey.parse(await ask('', { method: 'POST', body }));
      return { text, view };
    },
    list: async () => keyList.parse(await ask(query)).keys,
    revoke: async (id) => {
      await ask(`/${encodeURIComponent(id)}${query}`, { method: 'DELETE' });
    },
  };
}

const objection = z.object({ detail: z.string() });

async function objectionIn(response: Response): Promise<GatewayError> {
  const parsed = objection.safeParse(await response.json().catch(() => null));
  const detail = parsed.data?.detail ?? `it answers ${response.status}`;
  if (response.status === 404) return new GatewayError('NOT_FOUND', detail);
  const cure =
    response.status === 401
      ? '. Set OFFHOOK_API_KEY to a key of SYSTEM_ADMIN, or stop the gateway for the first one: ' +
        'it alone has the embedded database open'
      : '';
  return new GatewayError('FORBIDDEN', `the running gateway refuses: ${detail}${cure}`);
}

function dayOf(instant: string | null): string {
  return instant === null ? '-' : instant.slice(0, 10);
}
