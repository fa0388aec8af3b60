import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { GatewayError } from '../../runtime/errors.ts';
import { defaultOrganisationId } from '../../store/store.ts';
import type { AiDoor } from '../ai/ai-door.ts';
import { buildApi } from '../app.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiAuth } from '../guard.ts';
import { apiParts } from '../testing/api-parts.ts';
import { FakeConversations } from '../testing/fake-conversations.ts';

const json = { 'content-type': 'application/json' };
/** Of requests that never were on a wire. */
const own = { host: 'localhost:0' };

async function world(
  context: TestContext,
  options: Partial<AiDoor> = {},
  auth: ApiAuth = { mode: 'loopback', metricsToken: null },
) {
  const conversations = new FakeConversations();
  const { clock, metrics, parts } = apiParts({ auth });
  const door: AiDoor = {
    isEnabled: true,
    textCharsMax: 8_000,
    requestsPerMinuteMax: 600,
    conversations,
    defaultPersona: () => 'waiter',
    refusal: async () => null,
    clock,
    metrics,
    ...options,
  };
  const noted: unknown[] = [];
  const audit = parts.audit;
  audit.note = (_request, deed) => void noted.push(deed);
  const api = await buildApi({ ...parts, ai: door, audit });
  context.after(() => api.close());
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    api.inject({
      method: 'POST',
      url: `/ai/${path}`,
      headers: { ...own, ...json, ...headers },
      payload: body,
    });
  const say = (body: object, headers?: Record<string, string>) => post('say', body, headers);
  const persona = (body: object, headers?: Record<string, string>) =>
    post('persona', body, headers);
  const healthz = (query = '') => api.inject({ url: `/ai/healthz${query}`, headers: own });
  return { api, clock, conversations, healthz, metrics, noted, persona, say };
}

