import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { configSchema } from '../config/schema.ts';
import { GatewayError } from '../runtime/errors.ts';
import { isPublicAddress } from './http-address.ts';
import { httpTool } from './http-tool.ts';
import { localServer } from './testing/local-server.ts';
import type { ToolContext } from './tool.ts';

function contextOf(clock = new VirtualClock(), signal = new AbortController().signal): ToolContext {
  const call = { callId: 'c1', variables: {} };
  return { sessionId: 's1', callId: 'call_1', call, trust: 'verified', signal, clock };
}

const code = (expected: string) => (thrown: unknown) =>
  thrown instanceof GatewayError && thrown.code === expected;

function toolAt(url: string, more: object = {}) {
  const parameters = { type: 'object', properties: { id: { type: 'string' } } };
  const written = { kind: 'http', description: 'Asks.', parameters, url, ...more };
  const settings = configSchema.shape.own_tools.parse({ ask: written })['ask'];
  assert.ok(settings?.kind === 'http');
  return settings;
}

test('[V19] a declared tool reaches no address inside, by whatever name', async () => {
  const inside = ['127.0.0.1', '10.1.2.3', '169.254.169.254', '192.168.0.1', '0.0.0.0', '::1'];
  const mapped = ['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', 'fd00::1', 'fe80::1', '64:ff9b::a00:1'];
  for (const address of [...inside, ...mapped]) {
    assert.equal(isPublicAddress(address), false, address);
    const resolve = async () => [{ address, family: 4 } as const];
    const tool = httpTool('ask', toolAt('https://example.org/{id}'), resolve);
    await assert.rejects(tool.run({ id: '1' }, contextOf()), code('TOOL_ADDRESS_REFUSED'));
  }
  assert.ok(isPublicAddress('93.184.215.14'));
  assert.ok(isPublicAddress('2606:2800:21f:cb07:6820:80da:af6b:8b2c'));
});

test('[V19] parameters stay in their place, redirects and long answers are refused', async (t) => {
  const asked: string[] = [];
  const port = await localServer(t, (request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/to/away')
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    else if (request.url === '/to/long') response.end('x'.repeat(5_000_000));
    else response.end('{"data":{"items":[1,2]}}');
  });
  const url = `http://localhost:${port}/to/{id}`;
  const settings = toolAt(url, { allow_private: true, result: 'data.items' });
  const resolve = async () => [{ address: '127.0.0.1', family: 4 } as const];
  const tool = httpTool('ask', settings, resolve);
  const run = (id: string) => tool.run({ id }, contextOf());
  assert.deepEqual(await run('a/../b?c=d#e'), [1, 2]);
  assert.deepEqual(asked, ['/to/a%2F..%2Fb%3Fc%3Dd%23e']);
  await assert.rejects(run('..'), code('TOOL_ARGUMENTS_INVALID'));
  await assert.rejects(run('away'), code('TOOL_FAILED'));
  await assert.rejects(run('long'), code('TOOL_FAILED'));
  assert.equal(asked.length, 3);
  assert.equal(tool.minTrust, 'verified');
  assert.equal(tool.input.safeParse({ id: '1', host: 'x' }).success, false);
  const plain = httpTool('ask', toolAt(url), resolve);
  await assert.rejects(plain.run({ id: '1' }, contextOf()), code('TOOL_ADDRESS_REFUSED'));
});

test('[V19] a name that the system itself knows as private is refused as well', async (t) => {
  let askedCount = 0;
  const port = await localServer(t, (_request, response) => {
    askedCount += 1;
    response.end('"here"');
  });
  for (const host of ['localhost', '127.0.0.1', '127.1', '0x7f000001', '[::ffff:127.0.0.1]']) {
    const tool = httpTool('ask', toolAt(`https://${host}:${port}/`));
    await assert.rejects(tool.run({}, contextOf()), code('TOOL_ADDRESS_REFUSED'), host);
  }
  assert.equal(askedCount, 0);
  const own = httpTool('ask', toolAt(`http://localhost:${port}/`, { allow_private: true }));
  assert.equal(await own.run({}, contextOf()), 'here');
});

test('the look-up of a name counts towards the time of the request', async () => {
  const clock = new VirtualClock();
  const asked = Promise.withResolvers<void>();
  const tool = httpTool('ask', toolAt('https://example.org/', { timeout_ms: 700 }), () => {
    asked.resolve();
    return new Promise(() => undefined);
  });
  const running = tool.run({}, contextOf(clock));
  await asked.promise;
  clock.advance(700);
  await assert.rejects(running, code('TOOL_TIMEOUT'));
  assert.ok(tool.timeoutMs > 700);
});

test('an answer that never ends is given up, and so is its connection', async (t) => {
  const clock = new VirtualClock();
  const gone = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const port = await localServer(t, (_request, response) => {
    response.once('close', gone.resolve);
    response.write('[', () => began.resolve());
  });
  const url = `http://127.0.0.1:${port}/`;
  const tool = httpTool('ask', toolAt(url, { allow_private: true, timeout_ms: 700 }));
  const running = tool.run({}, contextOf(clock));
  await began.promise;
  clock.advance(700);
  await assert.rejects(running, code('TOOL_TIMEOUT'));
  await gone.promise;
  assert.equal(clock.pendingCount, 0);
  const left = AbortSignal.abort();
  await assert.rejects(tool.run({}, contextOf(clock, left)), { name: 'AbortError' });
});

test('a body has the parameters that it names, and repeats only where that is said', async (t) => {
  const bodies: string[] = [];
  const port = await localServer(t, (request, response) => {
    request.on('data', (chunk) => bodies.push(`${request.method} ${chunk}`));
    request.on('end', () => response.end('{}'));
  });
  const posting = { allow_private: true, method: 'POST', body: ['id'] };
  const settings = toolAt(`http://127.0.0.1:${port}/`, posting);
  const tool = httpTool('ask', settings);
  await tool.run({ id: '"}\r\n' }, contextOf());
  assert.deepEqual(bodies, ['POST {"id":"\\"}\\r\\n"}']);
  assert.equal(tool.repeatable, false);
  assert.equal(httpTool('ask', { ...settings, repeatable: true }).repeatable, true);
  assert.equal(httpTool('ask', toolAt('https://example.org/')).repeatable, true);
});
