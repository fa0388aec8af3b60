import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { GatewayError } from '../runtime/errors.ts';
import { defaultOrganisationId } from '../store/store.ts';
import { serveApi } from './api-server.ts';
import { type ApiParts, buildApi } from './app.ts';
import { problem } from './problem.ts';
import { apiParts } from './testing/api-parts.ts';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';
async function startApi(context: TestContext, options: Partial<ApiParts> = {}) {
  const { parts, ...made } = apiParts(options);
  const api = await buildApi(parts);
  const url = await api.listen({ host: '127.0.0.1', port: 0 });
  context.after(() => api.close());
  const { port } = api.server.address() as AddressInfo;
  return { api, port, url, ...made };
}

function post(url: string, body: string, type: string, headers = {}): Promise<Response> {
  const all = { 'content-type': type, ...headers };
  return fetch(`${url}/asterisk/calls`, { method: 'POST', body, headers: all });
}

function announce(url: string, body: object): Promise<Response> {
  return post(url, JSON.stringify(body), 'application/json');
}

/** `fetch` does not let a Host, an Origin or a Sec-Fetch-Site be chosen. */
function send(
  port: number,
  headers: Record<string, string>,
  { method = 'GET', path = '/sessions', body = '' } = {},
): Promise<{ status: number; detail: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, detail: JSON.parse(text).detail });
      });
    });
    request.on('error', reject).end(body);
  });
}

async function problemIn(response: Response) {
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  const told = problem.parse(await response.json());
  assert.equal(told.status, response.status);
  assert.equal(told.requestId, response.headers.get('x-request-id'));
  return told;
}

test('[O2] a process that lives says so, whatever its state', async (context) => {
  const { gateway, url } = await startApi(context);
  gateway.state = () => 'draining';
  const response = await fetch(`${url}/healthz`);
  assert.deepEqual([response.status, await response.json()], [200, { ok: true }]);
});

test('[O2] readiness is 503 with every reason: state, provider, journal, loop', async (context) => {
  const { gateway, url } = await startApi(context);
  const ready = await fetch(`${url}/readyz`);
  assert.deepEqual([ready.status, await ready.json()], [200, { ready: true, reasons: [] }]);
  const error = new GatewayError('PROVIDER_QUOTA', 'secret text of the vendor');
  gateway.state = () => 'draining';
  gateway.providers = [
    { name: 'openai_realtime', readiness: () => ({ isReady: false, error }) },
    { name: 'local', readiness: () => ({ isReady: true }) },
  ];
  gateway.journal = { isWritable: false };
  gateway.loop = { isBusy: true };
  const response = await fetch(`${url}/readyz`);
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), {
    ready: false,
    reasons: [
      { reason: 'draining', detail: 'the gateway is draining' },
      { reason: 'provider', detail: 'provider openai_realtime is not ready: PROVIDER_QUOTA' },
      { reason: 'journal', detail: 'the journal cannot be written' },
      { reason: 'loop', detail: 'the event loop is late' },
    ],
  });
  gateway.state = () => 'starting';
  assert.match(await (await fetch(`${url}/readyz`)).text(), /the gateway is starting/);
});

test('[V13] metrics come as text, by the loopback rule or by a bearer token', async (context) => {
  const { port, url } = await startApi(context);
  const response = await fetch(`${url}/metrics`);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /# TYPE offhook_calls_total counter/);
  const far = { host: 'gateway.internal', via: '1.1 proxy' };
  const asked = (headers: object) =>
    new Promise((resolve) => {
      const options = {
        host: '127.0.0.1',
        port,
        path: '/metrics',
        headers: { ...far, ...headers },
      };
      httpRequest(options, (answer) => resolve(answer.resume().statusCode)).end();
    });
  assert.equal(await asked({}), 403);
  assert.equal(await asked({ authorization: 'Bearer metrics-token' }), 200);
  assert.equal(await asked({ authorization: 'Bearer guess' }), 401);
  const sessions = await send(port, { ...far, authorization: 'Bearer metrics-token' });
  assert.equal(sessions.status, 403);
});

