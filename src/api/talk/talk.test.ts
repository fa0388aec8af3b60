import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { GatewayError } from '../../runtime/errors.ts';
import { callerSockets } from '../../transports/browser/caller-socket.ts';
import { type BrowserCaller, BrowserTransport } from '../../transports/browser/server.ts';
import { closeCodes, messageBytesMax, serverMessage } from '../../transports/browser/wire.ts';
import type { Leg } from '../../transports/transport.ts';
import { buildApi } from '../app.ts';
import { operator, type Principal } from '../auth/principal.ts';
import type { ApiAuth } from '../guard.ts';
import { apiParts } from '../testing/api-parts.ts';
import { Tickets } from './tickets.ts';

const employee: Principal = {
  kind: 'key',
  id: 'key',
  organisationId: '00000000-0000-4000-8000-00000000000d',
  role: 'EMPLOYEE',
  trust: 'identified',
};

/** Knows one key, that of the employee. */
const required: ApiAuth = {
  mode: 'required',
  metricsToken: null,
  credentials: {
    check: async (_request, bearer) => {
      if (bearer === 'key') return employee;
      throw new GatewayError('UNAUTHENTICATED', 'no key', { reason: 'key' });
    },
  },
};

async function startApi(context: TestContext, auth?: ApiAuth) {
  const { clock, gateway, metrics, parts } = apiParts(auth ? { auth } : {});
  const transport = new BrowserTransport({ ...parts, clock, metrics });
  const legs: Leg[] = [];
  await transport.listen((leg) => legs.push(leg));
  const callers: BrowserCaller[] = [];
  const openSocket = callerSockets();
  const door = {
    choices: () => ({ personas: ['waiter', 'cfo'], defaultPersona: 'waiter' }),
    accept(upgrade: Parameters<typeof openSocket>[0], caller: BrowserCaller) {
      callers.push(caller);
      openSocket(upgrade, (socket) => transport.accept(socket, caller));
    },
  };
  const api = await buildApi({
    ...parts,
    talk: { door, tickets: new Tickets({ ...parts, clock }) },
  });
  const url = await api.listen({ host: '127.0.0.1', port: 0 });
  const sockets: WebSocket[] = [];
  context.after(() => {
    for (const socket of sockets) socket.terminate();
    return api.close();
  });
  const { port } = api.server.address() as AddressInfo;
  const open = (path: string, headers: Headers) =>
    openAt(`ws://127.0.0.1:${port}${path}`, headers, sockets);
  return { callers, clock, gateway, legs, open, port, url };
}

const bought = z.object({ ticket: z.string(), expiresInS: z.literal(60) });

