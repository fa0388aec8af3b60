import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';
import { sendEmailSummary } from './send-email-summary.ts';
import type { ToolContext, ToolGrant } from './tool.ts';
import { type Destinations, transferCall } from './transfer-call.ts';

function contextOf(trust: Trust, variables: Readonly<Record<string, string>> = {}): ToolContext {
  const signal = new AbortController().signal;
  const call = { callId: 'c1', variables };
  return { sessionId: 's1', callId: 'call_1', call, trust, signal, clock: new VirtualClock() };
}

const code = (expected: string) => (thrown: unknown) =>
  thrown instanceof GatewayError && thrown.code === expected;

const grant: ToolGrant = {
  sessionId: 's1',
  call: { callId: 'c1', variables: {} },
  trust: 'anonymous',
  toolNames: ['transfer_call'],
};

test('[V19] a caller is handed to a key of the directory, never to a number', () => {
  const tool = transferCall(() => ({ bar: { description: 'The bar.' } }));
  tool.admit?.({ destination: 'bar' }, grant);
  for (const destination of ['+1900555', '0900123', 'BAR', 'bar,1', 'toString']) {
    const refused = code('TOOL_ARGUMENTS_INVALID');
    assert.throws(() => tool.admit?.({ destination }, grant), refused, destination);
  }
  assert.ok(!tool.input.safeParse({ destination: '' }).success);
  const withNumber = { destination: 'bar', number: '+1900555' };
  assert.equal(tool.input.safeParse(withNumber).success, false);
  const sequel = { type: 'transfer', destinationKey: 'bar' };
  assert.deepEqual(tool.sequel?.({ destination: 'bar' }, { transferring_to: 'bar' }), sequel);
});

test('[V6] [V19] the directory in force is the one that counts', () => {
  let directory: Destinations = {};
  const tool = transferCall(() => directory);
  assert.equal(tool.parametersUnder?.(grant), null, 'it is not offered without a destination');
  directory = { bar: { description: 'The bar.' }, desk: { description: null } };
  const offered = JSON.stringify(tool.parametersUnder?.(grant));
  assert.match(offered, /"enum":\["bar","desk"\].*"Where to: bar: The bar\.; desk\."/);
  directory = { desk: { description: null } };
  assert.throws(() => tool.admit?.({ destination: 'bar' }, grant), /none of desk/);
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
