import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { exitCodes } from '../src/cli/exit-codes.ts';
import { spawnGateway, startGateway } from './gateway-process.ts';

const limits = { timeout: 20_000 };

/** As `fetch`, but it may say anything in its headers. */
async function ask(url: string, headers: Record<string, string> = {}, body?: string) {
  const sent = request(url, { method: body === undefined ? 'GET' : 'POST', headers });
  sent.end(body);
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  assert.ok(answer !== undefined);
  return {
    status: answer.statusCode,
    type: answer.headers['content-type'],
    text: await text(answer),
  };
}

/** The series that dashboards are built on. */
const promisedSeries = [
  'offhook_turn_response_seconds',
  'offhook_turn_latency_last_seconds',
  'offhook_first_frame_seconds',
  'offhook_barge_in_reaction_seconds',
  'offhook_barge_ins_total',
  'offhook_calls_active',
  'offhook_calls_total',
  'offhook_call_duration_seconds',
  'offhook_playout_underruns_total',
  'offhook_playout_filler_seconds_total',
  'offhook_playout_queue_seconds',
  'offhook_codec_alignment',
  'offhook_leg_drift_ppm',
  'offhook_provider_ready',
  'offhook_provider_errors_total',
  'offhook_tool_seconds',
  'offhook_tokens_total',
  'offhook_cost_usd_total',
  'offhook_journal_lag_seconds',
  'offhook_journal_dropped_total',
  'offhook_loop_lag_seconds',
];

test('[O1] a gateway serves without key, database or network', limits, async (t) => {
  const { apiUrl } = await startGateway(t);

  await t.test('[O2] it says that it lives and may get calls', async () => {
    assert.equal((await ask(`${apiUrl}/healthz`)).text, '{"ok":true}');
    const ready = await ask(`${apiUrl}/readyz`);
    assert.equal(ready.status, 200);
    assert.deepEqual(JSON.parse(ready.text), { ready: true, reasons: [] });
  });

  await t.test('[V13] every series of the promise is at /metrics, and no call id', async () => {
    const metrics = await ask(`${apiUrl}/metrics`);
    assert.match(metrics.type ?? '', /^text\/plain; version=0\.0\.4/);
    const named = [...metrics.text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    assert.deepEqual(
      promisedSeries.filter((name) => !named.includes(name)),
      [],
    );
    assert.doesNotMatch(metrics.text, /call_?id=|session/i);
  });

  await t.test('it describes its own API', async () => {
    const { paths } = JSON.parse((await ask(`${apiUrl}/docs/json`)).text);
    for (const path of ['/healthz', '/readyz', '/metrics', '/asterisk/calls']) {
      assert.ok(path in paths, path);
    }
  });

  await t.test('[O3] web pages and proxies are turned away, and say why', async () => {
    const own = { 'content-type': 'application/json' };
    const strangers: [rule: string, headers: Record<string, string>, body?: string][] = [
      ['host', { host: 'rebound.example:8787' }],
      ['forwarded', { 'x-forwarded-for': '203.0.113.9' }],
      ['origin', { origin: 'https://page.example' }],
      ['origin', { ...own, origin: 'https://page.example' }, '{}'],
      ['content-type', { 'content-type': 'text/plain' }, '{}'],
    ];
    for (const [rule, headers, body] of strangers) {
      const { status, text } = await ask(`${apiUrl}/asterisk/calls`, headers, body);
      assert.equal(status, 403);
      assert.equal(JSON.parse(text).details.rule, rule);
    }
  });
});

test('[O3] an address that others can reach is not opened unguarded', limits, async (t) => {
  const config = { api: { host: '0.0.0.0' }, audiosocket: { host: '0.0.0.0' } };
  const { exit, log } = spawnGateway(t, { config });
  assert.equal(await exit, exitCodes.misused);
  assert.match(log.text, /Set api\.host: 127\.0\.0\.1/);
  assert.match(log.text, /Set audiosocket\.allow/);
});