async function buy(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${url}/talk/tickets`, { method: 'POST', headers });
  assert.equal(response.status, 201, await response.clone().text());
  return bought.parse(await response.json()).ticket;
}

interface Headers {
  readonly origin?: string;
  readonly host?: string;
}

/** A socket that was let in, with what came by it in order. */
interface OpenSocket {
  readonly socket: WebSocket;
  /** The next message: text as a string. */
  next(): Promise<string | Buffer>;
}

/** The status of a refusal, or the socket. */
async function openAt(
  url: string,
  headers: Headers,
  sockets: WebSocket[],
): Promise<OpenSocket | number> {
  const socket = new WebSocket(url, { headers: { ...headers } });
  sockets.push(socket);
  const come: (string | Buffer)[] = [];
  socket.on('message', (data, isBinary) => {
    if (Buffer.isBuffer(data)) come.push(isBinary ? data : data.toString());
    socket.emit('come');
  });
  const { promise, resolve, reject } = Promise.withResolvers<OpenSocket | number>();
  socket.on('open', () => {
    resolve({
      socket,
      async next() {
        while (come.length === 0) await once(socket, 'come');
        return come.shift() ?? '';
      },
    });
  });
  socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
  socket.on('error', reject);
  return promise;
}

function opened(outcome: OpenSocket | number): OpenSocket {
  assert.ok(typeof outcome !== 'number', `refused with ${outcome}`);
  return outcome;
}

test('[V17] a page of this gateway opens a call and is heard', async (context) => {
  const { callers, legs, open, url } = await startApi(context);
  const path = `/talk/socket?ticket=${await buy(url)}`;
  const { next, socket } = opened(await open(path, { origin: url }));
  assert.equal(serverMessage.parse(JSON.parse(String(await next()))).type, 'welcome');
  socket.send(JSON.stringify({ type: 'hello', version: 1, playoutDelayMs: 100 }));
  socket.ping();
  await once(socket, 'pong');
  const [leg] = legs;
  assert.ok(leg);
  assert.deepEqual(callers, [{ trust: operator.trust }]);
  const { promise: heard, resolve } = Promise.withResolvers<Buffer>();
  leg.open((event) => {
    if (event.type === 'caller-audio') resolve(Buffer.from(event.bytes));
  });
  const frame = Buffer.alloc(960, 5);
  socket.send(frame);
  assert.deepEqual(await heard, frame);
  leg.send({ type: 'agent-audio', bytes: frame, offset: 0, length: frame.length });
  assert.deepEqual(await next(), frame);
});

test('[O3] a page of another origin opens no socket and buys no ticket', async (context) => {
  const { callers, open, url } = await startApi(context);
  const path = `/talk/socket?ticket=${await buy(url)}`;
  for (const origin of ['https://evil.example', 'http://127.0.0.1:1', 'null']) {
    assert.equal(await open(path, { origin }), 403);
    const headers = { origin };
    const response = await fetch(`${url}/talk/tickets`, { method: 'POST', headers });
    assert.equal(response.status, 403);
  }
  assert.equal(await open(path, { origin: url, host: 'evil.example' }), 403);
  assert.deepEqual(callers, []);
});

test('[O3] a ticket opens one socket', async (context) => {
  const { callers, open, url } = await startApi(context);
  const path = `/talk/socket?ticket=${await buy(url)}`;
  opened(await open(path, { origin: url }));
  assert.equal(await open(path, { origin: url }), 401);
  assert.equal(await open('/talk/socket?ticket=x', { origin: url }), 401);
  assert.equal(await open('/talk/socket', { origin: url }), 400);
  assert.equal(callers.length, 1);
});

test('[O3] where credentials are required, they buy the ticket', async (context) => {
  const { callers, clock, open, url } = await startApi(context, required);
  for (const path of ['/talk/tickets', '/talk/choices']) {
    const method = path === '/talk/tickets' ? 'POST' : 'GET';
    assert.equal((await fetch(url + path, { method })).status, 401);
  }
  assert.equal((await fetch(`${url}/talk`)).status, 200);
  const authorization = 'Bearer key';
  const [first, late] = [await buy(url, { authorization }), await buy(url, { authorization })];
  const origin = 'https://talk.example';
  opened(await open(`/talk/socket?ticket=${first}`, { origin }));
  const { organisationId, trust } = employee;
  assert.deepEqual(callers, [{ trust, organisationId }]);
  clock.advance(60_000);
  assert.equal(await open(`/talk/socket?ticket=${late}`, { origin }), 401);
});

test('what asks for a WebSocket where there is none is answered as any other', async (context) => {
  const { open, url } = await startApi(context);
  assert.equal(await open('/talk/elsewhere', { origin: url }), 404);
  assert.equal(await open('/sessions', { origin: url }), 200);
  const plain = await fetch(`${url}/talk/socket?ticket=${await buy(url)}`);
  assert.equal(plain.status, 400);
});

test('a gateway that drains sells no tickets', async (context) => {
  const { gateway, url } = await startApi(context);
  gateway.state = () => 'draining';
  const response = await fetch(`${url}/talk/tickets`, { method: 'POST' });
  assert.equal(response.status, 503);
});

test('a message that is too long, or garbage, ends its own call alone', async (context) => {
  const { open, url } = await startApi(context);
  const sends = {
    tooLong: Buffer.alloc(messageBytesMax + 1),
    garbage: Buffer.alloc(10),
    text: 'no JSON',
  };
  for (const [what, message] of Object.entries(sends)) {
    const path = `/talk/socket?ticket=${await buy(url)}`;
    const { next, socket } = opened(await open(path, { origin: url }));
    await next();
    socket.send(message);
    const [code] = await once(socket, 'close');
    assert.ok([closeCodes.malformed, 1009].includes(code), `${what}: ${code}`);
  }
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});

test('every file of the page is served, with what the browser may do there', async (context) => {
  const { port, url } = await startApi(context);
  const names = readdirSync(join(import.meta.dirname, 'page'));
  for (const path of ['/talk', ...names.map((name) => `/talk/${name}`)]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    const header = (name: string) => response.headers.get(name) ?? '';
    assert.equal(header('x-content-type-options'), 'nosniff');
    assert.match(header('permissions-policy'), /microphone=\(self\)/);
    const policy = header('content-security-policy');
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.ok(policy.includes(` ws://127.0.0.1:${port} `), policy);
    assert.doesNotMatch(policy, /unsafe|\*/);
  }
  assert.equal((await fetch(`${url}/talk/page-files.ts`)).status, 404);
  const page = await (await fetch(`${url}/talk`)).text();
  assert.doesNotMatch(page, /<script(?![^>]*src)|style="|https?:\/\//);
});

test('a host that cannot stand in a header is left out of the policy', async (context) => {
  const { url } = await startApi(context, required);
  const response = await fetch(`${url}/talk`, { headers: { host: 'x; script-src *' } });
  assert.ok(!(response.headers.get('content-security-policy') ?? '').includes('*'));
});
