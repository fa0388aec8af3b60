import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import { GatewayError } from '../runtime/errors.ts';
import { hangUpCall } from './hang-up-call.ts';
import { toolRegistry } from './registry.ts';
import { toolRunner } from './runner.ts';
import type { Tool, ToolCall, ToolContext, ToolGrant } from './tool.ts';

const lookUp: Tool<{ query: string; limit?: number | undefined }, unknown> = {
  name: 'lookup_menu',
  description: 'Finds dishes.',
  input: z.object({ query: z.string().min(1), limit: z.int().max(20).optional() }),
  timeoutMs: 500,
  repeatable: true,
  minTrust: 'anonymous',
  isSensitive: false,
  run: async ({ query }) => [{ name: query }],
};

const finances: Tool = { ...lookUp, name: 'fetch_financials', minTrust: 'verified' };

/** A runner over `tools` with a clock that stands still, and everything it measured and logged. */
function bench(...tools: Tool[]) {
  const clock = new VirtualClock();
  const measured: [Readonly<Record<string, string>>, number][] = [];
  const lines: string[] = [];
  const write = (message: string, fields?: unknown) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const metrics: Metrics = {
    count: () => assert.fail('a tool counts nothing'),
    set: () => assert.fail('a tool sets nothing'),
    add: () => assert.fail('a tool adds nothing'),
    observe: (name, labels, value) => {
      assert.equal(name, 'offhook_tool_seconds');
      measured.push([labels, value]);
    },
  };
  const runner = toolRunner({ registry: toolRegistry(tools), clock, log, metrics });
  return { clock, measured, lines, runner };
}

function grantOf(...toolNames: string[]): ToolGrant {
  const call = { callId: 'c1', variables: {} };
  return { sessionId: 's1', call, trust: 'anonymous', toolNames };
}

function callOf(name: string, argumentsJson = '{"query":"fish"}'): ToolCall {
  return { callId: 'call_1', name, argumentsJson };
}

function options(overrides: { signal?: AbortSignal; durable?: () => Promise<void> } = {}) {
  const durable = () => assert.fail('a repeatable tool does not wait for the disk');
  return { signal: new AbortController().signal, durable, ...overrides };
}

/** Lets promises that are already settled run their continuations. */
async function settled(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await Promise.resolve();
}

function messageIn(outputJson: string): string {
  return JSON.parse(outputJson).error.message;
}

test('[V11] a tool is run with parsed arguments and its result is given as data', async () => {
  const { runner, measured } = bench(lookUp);
  const outcome = await runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options());
  assert.deepEqual(outcome, {
    callId: 'call_1',
    name: 'lookup_menu',
    outcome: 'ok',
    code: null,
    outputJson: '{"result":[{"name":"fish"}]}',
    tookMs: 0,
    sequel: null,
  });
  assert.deepEqual(measured, [[{ tool: 'lookup_menu', outcome: 'ok' }, 0]]);
});

test('[V11] hangup_call without any arguments ends in a hang-up', async () => {
  const { runner } = bench(hangUpCall);
  const outcome = await runner.run(callOf('hangup_call', ''), grantOf('hangup_call'), options());
  assert.equal(outcome.outcome, 'ok');
  assert.deepEqual(outcome.sequel, { type: 'hang-up' });
});

test('[V19] the model is told only of tools that grant and trust allow', () => {
  const { runner } = bench(lookUp, finances, hangUpCall);
  const grant = grantOf('lookup_menu', 'fetch_financials', 'no_such_tool');
  const namesFor = (trust: ToolGrant['trust']) =>
    runner.schemas({ ...grant, trust }).map(({ name }) => name);
  assert.deepEqual(namesFor('anonymous'), ['lookup_menu']);
  assert.deepEqual(namesFor('identified'), ['lookup_menu']);
  assert.deepEqual(namesFor('verified'), ['lookup_menu', 'fetch_financials']);
});

test('[V19] a tool that is unknown or not granted is refused, prompt or no', async () => {
  const { runner, measured } = bench(lookUp, hangUpCall);
  for (const name of ['no_such_tool', 'hangup_call']) {
    const outcome = await runner.run(callOf(name), grantOf('lookup_menu'), options());
    assert.equal(outcome.outcome, 'refused');
    assert.equal(outcome.code, 'TOOL_UNKNOWN');
    assert.equal(outcome.sequel, null);
  }
  assert.deepEqual(measured[0]?.[0], { tool: 'unknown', outcome: 'refused' });
});

test('[V19] a caller who is not trusted enough is refused at run time', async () => {
  const { runner } = bench(finances);
  const grant = grantOf('fetch_financials');
  const refused = await runner.run(callOf('fetch_financials'), grant, options());
  assert.equal(refused.outcome, 'refused');
  assert.equal(refused.code, 'TRUST_TOO_LOW');
  const verified = { ...grant, trust: 'verified' } as const;
  const allowed = await runner.run(callOf('fetch_financials'), verified, options());
  assert.equal(allowed.outcome, 'ok');
});

test('[V11] wrong arguments never reach the tool, the model learns which fields', async () => {
  const run = () => assert.fail('the tool was run');
  const { runner } = bench({ ...lookUp, run });
  const refusal = async (argumentsJson: string) => {
    const call = callOf('lookup_menu', argumentsJson);
    const outcome = await runner.run(call, grantOf('lookup_menu'), options());
    assert.equal(outcome.outcome, 'refused');
    assert.equal(outcome.code, 'TOOL_ARGUMENTS_INVALID');
    return messageIn(outcome.outputJson);
  };
  assert.match(await refusal('{"query":7,"limit":99}'), /query: .*string.*; limit: .*20/);
  assert.match(await refusal('{"query":'), /not JSON/);
  assert.match(await refusal('[]'), /object/);
  assert.match(await refusal(`{"query":"${'x'.repeat(40_000)}"}`), /at most 32768/);
});

