import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { loopLag } from './loop-lag.ts';
import { metricsRegistry } from './metrics.ts';
import { SERIES } from './observe.ts';
import { renderMetricsDocument } from './render-metrics-document.ts';

const call = { provider: 'local', transport: 'audiosocket' } as const;

function registry(hasProcessSeries = false) {
  return metricsRegistry({ toolNames: ['hangup_call'], hasProcessSeries });
}

test('[V13] values appear under their promised names, labels and buckets', async () => {
  const metrics = registry();
  metrics.count('offhook_barge_ins_total', call);
  metrics.count('offhook_barge_ins_total', call, 2);
  metrics.add('offhook_calls_active', call, 1);
  metrics.set('offhook_loop_lag_seconds', {}, 0.25);
  metrics.observe('offhook_turn_response_seconds', call, 0.8);
  const text = await metrics.text();
  const labels = 'provider="local",transport="audiosocket"';
  for (const line of [
    `offhook_barge_ins_total{${labels}} 3`,
    `offhook_calls_active{${labels}} 1`,
    'offhook_loop_lag_seconds 0.25',
    `offhook_turn_response_seconds_bucket{le="0.75",${labels}} 0`,
    `offhook_turn_response_seconds_bucket{le="1",${labels}} 1`,
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
});

test('[V13] every series of the table is there with its help from the start', async () => {
  const text = await registry().text();
  for (const [name, { type, help }] of Object.entries(SERIES)) {
    assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name);
  }
});

test('[V13] a tool that is not ours is counted as other: a model makes no series', async () => {
  const metrics = registry();
  for (const tool of ['hangup_call', 'invented_1', 'invented_2']) {
    metrics.observe('offhook_tool_seconds', { tool, outcome: 'refused' }, 0.1);
  }
  const text = await metrics.text();
  assert.match(text, /offhook_tool_seconds_count\{tool="other",outcome="refused"\} 2/);
  assert.doesNotMatch(text, /invented/);
});

test('[V13] a label that is not declared, or one that is missing, is an error', () => {
  const metrics = registry();
  const withCallId = { ...call, callId: 'c1' };
  assert.throws(() => metrics.count('offhook_barge_ins_total', withCallId), /has the labels/);
  const withoutTransport = { provider: 'local' } as unknown as typeof call;
  assert.throws(() => metrics.count('offhook_barge_ins_total', withoutTransport), /labels/);
  assert.throws(() => metrics.count('offhook_barge_ins_total', call, -1), /never falls/);
});

test('[V13] names follow the rules that promtool checks, those of the process too', async () => {
  const text = await registry(true).text();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  assert.ok(types.length > Object.keys(SERIES).length + 10);
  for (const [, name = '', type] of types) {
    assert.match(name, /^[a-z][a-z0-9_]*$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /_(ms|milliseconds|minutes|kb|count|sum|bucket|info_total)$/);
    assert.ok(text.includes(`# HELP ${name} `), name);
  }
});

test('[V13] the page of metrics is what the table renders', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  assert.equal(page, renderMetricsDocument());
});

test('[O5] the loop is busy after three late seconds on end, not after one pause', async () => {
  const clock = new VirtualClock();
  const metrics = registry();
  let p99Ms = 10.2;
  const histogram = { percentile: () => p99Ms * 1e6, reset: () => undefined };
  const lag = loopLag({ histogram, resolutionMs: 10, lagMsMax: 10, clock, metrics });
  const nextSecond = (atMs: number): boolean => {
    p99Ms = atMs + 10;
    clock.advance(1_000);
    return lag.isBusy;
  };
  assert.deepEqual([12, 12, 3, 11, 11, 11, 50, 9].map(nextSecond), [
    ...[false, false, false, false, false],
    ...[true, true, false],
  ]);
  assert.ok(Math.abs(lag.lagMs - 9) < 1e-9);
  assert.match(await metrics.text(), /offhook_loop_lag_seconds 0.009/);
  await lag.close();
  assert.equal(clock.pendingCount, 0);
});
