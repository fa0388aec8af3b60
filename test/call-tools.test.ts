import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import { startGateway } from './gateway-process.ts';

const limits = { timeout: 20_000 };
const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';

const putThrough = (destination: string): EmulatorScriptSource => ({
  firstDeltaMs: 20,
  speed: 20,
  replies: [
    {
      say: 'I put you through.',
      sound: { kind: 'ramp', ms: 200 },
      calls: [{ name: 'transfer_call', arguments: { destination } }],
    },
    { say: 'I cannot do that.', sound: { kind: 'ramp', ms: 200 } },
  ],
});

const config = {
  directory: { bar: { to: 'goto:from-internal,200,1', description: 'The bar.' } },
  personas: { assistant: { instructions: 'Help.', greeting: 'Hello.', tools: ['transfer_call'] } },
};

suite('a caller who is handed on', { concurrency: 2 }, () => {
  test('[V11] the dialplan is told where the agent sent the caller', limits, async (t) => {
    const gateway = await startGateway(t, { config, script: putThrough('bar') });
    const { end } = await gateway.call({ uuid, holdMs: 5_000 });
    assert.equal(end, 'agent-hung-up');
    const { cause } = await gateway.log.line('call ended');
    assert.equal(cause, 'transferred');
    const next = await fetch(`${gateway.apiUrl}/asterisk/calls/${uuid}/next`);
    assert.equal(await next.text(), 'goto:from-internal,200,1');
  });

  test('[V19] a premium number is refused and nobody is put through', limits, async (t) => {
    const gateway = await startGateway(t, { config, script: putThrough('+19005551234') });
    await gateway.call({ uuid, holdMs: 1_000 });
    await gateway.log.line('call ended');
    const next = await fetch(`${gateway.apiUrl}/asterisk/calls/${uuid}/next`);
    assert.equal(await next.text(), 'hangup');
    const results = (await gateway.journal()).filter((entry) => entry.type === 'tool-result');
    assert.deepEqual(
      results.map(({ outcome, code }) => [outcome, code]),
      [['refused', 'TOOL_ARGUMENTS_INVALID']],
    );
  });
});
