import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import type { Trust } from '../runtime/trust.ts';
import { attendedTransferTools, type TransferDesk, type TransferEnd } from './attended-transfer.ts';
import { toolRegistry } from './registry.ts';
import { toolRunner } from './runner.ts';

const briefing = 'Ada asks for a table for nine.';

function tools(end: TransferEnd, minTrust: Trust = 'anonymous') {
  const asked: unknown[] = [];
  const desk: TransferDesk = {
    async transfer({ signal: _signal, ...request }) {
      asked.push(request);
      return end;
    },
    decide: async (_sessionId, isAccepted) => isAccepted,
  };
  const options = {
    destinations: { kitchen: 'The kitchen.', office: null },
    timeoutMs: 1_000,
    minTrust,
  };
  const registry = toolRegistry(attendedTransferTools(desk, options));
  const [log, metrics] = [recordingLog(), recordingMetrics()];
  const runner = toolRunner({ registry, clock: new VirtualClock(), log, metrics });
  const run = (name: string, input: unknown) =>
    runner.run(
      { callId: 'c1', name, argumentsJson: JSON.stringify(input) },
      {
        sessionId: 'sess_1',
        call: { callId: 'uuid', variables: {} },
        trust: 'anonymous',
        toolNames: registry.names,
        handoffs: [],
      },
      { signal: new AbortController().signal, durable: async () => undefined },
    );
  return { run, asked, registry };
}

test('[V11] a destination is a key of those configured, never a number', async () => {
  const { run, asked, registry } = tools('accepted');
  const parameters = JSON.stringify(registry.find('attended_transfer')?.schema.parameters);
  assert.match(parameters, /"enum":\["kitchen","office"\]/);
  for (const destination of ['+250788000001', 'PJSIP/kitchen', 'garage', '']) {
    const { outcome, code } = await run('attended_transfer', { destination, briefing });
    assert.deepEqual([outcome, code], ['refused', 'TOOL_ARGUMENTS_INVALID'], destination);
  }
  assert.deepEqual(asked, []);
});

test('[V11] whoever was taken over hears no goodbye; else the agent goes on', async () => {
  const ends = ['declined', 'hung-up', 'timeout', 'busy', 'rejected', 'no-answer'] as const;
  const input = { destination: 'kitchen', briefing };
  const accepted = tools('accepted');
  const { sequel } = await accepted.run('attended_transfer', input);
  assert.deepEqual(sequel, { type: 'leave' });
  assert.deepEqual(accepted.asked, [{ sessionId: 'sess_1', callId: 'uuid', ...input }]);
  for (const end of [...ends, 'failed'] as const) {
    const told = await tools(end).run('attended_transfer', input);
    assert.deepEqual([told.outcome, told.sequel], ['ok', null]);
    assert.match(told.outputJson, new RegExp(`"${end}".*You speak with the caller again`));
  }
});

test('[V11] callers we are not sure enough of are not put through', async () => {
  const { run, asked } = tools('accepted', 'verified');
  const { code } = await run('attended_transfer', { destination: 'kitchen', briefing });
  assert.deepEqual([code, asked], ['TRUST_TOO_LOW', []]);
});

test('a decision that nobody was asked for is an error for the model', async () => {
  const { run } = tools('accepted');
  assert.equal((await run('complete_transfer', { accepted: true })).outcome, 'ok');
  assert.equal((await run('complete_transfer', { accepted: false })).code, 'CONFLICT');
  assert.equal((await run('complete_transfer', {})).code, 'TOOL_ARGUMENTS_INVALID');
});
