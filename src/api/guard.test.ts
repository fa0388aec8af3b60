import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { CallRegistry } from '../asterisk/call-registry.ts';
import { jsonLog } from '../observe/log.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import { redactor } from '../observe/redact.ts';
import { addressRanges } from '../runtime/address-ranges.ts';
import { seededRandom } from '../runtime/random.ts';
import type { Role } from '../runtime/role.ts';
import { noDatabase } from '../store/no-database.ts';
import { type Database, defaultOrganisationId } from '../store/store.ts';
import { openTestDatabase } from '../tools/testing/test-database.ts';
import { type Api, buildApi } from './app.ts';
import { ApiKeys } from './auth/api-keys.ts';
import { Audit, type AuditEntry } from './auth/audit.ts';
import { Credentials } from './auth/credentials.ts';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';
const otherOrganisationId = '00000000-0000-4000-8000-00000000000d';
const clock = new VirtualClock();
const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
const random = seededRandom(4);
const lines: string[] = [];
const log = jsonLog({
  levels: { level: 'debug', components: {} },
  redactor: redactor([]),
  epochMs: () => clock.epochMs(),
  write: (line) => lines.push(line),
});
const calls = new CallRegistry({ clock, log, metrics, destinations: new Map() });
const store = { database: undefined as Database | undefined, reads: 0 };

before(async () => {
  store.database = openTestDatabase();
  await store.database.transaction(
    (rows) =>
      rows
        .insertInto('organisations')
        .values({ id: otherOrganisationId, slug: 'other', name: 'Other' })
        .execute(),
    { organisationId: otherOrganisationId, limitMs: 30_000 },
  );
});
after(() => store.database?.close());

function transactions(): Pick<Database, 'transaction'> {
  const { database } = store;
  assert.ok(database);
  return {
    transaction: (work, options) => {
      if (options?.isReadOnly === true) store.reads += 1;
      return database.transaction(work, options);
    },
  };
}

const byOperator: AuditEntry = {
  action: 'key-create',
  target: null,
  outcome: 'done',
  actor: null,
  organisationId: defaultOrganisationId,
  atEpochMs: 0,
  peerAddress: null,
  requestId: null,
};

/** An API that asks for credentials, with keys of each kind that a test may want. */
async function startApi({ failuresPerMinuteMax = 30, proxies = [] as string[] } = {}) {
  const parts = { database: transactions(), clock, random, log, metrics };
  const [keys, audit] = [new ApiKeys(parts), new Audit(parts)];
  const credentials = new Credentials({
    ...parts,
    keys,
    audit,
    issuers: null,
    failuresPerMinuteMax,
  });
  const session = {
    callId: uuid,
    transport: 'audiosocket',
    provider: 'local',
    persona: 'waiter',
    startedAtEpochMs: 0,
  } as const;
  const api = await buildApi({
    gateway: {
      state: () => 'serving',
      providers: [],
      journal: { isWritable: true },
      loop: { isBusy: false },
      sessions: () => [
        { ...session, sessionId: 'ours', organisationId: defaultOrganisationId },
        { ...session, sessionId: 'theirs', organisationId: otherOrganisationId },
      ],
      calls,
      metrics,
    },
    auth: { mode: 'required', metricsToken: 'metrics-token', credentials },
    keys,
    audit,
    log,
    random,
    version: '1.2.3',
    limits: { requestsPerMinuteMax: 5_000 },
    trustedProxies: addressRanges(proxies),
  });
  const keyFor = async (
    role: Role,
    { organisationId = defaultOrganisationId, expiresAt = null as Date | null } = {},
  ) => (await keys.create({ name: 'test', role, organisationId, expiresAt }, byOperator)).text;
  return { api, audit, keyFor, keys };
}

type Method = 'GET' | 'POST' | 'DELETE';

async function ask(
  api: Api,
  url: string,
  bearer?: string,
  {
    method = 'GET' as Method,
    body = undefined as object | undefined,
    from = '192.0.2.7',
    by = '',
  } = {},
) {
  const answer = await api.inject({
    url,
    method,
    remoteAddress: from,
    ...(body === undefined ? {} : { payload: body }),
    headers: {
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(by !== '' && { 'x-forwarded-for': by }),
    },
  });
  const { headers, payload, statusCode: status } = answer;
  const isJson = String(headers['content-type']).includes('json');
  return { status, headers, body: isJson ? JSON.parse(payload) : payload };
}

test('[O3] with auth required every route but health and readiness needs credentials', async () => {
  const { api } = await startApi();
  for (const url of ['/healthz', '/readyz']) assert.equal((await ask(api, url)).status, 200);
  const guarded = ['/metrics', '/sessions', '/api/keys', '/docs', '/docs/json', '/nothing'];
  for (const url of [...guarded, `/asterisk/calls/${uuid}/next`]) {
    for (const from of ['192.0.2.7', '127.0.0.1']) {
      const { body, headers, status } = await ask(api, url, undefined, { from });
      assert.deepEqual([status, body.code], [401, 'UNAUTHENTICATED'], url);
      assert.equal(headers['www-authenticate'], 'Bearer realm="offhook"');
      assert.match(String(headers['content-type']), /^application\/problem\+json/);
    }
  }
});

