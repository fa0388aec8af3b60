import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openTelemetry } from './open-telemetry.ts';
import { silentLog } from './testing/silent.ts';

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

test('[O4] spans reach a collector by OTLP before the gateway has closed', async () => {
  const collector = createServer();
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  const received = once(collector, 'request').then(async ([request, response]) => {
    const body = await bodyOf(request);
    response.setHeader('content-type', 'application/json').end('{}');
    return { url: request.url, team: request.headers['x-team'], body };
  });
  const telemetry = await openTelemetry({
    endpoint: `http://127.0.0.1:${port}/`,
    headers: { 'x-team': 'voice' },
    serviceName: 'offhook-test',
    serviceVersion: '1.2.3',
    sampleRatio: 1,
    log: silentLog,
  });
  telemetry.tracer.startSpan('invoke_agent waiter').end();
  const [{ url, team, body }] = await Promise.all([received, telemetry.close()]);
  collector.close();
  assert.equal(url, '/v1/traces');
  assert.equal(team, 'voice');
  for (const part of ['invoke_agent waiter', 'offhook-test', '1.2.3']) {
    assert.ok(body.includes(part), part);
  }
});
