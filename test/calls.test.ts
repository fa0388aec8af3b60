import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { rampIndex } from '../src/audio/tone.ts';
import type { CallResult } from '../src/cli/place-call.ts';
import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import { startEmulator } from './emulator.ts';
import { type GatewayProcess, promptSamples, startGateway } from './gateway-process.ts';

const limits = { timeout: 20_000 };

/** A greeting whose samples tell their own index, so that one that is missing is seen. */
const greeting = (ms: number): EmulatorScriptSource => ({
  firstDeltaMs: 20,
  speed: 20,
  replies: [{ say: 'Hello, who is there?', sound: { kind: 'ramp', ms } }],
});

/** The agent's samples but for silence: of a ramp none is zero. */
function rampOf({ agent }: CallResult): number[] {
  return [...agent.filter((sample) => sample !== 0)].map(rampIndex);
}

function assertWholeRamp(result: CallResult, ms: number): void {
  assert.deepEqual(
    rampOf(result),
    Array.from({ length: ms * 24 }, (_, index) => index),
  );
}

function announce({ apiUrl }: GatewayProcess, call: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${apiUrl}/asterisk/calls`, {
    method: 'POST',
    headers,
    body: JSON.stringify(call),
  });
}

function overVendor(url: string, more: object = {}) {
  const openai_realtime = { base_url: url, api_key: 'sk-test-of-a-call', ...more };
  return { default_provider: 'openai_realtime', providers: { openai_realtime } };
}

const refusals = [
  { status: 401, code: 'invalid_api_key', type: 'invalid_request_error' },
  { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' },
  { status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' },
];

suite('calls to a whole gateway', { concurrency: 3 }, () => {
  test('[V1] only announced calls are taken when so configured, each once', limits, async (t) => {
    const gateway = await startGateway(t, {
      config: {
        audiosocket: { format: 'slin24', require_registered: true },
        personas: { waiter: { instructions: 'Serve.', greeting: 'Good evening.' } },
      },
      script: greeting(300),
    });
    const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';
    const call = { uuid, callerNumber: '+250788000001', dialledNumber: '600', persona: 'waiter' };
    assert.equal((await announce(gateway, call)).status, 201);

    const stranger = await gateway.call({ format: 'slin24' });
    assert.equal(stranger.end, 'agent-hung-up');
    assert.equal(stranger.timeline.agent.length, 0);

    const result = await gateway.call({ format: 'slin24', uuid });
    assertWholeRamp(result, 300);
    await gateway.log.line('call ended');
    const next = await fetch(`${gateway.apiUrl}/asterisk/calls/${uuid}/next`);
    assert.equal(await next.text(), 'hangup');

    const again = await gateway.call({ format: 'slin24', uuid });
    assert.equal(again.timeline.agent.length, 0);
    const starts = (await gateway.journal()).filter(({ type }) => type === 'session-start');
    assert.equal(starts.length, 1);
    const [start] = starts;
    assert.ok(start?.type === 'session-start');
    assert.deepEqual(
      [start.callId, start.callerNumber, start.dialledNumber, start.persona, start.trust],
      [uuid, '+250788000001', '600', 'waiter', 'anonymous'],
    );
  });

  test('a call beyond the limit is refused and the one in progress unhurt', limits, async (t) => {
    const gateway = await startGateway(t, {
      config: {
        audiosocket: { format: 'slin24' },
        session: { calls_max: 1, loop_lag_max_ms: 1_000 },
      },
      script: greeting(1_000),
    });
    const first = gateway.call({ format: 'slin24' });
    await gateway.log.line('AgentAudio');
    for (let count = 0; count < 3; count += 1) {
      const refused = await gateway.call({ format: 'slin24' });
      assert.equal(refused.end, 'agent-hung-up');
      assert.equal(refused.timeline.agent.length, 0);
    }
    assertWholeRamp(await first, 1_000);
    const codes = gateway.log.all('call refused').map(({ code }) => code);
    assert.deepEqual(codes, ['CALLS_AT_LIMIT', 'CALLS_AT_LIMIT', 'CALLS_AT_LIMIT']);
  });

  test('[V1] whoever connects and closes leaves nothing behind', limits, async (t) => {
    const emulator = await startEmulator(greeting(200));
    t.after(() => emulator.close());
    const gateway = await startGateway(t, { config: overVendor(emulator.url) });
    for (let count = 0; count < 20; count += 1) {
      const caller = await gateway.connect();
      if (count % 2 === 0) caller.hangUp();
      else caller.reset();
    }
    await gateway.call();
    await gateway.log.line('call ended');
    const types = (await gateway.journal()).map(({ type }) => type);
    assert.equal(types.filter((type) => type === 'session-start').length, 1);
    assert.equal(emulator.printed.filter((line) => line.includes('opened')).length, 1);
    const sessions = await fetch(`${gateway.apiUrl}/sessions`);
    assert.deepEqual(await sessions.json(), { sessions: [] });
    const ofTheDoor = gateway.log.lines.filter(({ component }) => component === 'audiosocket');
    assert.deepEqual(
      ofTheDoor.filter(({ level }) => level !== 'debug'),
      [],
    );
  });

  for (const { status, code, type } of refusals) {
    test(`[V12] refused with ${status} ${code}, a caller hears a prompt`, limits, async (t) => {
      const error = { type, code, message: 'No.', param: null };
      const emulator = await startEmulator({
        ...greeting(200),
        faults: [{ fault: 'refuse', status, error }],
      });
      t.after(() => emulator.close());
      const session = { loop_lag_max_ms: 1_000, reconnect_attempts_max: 1 };
      const delays = { reconnect_delay_min_ms: 10, reconnect_delay_max_ms: 10 };
      const config = { ...overVendor(emulator.url), session: { ...session, ...delays } };
      const gateway = await startGateway(t, { config });
      const { agent, end } = await gateway.call({ holdMs: 5_000 });
      assert.equal(end, 'agent-hung-up');
      assert.equal(agent.filter((sample) => sample !== 0).length, promptSamples);
      const { cause } = await gateway.log.line('call ended');
      assert.equal(cause, 'provider-failed');
    });
  }

  test('[V14] no log tells a key, a token, a digit or a sound', limits, async (t) => {
    const key = 'sk-proj-canary0123456789ABCDEFGHIJ';
    const token = 'canary-token-of-metrics-0123456789';
    const error = {
      type: 'invalid_request_error',
      code: 'x',
      message: `${key} is wrong`,
      param: key,
    };
    const emulator = await startEmulator({
      ...greeting(300),
      faults: [{ fault: 'error', when: { after: 'response.created' }, error }],
    });
    t.after(() => emulator.close());
    const vendor = overVendor(emulator.url, { api_key: key });
    const gateway = await startGateway(t, {
      config: { ...vendor, api: { port: 0, metrics_token: token } },
    });
    const authorization = `Bearer ${token}`;
    const metrics = await fetch(`${gateway.apiUrl}/metrics`, { headers: { authorization } });
    assert.equal(metrics.status, 200);
    const pin = { cue: { type: 'after-agent', quietMs: 100 }, digits: '739173917391' } as const;
    await gateway.call({ lines: [pin] });
    await gateway.log.line('call ended');
    const journal = JSON.stringify(await gateway.journal());
    assert.equal(journal.match(/"type":"digit"/g)?.length, 12);
    for (const text of [gateway.log.text, journal]) {
      assert.doesNotMatch(text, /canary/);
      assert.doesNotMatch(text, /7391|"(?:digits?|keys?)":"[^*]/);
      // Audio would come as base64 or as a list of bytes.
      assert.doesNotMatch(text, /[A-Za-z0-9+/]{160,}|(?:\d+,){40,}/);
    }
    assert.match(gateway.log.text, /is wrong/);
  });
});
