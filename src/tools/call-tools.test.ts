import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { configSchema } from '../config/schema.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';
import { isPublicAddress } from './http-address.ts';
import { httpTool } from './http-tool.ts';
import { sendEmailSummary } from './send-email-summary.ts';
import type { ToolContext } from './tool.ts';
import { transferCall } from './transfer-call.ts';

function contextOf(trust: Trust, variables: Readonly<Record<string, string>> = {}): ToolContext {
  const signal = new AbortController().signal;
  const call = { callId: 'c1', variables };
  return { sessionId: 's1', callId: 'call_1', call, trust, signal, clock: new VirtualClock() };
}

const code = (expected: string) => (thrown: unknown) =>
  thrown instanceof GatewayError && thrown.code === expected;

test('[V19] a caller is handed to a key of the directory, never to a number', () => {
  const tool = transferCall({ bar: { description: 'The bar.' } });
  assert.ok(tool !== null);
  assert.ok(tool.input.safeParse({ destination: 'bar' }).success);
  for (const destination of ['+1900555', '0900123', 'BAR', 'bar,1', '']) {
    assert.equal(tool.input.safeParse({ destination }).success, false, destination);
  }
  const withNumber = { destination: 'bar', number: '+1900555' };
  assert.equal(tool.input.safeParse(withNumber).success, false);
  const sequel = { type: 'transfer', destinationKey: 'bar' };
  assert.deepEqual(tool.sequel?.({ destination: 'bar' }, { transferring_to: 'bar' }), sequel);
  assert.equal(transferCall({}), null);
});

test('[V19] a summary goes to no address from a model, nor to unverified callers', async () => {
  const sent: string[] = [];
  const tool = sendEmailSummary({
    mailer: {
      send: async ({ to }) => {
        sent.push(to);
      },
    },
    operatorAddress: 'desk@example.org',
    record: { entries: () => Readable.from([]) },
  });
  const asked = { to: 'thief@example.net', summary: 'The ledger.' };
  assert.equal(tool.input.safeParse(asked).success, false);
  const toCaller = { to: 'caller', summary: 'All.' } as const;
  const known = { email: 'guest@example.org' };
  await assert.rejects(tool.run(toCaller, contextOf('identified', known)), code('TRUST_TOO_LOW'));
  await assert.rejects(tool.run(toCaller, contextOf('verified')), code('NOT_FOUND'));
  const two = { email: 'a@example.org, b@example.net' };
  await assert.rejects(tool.run(toCaller, contextOf('verified', two)), code('NOT_FOUND'));
  await tool.run(toCaller, contextOf('verified', known));
  await tool.run({ ...toCaller, to: 'operator' }, contextOf('anonymous'));
  assert.deepEqual(sent, ['guest@example.org', 'desk@example.org']);
});

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
    await assert.rejects(
      tool.run({ id: '1' }, contextOf('verified')),
      code('TOOL_ADDRESS_REFUSED'),
    );
  }
  assert.ok(isPublicAddress('93.184.215.14'));
  assert.ok(isPublicAddress('2606:2800:21f:cb07:6820:80da:af6b:8b2c'));
});

test('[V19] parameters stay in their place, redirects and long answers are refused', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/to/away')
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    else if (request.url === '/to/long') response.end('x'.repeat(5_000_000));
    else response.end('{"data":{"items":[1,2]}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}/to/{id}`;
  const settings = toolAt(url, { allow_private: true, result: 'data.items' });
  const resolve = async () => [{ address: '127.0.0.1', family: 4 } as const];
  const tool = httpTool('ask', settings, resolve);
  const run = (id: string) => tool.run({ id }, contextOf('verified'));
  assert.deepEqual(await run('a/../b?c=d#e'), [1, 2]);
  assert.deepEqual(asked, ['/to/a%2F..%2Fb%3Fc%3Dd%23e']);
  await assert.rejects(run('..'), code('TOOL_ARGUMENTS_INVALID'));
  await assert.rejects(run('away'), code('TOOL_FAILED'));
  await assert.rejects(run('long'), code('TOOL_FAILED'));
  assert.equal(asked.length, 3);
  assert.equal(tool.minTrust, 'verified');
  assert.equal(tool.input.safeParse({ id: '1', host: 'x' }).success, false);
  const plain = httpTool('ask', toolAt(url), resolve);
  await assert.rejects(plain.run({ id: '1' }, contextOf('verified')), code('TOOL_ADDRESS_REFUSED'));
});