test('[V11] a tool that is too slow is given up and its late end only counted', async () => {
  const { promise: result, resolve: finish } = Promise.withResolvers<unknown>();
  let context: ToolContext | undefined;
  const slow: Tool = {
    ...lookUp,
    run: (_input, given) => {
      context = given;
      return result;
    },
  };
  const { runner, clock, measured } = bench(slow);
  const running = runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options());
  await settled();
  clock.advance(499);
  assert.equal(context?.signal.aborted, false);
  clock.advance(1);
  const outcome = await running;
  assert.equal(outcome.outcome, 'timeout');
  assert.equal(outcome.code, 'TOOL_TIMEOUT');
  assert.equal(outcome.tookMs, 500);
  assert.match(messageIn(outcome.outputJson), /within 500 ms/);
  assert.equal(context?.signal.aborted, true);
  clock.advance(1_500);
  finish('too late');
  await settled();
  assert.deepEqual(measured, [
    [{ tool: 'lookup_menu', outcome: 'timeout' }, 0.5],
    [{ tool: 'lookup_menu', outcome: 'late' }, 2],
  ]);
  assert.equal(clock.pendingCount, 0);
});

test('[V11] a hang-up aborts what runs at once, also a tool that is deaf', async () => {
  const deaf: Tool = { ...lookUp, run: () => Promise.withResolvers().promise };
  const { runner, clock } = bench(deaf);
  const hangUp = new AbortController();
  const signal = hangUp.signal;
  const running = runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options({ signal }));
  await settled();
  hangUp.abort();
  assert.equal((await running).outcome, 'aborted');
  assert.equal(clock.pendingCount, 0);
  const after = await runner.run(
    callOf('lookup_menu'),
    grantOf('lookup_menu'),
    options({ signal }),
  );
  assert.equal(after.code, 'TOOL_ABORTED');
});

test('a tool that fails tells the model nothing of our insides', async () => {
  const run = async () => {
    throw new Error('password of db.internal:5432 is wrong');
  };
  const { runner, lines } = bench({ ...lookUp, run });
  const outcome = await runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options());
  assert.equal(outcome.outcome, 'failed');
  assert.equal(outcome.code, 'TOOL_FAILED');
  assert.doesNotMatch(outcome.outputJson, /internal|password/);
  assert.ok(lines.some((line) => line.includes('db.internal')));
});

test('a failure the model can act on keeps its words, one of ours only its code', async () => {
  const thrown = [
    new GatewayError('NOT_FOUND', 'no figures for 2031'),
    new GatewayError('STORE_UNAVAILABLE', 'db.internal is away'),
  ];
  const outputs = thrown.map(async (error) => {
    const { runner } = bench({ ...lookUp, run: () => Promise.reject(error) });
    return (await runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options())).outputJson;
  });
  const [actionable, ours] = await Promise.all(outputs);
  assert.match(actionable ?? '', /NOT_FOUND.*no figures for 2031/);
  assert.match(ours ?? '', /STORE_UNAVAILABLE/);
  assert.doesNotMatch(ours ?? '', /db\.internal/);
});

test('a result that is no JSON is a failure, not a crash', async () => {
  const { runner } = bench({ ...lookUp, run: async () => 1n });
  const outcome = await runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options());
  assert.equal(outcome.code, 'TOOL_FAILED');
});

test('[V11] a tool that must not run twice waits until its call is on disk', async () => {
  let ranCount = 0;
  const run = async () => {
    ranCount += 1;
  };
  const { runner } = bench({ ...lookUp, repeatable: false, run });
  const { promise: written, resolve: onDisk } = Promise.withResolvers<void>();
  const durable = () => written;
  const running = runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options({ durable }));
  await settled();
  assert.equal(ranCount, 0);
  onDisk();
  assert.equal((await running).outcome, 'ok');
  assert.equal(ranCount, 1);
});

test('[V11] what must not run twice never runs when its call cannot be written', async () => {
  const run = () => assert.fail('the tool was run');
  const { runner, clock } = bench({ ...lookUp, repeatable: false, run });
  const diskFull = () => Promise.reject(new GatewayError('DISK_FULL', 'no space'));
  const call = callOf('lookup_menu');
  const grant = grantOf('lookup_menu');
  const refused = await runner.run(call, grant, options({ durable: diskFull }));
  assert.equal(refused.outcome, 'refused');
  assert.equal(refused.code, 'STORE_UNAVAILABLE');

  const { promise: written, resolve: onDisk } = Promise.withResolvers<void>();
  const slowDisk = () => written;
  const running = runner.run(call, grant, options({ durable: slowDisk }));
  await settled();
  clock.advance(500);
  assert.equal((await running).outcome, 'timeout');
  onDisk();
  await settled();
});

test('[V14] arguments of a sensitive tool are in no log line', async () => {
  for (const isSensitive of [true, false]) {
    const { runner, lines } = bench({ ...lookUp, isSensitive });
    await runner.run(callOf('lookup_menu'), grantOf('lookup_menu'), options());
    assert.equal(
      lines.some((line) => line.includes('fish')),
      !isSensitive,
    );
  }
});
