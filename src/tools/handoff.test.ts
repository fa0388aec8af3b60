import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import type { Trust } from '../runtime/trust.ts';
import { handoff } from './handoff.ts';
import { toolRegistry } from './registry.ts';
import { toolRunner } from './runner.ts';
import type { ToolGrant } from './tool.ts';

const runner = () =>
  toolRunner({
    registry: toolRegistry([handoff]),
    clock: new VirtualClock(),
    log: recordingLog(),
    metrics: recordingMetrics(),
  });

function grantOf(trust: Trust, handoffs: NonNullable<ToolGrant['handoffs']>): ToolGrant {
  const call = { callId: 'c1', variables: {} };
  return { sessionId: 's1', call, trust, toolNames: ['handoff'], handoffs };
}

const targets = [
  { personaKey: 'waiter', minTrust: 'anonymous' },
  { personaKey: 'cfo', minTrust: 'verified' },
] as const;

async function run(persona: string, grant: ToolGrant) {
  const argumentsJson = JSON.stringify({ persona, summary: 'They ask about tax.' });
  const call = { callId: 'call_1', name: 'handoff', argumentsJson };
  return await runner().run(call, grant, {
    signal: new AbortController().signal,
    durable: () => assert.fail('a handoff does not wait for the disk'),
  });
}

test('[A4] the model is told of those whom this caller may be handed to, and of no others', () => {
  const choices = (trust: Trust) => {
    const [schema] = runner().schemas(grantOf(trust, targets));
    return JSON.stringify(schema?.parameters);
  };
  assert.match(choices('anonymous'), /"enum":\["waiter"\]/);
  assert.match(choices('verified'), /"enum":\["waiter","cfo"\]/);
});

test('[A4] it is not offered when there is nobody to hand over to', () => {
  assert.deepEqual(runner().schemas(grantOf('verified', [])), []);
  assert.deepEqual(runner().schemas(grantOf('anonymous', targets.slice(1))), []);
});

test('[A4] a handoff that is allowed names who goes on', async () => {
  const outcome = await run('waiter', grantOf('anonymous', targets));
  assert.equal(outcome.outcome, 'ok');
  assert.deepEqual(outcome.sequel, { type: 'handoff', personaKey: 'waiter' });
});

test('[V19] the runner refuses whom the caller may not have, and who is not named', async () => {
  const distrusted = await run('cfo', grantOf('identified', targets));
  assert.deepEqual([distrusted.outcome, distrusted.code], ['refused', 'TRUST_TOO_LOW']);
  assert.equal(distrusted.sequel, null);
  const unnamed = await run('clerk', grantOf('verified', targets));
  assert.deepEqual([unnamed.outcome, unnamed.code], ['refused', 'TOOL_ARGUMENTS_INVALID']);
});