/** A server on a port, and a client that can leave in mid-answer. */
async function listening(context: TestContext) {
  const made = await world(context);
  made.conversations.isEchoing = false;
  await made.api.listen({ host: '127.0.0.1', port: 0 });
  const { port } = made.api.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/ai/say`;
  const stream = (body: object) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(url, { method: 'POST', headers: json }, resolve);
      request.on('error', reject).end(JSON.stringify({ ...body, stream: true }));
    });
  return { ...made, port, stream, url };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of response) text += piece;
  return text;
}

const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  String(answer.headers['set-cookie']).split(';')[0] ?? '';

test('[A3] what is said is answered, with the session that it was said in', async (context) => {
  const { say } = await world(context);
  const answer = await say({ text: ' Hello? ' });
  const sessionId = 'sess_000000000000000000000';
  assert.deepEqual(answer.json(), { ok: true, sessionId, reply: 'Hello?' });
  assert.equal(answer.statusCode, 200);
});

test('[A3] each caller has a session: by id, else by cookie, else a new one', async (context) => {
  const { conversations, say } = await world(context);
  const first = await say({ text: 'One.' });
  const { sessionId } = first.json();
  assert.match(
    String(first.headers['set-cookie']),
    /^offhook_ai_session=sess_\d{21}; Path=\/ai; HttpOnly; SameSite=Strict$/,
  );
  await say({ text: 'Two.', sessionId });
  const third = await say({ text: 'Three.' }, { cookie: `a=b; ${cookieOf(first)}` });
  assert.equal(third.headers['set-cookie'], undefined);
  await say({ text: 'Somebody else.' });
  assert.deepEqual(
    conversations.opened.map(({ asked }) => asked),
    [['One.', 'Two.', 'Three.'], ['Somebody else.']],
  );
});

test('[A3] an id of no session is 404; a cookie of none begins anew', async (context) => {
  const { conversations, say } = await world(context);
  const first = await say({ text: 'One.' });
  conversations.last.hangUp();
  const { sessionId } = first.json();
  const gone = await say({ text: 'Two.', sessionId });
  assert.deepEqual([gone.statusCode, gone.json().code], [404, 'NOT_FOUND']);
  const anew = await say({ text: 'Two.' }, { cookie: cookieOf(first) });
  assert.equal(anew.statusCode, 200);
  assert.notEqual(anew.json().sessionId, sessionId);
});

test('[A3] a session in another process is said to be there', async (context) => {
  const { conversations, healthz, persona, say } = await world(context);
  const sessionId = 'sess_111111111111111111111';
  conversations.elsewhere.set(sessionId, 'gateway-2');
  const answers = [
    await say({ text: 'Hello?', sessionId }),
    await persona({ key: 'cfo', sessionId }),
    await healthz(`?sessionId=${sessionId}`),
  ];
  for (const answer of answers) {
    const { code, details } = answer.json();
    assert.deepEqual([answer.statusCode, code], [421, 'SESSION_ELSEWHERE']);
    assert.equal(details.place, 'gateway-2');
  }
});

test('[A3] a persona is swapped within the session, and named by the health', async (context) => {
  const { healthz, noted, persona, say } = await world(context);
  const { sessionId } = (await say({ text: 'Hello?' })).json();
  const swapped = await persona({ key: 'cfo', sessionId });
  assert.deepEqual(swapped.json(), { ok: true, active: 'cfo' });
  const health = await healthz(`?sessionId=${sessionId}`);
  assert.deepEqual(health.json(), { ok: true, persona: 'cfo', realtime_enabled: true });
  await say({ text: 'Back, please.', sessionId, persona: 'waiter' });
  assert.equal((await healthz(`?sessionId=${sessionId}`)).json().persona, 'waiter');
  assert.deepEqual(noted, [
    { action: 'persona-swap', target: `${sessionId} cfo`, outcome: 'done' },
    { action: 'persona-swap', target: `${sessionId} waiter`, outcome: 'done' },
  ]);
});

test('[A3] without a session a persona opens one, and tells its id', async (context) => {
  const { conversations, persona } = await world(context);
  const answer = await persona({ key: 'cfo' });
  const { sessionId } = conversations.last;
  assert.deepEqual(answer.json(), { ok: true, active: 'cfo', sessionId });
  assert.match(String(answer.headers['set-cookie']), new RegExp(sessionId));
});

test('[A3] a persona that there is not is 404 with the choices', async (context) => {
  const { conversations, persona, say } = await world(context);
  const { sessionId } = (await say({ text: 'Hello?' })).json();
  for (const answer of [
    await persona({ key: 'pirate' }),
    await persona({ key: 'pirate', sessionId }),
    await say({ text: 'Arr.', persona: 'pirate' }),
  ]) {
    assert.deepEqual([answer.statusCode, answer.json().code], [404, 'NOT_FOUND']);
    assert.equal(answer.json().details.choices, 'waiter, cfo');
  }
  assert.equal(conversations.opened.length, 1);
});

test('[A3] a second question while one is open is 423, one after the end 410', async (context) => {
  const { conversations, say } = await world(context);
  const { sessionId } = (await say({ text: 'One.' })).json();
  conversations.isEchoing = false;
  conversations.last.ask('Open.', () => undefined);
  const busy = await say({ text: 'Two.', sessionId });
  assert.deepEqual([busy.statusCode, busy.json().code], [423, 'SESSION_BUSY']);
  const error = new GatewayError('SESSION_ENDED', 'the session has ended');
  conversations.last.ask = () => {
    throw error;
  };
  const ended = await say({ text: 'Three.', sessionId });
  assert.deepEqual([ended.statusCode, ended.json().code], [410, 'SESSION_ENDED']);
});

test('[A3] health tells of a far provider and of what is off', async (context) => {
  const unreachable = new GatewayError('PROVIDER_UNREACHABLE', 'nobody there');
  const away = await world(context, { refusal: async () => unreachable });
  const health = await away.healthz();
  assert.equal(health.statusCode, 200);
  assert.deepEqual(health.json(), { ok: false, persona: 'waiter', realtime_enabled: true });
  const off = await world(context, { isEnabled: false });
  assert.equal((await off.healthz()).json().realtime_enabled, false);
  for (const answer of [await off.say({}), await off.persona({ key: 'cfo' })]) {
    assert.deepEqual([answer.statusCode, answer.json().code], [404, 'REALTIME_DISABLED']);
    assert.match(answer.json().detail, /^realtime_disabled/);
  }
  assert.equal(off.conversations.opened.length, 0);
});

test('[A3] bad input is 400, and each field is named with its limit', async (context) => {
  const { say, persona } = await world(context, { textCharsMax: 10 });
  const cases: [Awaited<ReturnType<typeof say>>, string, RegExp][] = [
    [await say({}), '/text', /string/],
    [await say({ text: '   ' }), '/text', />=1 /],
    [await say({ text: 'x'.repeat(11) }), '/text', /<=10 /],
    [await say({ text: 'Hello?', admin: true }), '/', /"admin"/],
    [await say({ text: 'Hello?', stream: 'yes' }), '/stream', /boolean/],
    [await persona({ key: 'x'.repeat(65) }), '/key', /<=64 /],
    [await persona({ key: 'cfo', trust: 'verified' }), '/', /"trust"/],
  ];
  for (const [answer, field, message] of cases) {
    const { code, details } = answer.json();
    assert.deepEqual([answer.statusCode, code], [400, 'REQUEST_INVALID']);
    assert.match(details[field], message);
  }
});

test('[A3] a body of 1 MB is 413, and nothing is opened for it', async (context) => {
  const { conversations, say } = await world(context);
  const answer = await say({ text: 'x'.repeat(1024 * 1024) });
  assert.deepEqual([answer.statusCode, answer.json().code], [413, 'REQUEST_TOO_LARGE']);
  assert.equal(conversations.opened.length, 0);
});

test('[A3] words of SQL are words, in texts and in ids', async (context) => {
  const { conversations, say, persona } = await world(context);
  const text = `'; DROP TABLE menu_items; -- %_\\" $1 \u0000`;
  assert.equal((await say({ text })).json().reply, text.trim());
  assert.deepEqual(conversations.last.asked, [text.trim()]);
  assert.equal((await say({ text: 'Hi.', sessionId: "' OR 1=1 --" })).statusCode, 404);
  assert.equal((await persona({ key: "cfo' --" })).statusCode, 404);
});

