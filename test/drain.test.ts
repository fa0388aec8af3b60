import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AudioSocketCaller } from '../sim/audiosocket-caller.ts';
import { rampIndex } from '../src/audio/tone.ts';
import { messageKind } from '../src/transports/audiosocket/wire.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';

const limits = { timeout: 20_000 };
const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';
const script = {
  firstDeltaMs: 20,
  speed: 20,
  replies: [{ say: 'A long greeting.', sound: { kind: 'ramp' as const, ms: 1_500 } }],
};
const busy = { loop_lag_max_ms: 1_000 };

suite('a gateway that is told to stop', { concurrency: 3 }, () => {
  test(
    '[O2] told to stop, it lets a call come to its end and takes no other',
    limits,
    async (t) => {
      const gateway = await startGateway(t, {
        config: { audiosocket: { format: 'slin24' } },
        script,
      });
      const call = gateway.call({ format: 'slin24' });
      await gateway.log.line('AgentAudio');
      process.kill(gateway.pid, 'SIGTERM');
      await gateway.log.line('draining');
      const ready = await fetch(`${gateway.apiUrl}/readyz`);
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), /"reason":"draining"/);
      const refused = await gateway.call({ format: 'slin24' });
      assert.equal(refused.end, 'agent-hung-up');
      assert.equal(refused.timeline.agent.length, 0);
      const { agent, end } = await call;
      assert.equal(end, 'caller-hung-up');
      const heard = agent.filter((sample) => sample !== 0);
      assert.equal(heard.length, 1_500 * 24);
      assert.ok(heard.every((sample, index) => rampIndex(sample) === index));
      assert.equal(await gateway.exit, 0);
    },
  );

  test('[O2] at the deadline a call is ended so that its dialplan goes on', limits, async (t) => {
    const session = { ...busy, drain_timeout_s: 0 };
    const gateway = await startGateway(t, { config: { session }, script });
    const caller = await gateway.connect();
    caller.sendUuid(uuid);
    await gateway.log.line('AgentAudio');
    process.kill(gateway.pid, 'SIGTERM');
    const { cause } = await gateway.log.line('call ended');
    assert.equal(cause, 'drained');
    assert.equal(await gateway.exit, 0);
    assert.equal(caller.heard.at(-1)?.kind, messageKind.hangUp);
    assert.equal(caller.endedHow, 'fin');
  });

  test('told to stop again, it hangs up; Ctrl-C under npm is told once', limits, async (t) => {
    const gateway = await startGateway(t, { script });
    const caller = await gateway.connect();
    caller.sendUuid(uuid);
    await gateway.log.line('AgentAudio');
    // The terminal tells every process of the group, and npm passes on what it was told.
    process.kill(gateway.pid, 'SIGINT');
    process.kill(gateway.pid, 'SIGINT');
    await gateway.log.line('draining');
    await hearsFrames(gateway, caller, 55);
    assert.equal(gateway.log.all('call ended').length, 0);
    process.kill(gateway.pid, 'SIGINT');
    assert.equal(await gateway.exit, 0);
    assert.equal(caller.heard.at(-1)?.kind, messageKind.hangUp);
  });
});

/** Time goes by on the line, a frame every 20 ms. */
async function hearsFrames(
  { apiUrl }: GatewayProcess,
  { heard }: AudioSocketCaller,
  frameCount: number,
): Promise<void> {
  const until = heard.length + frameCount;
  while (heard.length < until) await fetch(`${apiUrl}/healthz`);
}