test('[V1] the dialplan announces a call by JSON or form and asks on', async (context) => {
  const { calls, url } = await startApi(context);
  const announced = await announce(url, { uuid, callerNumber: '+35621234567', persona: 'waiter' });
  assert.deepEqual([announced.status, await announced.json()], [201, { uuid }]);
  const info = { callId: uuid, callerNumber: '+35621234567', persona: 'waiter', variables: {} };
  assert.deepEqual(calls.claim(uuid), info);
  const other = uuid.replace('4', '5');
  const form = new URLSearchParams({ uuid: other.toUpperCase(), callerNumber: '', var_table: '4' });
  assert.equal((await post(url, `${form}`, 'application/x-www-form-urlencoded')).status, 201);
  assert.deepEqual(calls.claim(other), { callId: other, variables: { table: '4' } });
  calls.setNext(uuid, { type: 'dial', key: 'reception' });
  const next = await fetch(`${url}/asterisk/calls/${uuid.toUpperCase()}/next`);
  assert.equal(next.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(await next.text(), 'dial:reception');
  const again = await problemIn(await announce(url, { uuid }));
  assert.equal(again.code, 'CONFLICT');
});

test('[V19] a dialplan that asked for a PIN says so in its query', async (context) => {
  const { calls, url } = await startApi(context);
  const by = (query: string, body: object) =>
    fetch(`${url}/asterisk/calls${query}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  assert.equal((await by('?trust=verified', { uuid })).status, 201);
  // Telling it again takes it back.
  assert.equal((await by('', { uuid, variables: { trust: 'verified' } })).status, 201);
  assert.equal(calls.claim(uuid)?.announcedTrust, undefined);
  const other = '40325ec2-5efd-4bd3-805f-53576e581d14';
  assert.equal((await by('?trust=verified', { uuid: other })).status, 201);
  assert.equal(calls.claim(other)?.announcedTrust, 'verified');
  // What a caller can have a part in is no place for it.
  for (const field of ['trust', 'announcedTrust']) {
    assert.equal((await by('', { uuid, [field]: 'verified' })).status, 400);
  }
  assert.equal((await by('?trust=root', { uuid })).status, 400);
});

test('[O2] a draining gateway takes no announcement, yet tells what is next', async (context) => {
  const { gateway, url } = await startApi(context);
  gateway.state = () => 'draining';
  assert.equal((await problemIn(await announce(url, { uuid }))).code, 'DRAINING');
  assert.equal(await (await fetch(`${url}/asterisk/calls/${uuid}/next`)).text(), 'hangup');
});

test('live sessions are listed in short', async (context) => {
  const { gateway, url } = await startApi(context);
  const session = {
    sessionId: 's1',
    callId: uuid,
    transport: 'audiosocket',
    provider: 'local',
    persona: 'waiter',
  } as const;
  const more = { organisationId: defaultOrganisationId, startedAtEpochMs: Date.UTC(2026, 0, 2) };
  gateway.sessions = () => [{ ...session, ...more }];
  assert.deepEqual(await (await fetch(`${url}/sessions`)).json(), {
    sessions: [{ ...session, startedAt: '2026-01-02T00:00:00.000Z' }],
  });
});

test('every refusal is a problem with a stable code', async (context) => {
  const { url } = await startApi(context);
  const json = 'application/json';
  const cases: [Promise<Response>, number, string][] = [
    [fetch(`${url}/nothing`), 404, 'NOT_FOUND'],
    [fetch(`${url}/docs/nothing`), 404, 'NOT_FOUND'],
    [fetch(`${url}/healthz`, { method: 'DELETE' }), 405, 'METHOD_NOT_ALLOWED'],
    [fetch(`${url}/asterisk/calls`), 405, 'METHOD_NOT_ALLOWED'],
    [announce(url, { uuid, note: 'x'.repeat(70_000) }), 413, 'REQUEST_TOO_LARGE'],
    [post(url, '<call/>', 'application/xml'), 415, 'REQUEST_MEDIA_TYPE'],
    [post(url, '{"uuid":', json), 400, 'REQUEST_INVALID'],
    [post(url, '', json), 400, 'REQUEST_INVALID'],
    [announce(url, { uuid: 'x' }), 400, 'REQUEST_INVALID'],
    [announce(url, { uuid, unknown: 1 }), 400, 'REQUEST_INVALID'],
    [fetch(`${url}/asterisk/calls/x/next`), 400, 'REQUEST_INVALID'],
    [fetch(`${url}/asterisk/calls/%zz/next`), 400, 'REQUEST_INVALID'],
  ];
  for (const [response, status, code] of cases) {
    const problem = await problemIn(await response);
    assert.deepEqual([problem.status, problem.code], [status, code]);
  }
  const refused = await fetch(`${url}/asterisk/calls`);
  assert.equal(refused.headers.get('allow'), 'POST');
});

test('[A5] too many requests of one address are refused with the time to wait', async (context) => {
  const { url } = await startApi(context, { limits: { requestsPerMinuteMax: 2 } });
  const statuses = [];
  for (let count = 0; count < 2; count += 1) statuses.push((await fetch(`${url}/healthz`)).status);
  const refused = await fetch(`${url}/healthz`);
  assert.deepEqual(statuses, [200, 200]);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  const { code, details } = await problemIn(refused);
  assert.equal(code, 'RATE_LIMITED');
  assert.partialDeepStrictEqual(details, { max: 2, retryAfterS: 60 });
});

test('an error of ours tells nothing to the caller and all to the log', async (context) => {
  const { errors, gateway, url } = await startApi(context);
  gateway.sessions = () => {
    throw new Error('inner detail');
  };
  const response = await fetch(`${url}/sessions`, { headers: { 'x-request-id': 'mine-1' } });
  const text = await response.clone().text();
  assert.equal((await problemIn(response)).code, 'INTERNAL');
  assert.doesNotMatch(text, /inner detail/);
  assert.partialDeepStrictEqual(errors, [{ requestId: 'mine-1', code: 'INTERNAL' }]);
});

test('a request id comes back when it is one, else a new one', async (context) => {
  const { url } = await startApi(context);
  const idFor = async (id: string): Promise<string | null> =>
    (await fetch(`${url}/healthz`, { headers: { 'x-request-id': id } })).headers.get(
      'x-request-id',
    );
  assert.equal(await idFor('call-7.b_c:d'), 'call-7.b_c:d');
  for (const id of ['x'.repeat(65), 'with space', '<script>']) {
    assert.match((await idFor(id)) ?? '', /^req_[0-9a-z]{21}$/);
  }
});

test('[O3] a web page that rebinds its name to 127.0.0.1 gets nothing', async (context) => {
  const { port } = await startApi(context);
  const refused = await send(port, { host: `evil.test:${port}` });
  assert.equal(refused.status, 403);
  assert.match(refused.detail, /auth\.mode loopback, rule host/);
  const own = await send(port, { host: `localhost:${port}` });
  assert.equal(own.status, 200);
});

test('[O3] a page of another origin cannot post to 127.0.0.1 in any type', async (context) => {
  const { calls, port } = await startApi(context);
  const host = `127.0.0.1:${port}`;
  const page = { host, origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' };
  const tries: [Record<string, string>, string][] = [
    [{ ...page, 'content-type': 'application/json' }, JSON.stringify({ uuid })],
    [{ ...page, 'content-type': 'text/plain' }, JSON.stringify({ uuid })],
    [{ ...page, 'content-type': 'application/x-www-form-urlencoded' }, `uuid=${uuid}`],
    [{ host, 'content-type': 'text/plain' }, JSON.stringify({ uuid })],
    [
      {
        host,
        referer: 'https://evil.test/',
        'content-type': 'application/x-www-form-urlencoded',
      },
      `uuid=${uuid}`,
    ],
  ];
  for (const [headers, body] of tries) {
    const refused = await send(port, headers, { method: 'POST', path: '/asterisk/calls', body });
    assert.equal(refused.status, 403, JSON.stringify(headers));
    assert.match(refused.detail, /rule (origin|content-type)/);
  }
  const preflight = await send(port, page, { method: 'OPTIONS', path: '/asterisk/calls' });
  assert.equal(preflight.status, 403);
  assert.equal(calls.claim(uuid), null);
});

test('[O3] a peer on another address of this machine than loopback is refused', async (context) => {
  const { api } = await startApi(context);
  const answer = await api.inject({ url: '/sessions', remoteAddress: '192.0.2.7' });
  assert.equal(answer.statusCode, 403);
  assert.match(answer.json().detail, /rule peer/);
});

test('OpenAPI 3.1 names routes, bodies and problem; its page needs no network', async (context) => {
  const { url } = await startApi(context);
  const document = await (await fetch(`${url}/docs/json`)).json();
  assert.partialDeepStrictEqual(document, {
    openapi: '3.1.0',
    info: { title: 'Offhook', version: '1.2.3' },
    paths: {
      '/healthz': {},
      '/readyz': {},
      '/metrics': {},
      '/sessions': {},
      '/asterisk/calls': {
        post: {
          requestBody: {
            content: { 'application/json': { schema: { required: ['uuid'] } } },
          },
          responses: { default: { content: { 'application/problem+json': {} } } },
        },
      },
      '/asterisk/calls/{uuid}/next': {},
    },
  });
  const page = await fetch(`${url}/docs/`);
  const html = await page.text();
  assert.match(html, /swagger-ui-bundle\.js/);
  assert.doesNotMatch(html, /https?:/);
  assert.doesNotMatch(page.headers.get('content-security-policy') ?? '', /upgrade-insecure/);
  assert.equal((await fetch(`${url}/docs/static/swagger-ui-bundle.js`)).status, 200);
});

test('[O2] closing ends idle connections and waits for none of them', async (context) => {
  const { api, port } = await startApi(context);
  const socket = connect(port, '127.0.0.1');
  const ended = new Promise((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.on('connect', resolve));
  socket.write(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  await api.close();
  await ended;
});

test('[O3] an address that others can reach is refused before anything listens', async () => {
  const { parts } = apiParts();
  const unsafe = serveApi(parts, { host: '0.0.0.0', port: 0 });
  await assert.rejects(unsafe, { code: 'LISTEN_UNSAFE' });
});

test('a port that is taken is said with host and port', async () => {
  const { parts } = apiParts();
  const first = await serveApi(parts, { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(first.url).port);
  const second = serveApi(parts, { host: '127.0.0.1', port });
  await assert.rejects(second, { code: 'LISTEN_FAILED', details: { host: '127.0.0.1', port } });
  await first.close();
});