test('[O3] a role that is too low is told which one is needed', async () => {
  const { api, keyFor } = await startApi();
  const [employee, manager, admin] = await Promise.all(
    (['EMPLOYEE', 'MANAGER', 'SYSTEM_ADMIN'] as const).map((role) => keyFor(role)),
  );
  const statuses = async (url: string) =>
    Promise.all([employee, manager, admin].map(async (key) => (await ask(api, url, key)).status));
  assert.deepEqual(await statuses('/docs/json'), [200, 200, 200]);
  assert.deepEqual(await statuses('/nothing'), [404, 404, 404]);
  assert.deepEqual(await statuses('/sessions'), [403, 200, 200]);
  assert.deepEqual(await statuses(`/asterisk/calls/${uuid}/next`), [403, 200, 200]);
  assert.deepEqual(await statuses('/metrics'), [403, 403, 200]);
  assert.deepEqual(await statuses('/api/keys'), [403, 403, 200]);
  const { body } = await ask(api, '/api/keys', manager);
  assert.equal(body.code, 'ROLE_TOO_LOW');
  assert.deepEqual(body.details, { minRole: 'SYSTEM_ADMIN', role: 'MANAGER' });
  assert.equal((await ask(api, '/metrics', 'metrics-token')).status, 200);
  assert.equal((await ask(api, '/sessions', 'metrics-token')).status, 401);
});

test('[O3] a key is told once, listed without its secret and refused once revoked', async () => {
  const { api, audit, keyFor } = await startApi();
  const admin = await keyFor('SYSTEM_ADMIN');
  const post = { method: 'POST', body: { name: 'Asterisk', role: 'MANAGER' } } as const;
  const { body: made, status } = await ask(api, '/api/keys', admin, post);
  assert.equal(status, 201);
  assert.match(made.key, /^ofk_[0-9a-z]{12}_[0-9a-z]{42}$/);
  assert.equal((await ask(api, '/sessions', made.key)).status, 200);
  const listed = await ask(api, '/api/keys', admin);
  const secret = made.key.split('_')[2];
  assert.ok(JSON.stringify(listed.body).includes(made.id));
  assert.ok(!JSON.stringify(listed.body).includes(secret));
  const stored = await transactions().transaction((rows) =>
    rows.selectFrom('api_keys').selectAll().where('id', '=', made.id).executeTakeFirstOrThrow(),
  );
  assert.ok(!JSON.stringify(stored).includes(secret));
  const revoke = { method: 'DELETE' } as const;
  assert.equal((await ask(api, `/api/keys/${made.id}`, admin, revoke)).status, 204);
  const { body, headers } = await ask(api, '/sessions', made.key);
  assert.deepEqual([body.status, body.details.reason], [401, 'revoked']);
  assert.equal(headers['www-authenticate'], 'Bearer realm="offhook", error="invalid_token"');
  assert.equal((await ask(api, `/api/keys/${made.id}`, admin, revoke)).body.code, 'NOT_FOUND');
  await audit.close();
  const rows = await transactions().transaction((all) =>
    all.selectFrom('audit_log').selectAll().where('target', '=', made.id).orderBy('id').execute(),
  );
  const facts = rows.map((row) => [row.action, row.actor_kind, row.outcome, row.peer_address]);
  assert.deepEqual(facts, [
    ['key-create', 'key', 'done', '192.0.2.7'],
    ['key-revoke', 'key', 'done', '192.0.2.7'],
  ]);
  assert.match(String(rows[0]?.request_id), /^req_/);
});

test('[O3] a key revoked by another process is refused a second later at the latest', async () => {
  const [first, second] = [await startApi(), await startApi()];
  const text = await first.keyFor('MANAGER');
  const id = text.split('_')[1] ?? '';
  assert.equal((await ask(first.api, '/sessions', text)).status, 200);
  const readsBefore = store.reads;
  assert.equal((await ask(first.api, '/sessions', text)).status, 200);
  assert.equal(store.reads, readsBefore);
  await second.keys.revoke(id, defaultOrganisationId, byOperator);
  clock.advance(1_000);
  assert.equal((await ask(first.api, '/sessions', text)).status, 401);
});

test('[O3] expired, cut and made-up keys are refused', async () => {
  const { api, keyFor } = await startApi();
  const expiresAt = new Date(clock.epochMs() + 5_000);
  const key = await keyFor('MANAGER', { expiresAt });
  assert.equal((await ask(api, '/sessions', key)).status, 200);
  clock.advance(5_000);
  assert.equal((await ask(api, '/sessions', key)).body.details.reason, 'expired');
  const [prefix, id, secret = ''] = key.split('_');
  const wrong = `${prefix}_${id}_${secret.slice(1)}${secret[0] === 'a' ? 'b' : 'a'}`;
  for (const text of [wrong, key.slice(0, -1), `${key}x`, `ofk_${'0'.repeat(12)}_${secret}`, 'x']) {
    assert.equal((await ask(api, '/sessions', text)).body.details.reason, 'key', text);
  }
});