test('[O3] a web page of another origin can say nothing at 127.0.0.1', async (context) => {
  const { api, conversations } = await world(context);
  const payload = JSON.stringify({ text: 'Hello?', key: 'cfo' });
  const tries = [
    { ...json, origin: 'https://evil.test' },
    { ...json, 'sec-fetch-site': 'cross-site' },
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
  ];
  for (const url of ['/ai/say', '/ai/persona']) {
    for (const headers of tries) {
      const answer = await api.inject({
        method: 'POST',
        url,
        headers: { ...own, ...headers },
        payload,
      });
      assert.deepEqual([answer.statusCode, answer.json().code], [403, 'FORBIDDEN']);
    }
  }
  assert.equal(conversations.opened.length, 0);
});

/** Whoever says `Bearer NAME` is the key of that name. */
const byName: ApiAuth = {
  mode: 'required',
  metricsToken: null,
  credentials: {
    check: async (_request, bearer = ''): Promise<Principal> => ({
      kind: 'key',
      id: bearer,
      organisationId: defaultOrganisationId,
      role: 'EMPLOYEE',
      trust: bearer === 'verified' ? 'verified' : 'identified',
    }),
  },
};
const as = (name: string) => ({ authorization: `Bearer ${name}` });

test('[V19] only the verified have the cfo, and tries are on record', async (context) => {
  const { conversations, noted, persona, say } = await world(context, {}, byName);
  const { sessionId } = (await say({ text: 'Hello?' }, as('guest'))).json();
  for (const answer of [
    await persona({ key: 'cfo', sessionId }, as('guest')),
    await persona({ key: 'cfo' }, as('other')),
    await say({ text: 'The ledger.', persona: 'cfo' }, as('third')),
  ]) {
    assert.deepEqual([answer.statusCode, answer.json().code], [403, 'TRUST_TOO_LOW']);
  }
  assert.equal(conversations.opened.length, 1);
  assert.deepEqual(noted, [
    { action: 'persona-swap', target: `${sessionId} cfo`, outcome: 'refused' },
    { action: 'persona-swap', target: 'new session cfo', outcome: 'refused' },
    { action: 'persona-swap', target: 'new session cfo', outcome: 'refused' },
  ]);
  assert.equal((await persona({ key: 'cfo' }, as('verified'))).json().active, 'cfo');
});

test('[O3] a session is of the principal that opened it: others find none', async (context) => {
  const { conversations, persona, say } = await world(context, {}, byName);
  const first = await say({ text: 'Hello?' }, as('ann'));
  const { sessionId } = first.json();
  assert.equal((await say({ text: 'Hello?', sessionId }, as('bob'))).statusCode, 404);
  assert.equal((await persona({ key: 'waiter', sessionId }, as('bob'))).statusCode, 404);
  const other = await say({ text: 'Hello?' }, { cookie: cookieOf(first), ...as('bob') });
  assert.notEqual(other.json().sessionId, sessionId);
  assert.deepEqual(conversations.opened[0]?.asked, ['Hello?']);
});

test('[A5] a key that asks too often is told how long to wait', async (context) => {
  const { metrics, say } = await world(context, { requestsPerMinuteMax: 2 }, byName);
  const statuses = [];
  for (let count = 0; count < 3; count += 1) {
    statuses.push((await say({ text: 'Hello?' }, as('ann'))).statusCode);
  }
  assert.deepEqual(statuses, [200, 200, 429]);
  const refused = await say({ text: 'Hello?' }, as('ann'));
  assert.equal(refused.json().code, 'RATE_LIMITED');
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.equal((await say({ text: 'Hello?' }, as('bob'))).statusCode, 200);
  assert.match(await metrics.text(), /offhook_limits_total\{limit="ai_requests"\} 2\n/);
});