test('[O3] [A6] a key works for its own organisation and no other', async () => {
  const { api, keyFor } = await startApi();
  const admin = await keyFor('SYSTEM_ADMIN', { organisationId: otherOrganisationId });
  const { body } = await ask(api, '/sessions', admin);
  assert.deepEqual(
    body.sessions.map(({ sessionId }: { sessionId: string }) => sessionId),
    ['theirs'],
  );
  const keys = await ask(api, '/api/keys', admin);
  assert.deepEqual(
    keys.body.keys.map(({ organisationId }: { organisationId: string }) => organisationId),
    [otherOrganisationId],
  );
  const others = await ask(api, `/api/keys?organisationId=${defaultOrganisationId}`, admin);
  assert.deepEqual([others.status, others.body.code], [403, 'FORBIDDEN']);
  const announce = { method: 'POST', body: { uuid } } as const;
  assert.equal((await ask(api, '/asterisk/calls', admin, announce)).status, 201);
  assert.equal(calls.claim(uuid)?.organisationId, otherOrganisationId);
  const forged = { ...announce, body: { uuid, organisationId: defaultOrganisationId } };
  assert.equal((await ask(api, '/asterisk/calls', admin, forged)).status, 403);
});

test('[O3] [A5] an address with too many wrong keys waits, and others do not', async () => {
  const { api, audit, keyFor } = await startApi({ failuresPerMinuteMax: 20 });
  const key = await keyFor('MANAGER');
  const auditCount = () =>
    transactions().transaction(async (rows) => {
      const found = await rows
        .selectFrom('audit_log')
        .select('id')
        .where('peer_address', '=', '2001:db8::1')
        .execute();
      return found.length;
    });
  for (let count = 0; count < 20; count += 1) {
    assert.equal((await ask(api, '/sessions', 'guess', { from: '2001:db8::1' })).status, 401);
  }
  const { body, headers, status } = await ask(api, '/sessions', key, { from: '2001:db8::2' });
  assert.deepEqual([status, body.code, headers['retry-after']], [429, 'RATE_LIMITED', '60']);
  assert.equal((await ask(api, '/sessions', key, { from: '2001:db8:0:1::1' })).status, 200);
  clock.advance(60_000);
  assert.equal((await ask(api, '/sessions', key, { from: '2001:db8::1' })).status, 200);
  await audit.close();
  assert.equal(await auditCount(), 10);
});

test('[A5] [O3] behind a trusted proxy each client has its own limit and name', async () => {
  const { api, audit, keyFor } = await startApi({
    failuresPerMinuteMax: 5,
    proxies: ['10.0.0.0/8'],
  });
  const key = await keyFor('MANAGER');
  const status = async (bearer: string, from: string, by: string) =>
    (await ask(api, '/sessions', bearer, { from, by })).status;
  for (let count = 0; count < 5; count += 1) {
    assert.equal(await status('guess', '10.0.0.1', `203.0.113.${count}, 198.51.100.7`), 401);
  }
  assert.equal(await status(key, '10.0.0.1', '198.51.100.7'), 429);
  assert.equal(await status(key, '10.0.0.1', '198.51.100.8'), 200);
  assert.equal(await status(key, '198.51.100.9', '198.51.100.7'), 200, 'nobody else is believed');
  await audit.close();
  const rows = await transactions().transaction((all) =>
    all
      .selectFrom('audit_log')
      .select('peer_address')
      .where('peer_address', '=', '198.51.100.7')
      .execute(),
  );
  assert.equal(rows.length, 5);
});

test('[O3] [V14] credentials are never in the log, right or wrong', async () => {
  const { api, keyFor } = await startApi();
  const key = await keyFor('MANAGER');
  lines.length = 0;
  const wrong = `${key.slice(0, -4)}zzzz`;
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canarysignature';
  for (const bearer of [key, wrong, jwt, 'canary-odd']) await ask(api, '/sessions', bearer);
  log.warn(`a key in a sentence: ${key}`, { header: `Bearer ${key}`, note: { text: key } });
  const [, id = '', secret = ''] = key.split('_');
  const all = lines.join('');
  assert.match(all, /"action":"credentials"/);
  assert.ok(all.includes(id));
  assert.ok(!all.includes(secret) && !all.includes(secret.slice(0, -4)));
  assert.doesNotMatch(all, /canary/);
});

test('[O3] a database that is away lets nobody in, and does not count as a wrong key', async () => {
  const keys = new ApiKeys({ database: noDatabase(), clock, random, log });
  const text = `ofk_${'a'.repeat(12)}_${'b'.repeat(42)}`;
  await assert.rejects(keys.check(text), { code: 'STORE_UNAVAILABLE' });
  await assert.rejects(keys.check(text), { code: 'STORE_UNAVAILABLE' });
});