test('[O4] a request bears its id and its trace into the session', async (context) => {
  const { conversations, say } = await world(context);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const answer = await say({ text: 'Hello?' }, { 'x-request-id': 'mine-7', traceparent });
  assert.equal(answer.headers['x-request-id'], 'mine-7');
  assert.equal(conversations.last.traceparent, traceparent);
  const nothing = `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`;
  for (const wrong of ['nonsense', nothing]) {
    await say({ text: 'Hello?' }, { traceparent: wrong });
    assert.equal(conversations.last.traceparent, undefined);
  }
});

test('[A3] a stream has the pieces, the tools, and the same answer at its end', async (context) => {
  const { conversations, stream } = await listening(context);
  const response = await stream({ text: 'Hello?' });
  assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(response.headers['x-accel-buffering'], 'no');
  const { last } = conversations;
  last.tell({ type: 'tool', name: 'lookup_menu', state: 'started' });
  last.tell({ type: 'delta', text: 'Hello\n' });
  last.tell({ type: 'delta', text: 'you.' });
  last.tell({ type: 'answered', text: 'Hello\nyou.' });
  const { sessionId } = last;
  assert.equal(
    await textOf(response),
    'event: tool\ndata: {"name":"lookup_menu","state":"started"}\n\n' +
      'event: delta\ndata: {"text":"Hello\\n"}\n\n' +
      'event: delta\ndata: {"text":"you."}\n\n' +
      `event: done\ndata: {"ok":true,"sessionId":"${sessionId}","reply":"Hello\\nyou."}\n\n`,
  );
});

test('[A3] an error in mid-stream is its last event', async (context) => {
  const { conversations, stream } = await listening(context);
  const response = await stream({ text: 'Hello?' });
  const { sessionId } = conversations.last;
  const busy = await stream({ text: 'And?', sessionId });
  assert.equal(busy.statusCode, 423);
  assert.equal(busy.headers['content-type'], 'application/problem+json; charset=utf-8');
  busy.resume();
  conversations.last.tell({ type: 'failed', error: new GatewayError('PROVIDER_TIMEOUT', 'late') });
  assert.match(await textOf(response), /^event: error\ndata: \{.*"code":"PROVIDER_TIMEOUT"/);
});

test('[A3] a quiet stream shows that it lives', async (context) => {
  const { clock, conversations, stream } = await listening(context);
  const response = await stream({ text: 'Hello?' });
  clock.advance(31_000);
  conversations.last.tell({ type: 'answered', text: 'Hello.' });
  assert.match(await textOf(response), /^: still here\n\n: still here\n\nevent: done\n/);
});

test('[A3] who leaves in mid-answer ends a session that nobody else knows of', async (context) => {
  const { conversations, stream } = await listening(context);
  const first = await stream({ text: 'Hello?' });
  const own = conversations.last;
  const { promise: wasLeft, resolve } = Promise.withResolvers<void>();
  own.hangUp = resolve;
  first.destroy();
  await wasLeft;
});

test('[A3] who does not read is dropped at a bound, and counted', async (context) => {
  const { conversations, metrics, stream } = await listening(context);
  const response = await stream({ text: 'Hello?' });
  const { last } = conversations;
  const { promise: wasDropped, resolve } = Promise.withResolvers<void>();
  last.hangUp = resolve;
  for (let piece = 0; piece < 2_000; piece += 1) {
    last.tell({ type: 'delta', text: 'x'.repeat(10_000) });
  }
  await wasDropped;
  response.on('error', () => undefined).destroy();
  assert.match(await metrics.text(), /offhook_limits_total\{limit="ai_stream_backlog"\} 1\n/);
});

test('[A3] who accepts events gets them, unless they say stream: false', async (context) => {
  const { say } = await world(context);
  const events = { accept: 'text/event-stream' };
  const stream = await say({ text: 'Hello?' }, events);
  assert.match(stream.body, /^event: done\ndata: \{"ok":true,/);
  const whole = await say({ text: 'Hello?', stream: false }, events);
  assert.equal(whole.json().reply, 'Hello?');
});

test('the document shows the routes of /ai with examples', async (context) => {
  const { api } = await world(context);
  const { paths } = (await api.inject({ url: '/docs/json', headers: own })).json();
  const { examples } = paths['/ai/say'].post.requestBody.content['application/json'];
  assert.deepEqual(examples.example1.value, { text: 'What fish do you have today?' });
  assert.ok(paths['/ai/persona'].post && paths['/ai/healthz'].get);
});
