/** What the tools of calls come to, as the runner tells it, when what they ask is at fault. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { configSchema } from '../config/schema.ts';
import { GatewayError } from '../runtime/errors.ts';
import { httpTool } from './http-tool.ts';
import { toolRegistry } from './registry.ts';
import { requestTranscript } from './request-transcript.ts';
import { toolRunner } from './runner.ts';
import { sendEmailSummary } from './send-email-summary.ts';
import { smtpMailer } from './smtp-mailer.ts';
import { sqlTool } from './sql-tool.ts';
import { localServer } from './testing/local-server.ts';
import { mailReplies, scriptedMailServer } from './testing/mail-server.ts';
import type { Tool } from './tool.ts';
import { outputBytesMax } from './tool-output.ts';

const operatorAddress = 'desk@example.org';
const summary = { to: 'operator', summary: 'The caller wants a table.' };

/** A call with one tool, as a session runs it. */
function callWith<Input>(tool: Tool<Input>) {
  const [clock, log, metrics] = [new VirtualClock(), recordingLog(), recordingMetrics()];
  const registry = toolRegistry([tool as Tool]);
  const runner = toolRunner({ registry, clock, log, metrics });
  const hangUp = new AbortController();
  const run = async (input: object = {}) => {
    const argumentsJson = JSON.stringify(input);
    const { outcome, code, outputJson } = await runner.run(
      { callId: 'call_1', name: tool.name, argumentsJson },
      {
        sessionId: 's1',
        call: { callId: 'c1', variables: {} },
        trust: 'verified',
        toolNames: [tool.name],
      },
      { signal: hangUp.signal, durable: async () => undefined },
    );
    return { outcome, code, outputJson };
  };
  const isLate = () => metrics.values.has(`offhook_tool_seconds/${tool.name}/late`);
  return { run, clock, log, hangUp, isLate };
}

/** A declared tool that asks a server of this machine. */
async function asking(t: TestContext, answer: RequestListener) {
  const port = await localServer(t, answer);
  const url = `http://127.0.0.1:${port}/stock`;
  const written = { kind: 'http', description: 'Asks.', url, allow_private: true };
  const settings = configSchema.shape.own_tools.parse({ ask: written })['ask'];
  assert.ok(settings?.kind === 'http');
  return httpTool('ask', settings);
}

const mailing = (settings: Parameters<typeof smtpMailer>[0]) =>
  sendEmailSummary({
    mailer: smtpMailer(settings),
    operatorAddress,
    record: { entries: () => Readable.from([]) },
  });

test('[V11] a server that fails is told as a failure, without what it said', async (t) => {
  const answers: RequestListener[] = [
    (_request, response) => response.writeHead(500).end('at /srv/stock.php, line 7'),
    (request) => request.socket.destroy(),
  ];
  for (const answer of answers) {
    const { run } = callWith(await asking(t, answer));
    const { outcome, outputJson } = await run();
    assert.equal(outcome, 'failed');
    assert.doesNotMatch(outputJson, /stock|127\.0\.0\.1/);
  }
});

test('[V11] a database that throws is told as a failure, without what it said', async () => {
  const written = { kind: 'sql', description: 'Asks.', statement: 'select 1 / 0' };
  const settings = configSchema.shape.own_tools.parse({ ask: written })['ask'];
  assert.ok(settings?.kind === 'sql');
  const transaction = () => Promise.reject(new Error('relation "ledger" does not exist'));
  const { run, log } = callWith(sqlTool('ask', settings, { transaction }));
  const { outcome, code, outputJson } = await run();
  assert.deepEqual([outcome, code], ['failed', 'TOOL_FAILED']);
  assert.doesNotMatch(outputJson, /ledger/);
  assert.ok(log.lines.some(({ fields }) => /ledger/.test(String(fields['reason']))));
});

test('a disk that takes no order for a transcript is told as a failure', async (t) => {
  const journalDirectory = mkdtempSync(join(tmpdir(), 'offhook-outbox-'));
  t.after(() => rmSync(journalDirectory, { recursive: true }));
  writeFileSync(join(journalDirectory, 'outbox'), 'in the way');
  const { run } = callWith(requestTranscript({ journalDirectory, operatorAddress }));
  const { outcome, outputJson } = await run({ to: 'operator' });
  assert.equal(outcome, 'failed');
  assert.ok(!outputJson.includes(journalDirectory));
});

test('[V11] answers of 5 MB and of 200 kB do not reach the model whole', async (t) => {
  const long = callWith(await asking(t, (_request, response) => response.end('x'.repeat(5e6))));
  assert.equal((await long.run()).outcome, 'failed');
  const shorter = callWith(await asking(t, (_request, response) => response.end('ż'.repeat(1e5))));
  const { outcome, outputJson } = await shorter.run();
  assert.equal(outcome, 'ok');
  assert.equal(JSON.parse(outputJson).truncated, true);
  assert.ok(Buffer.byteLength(outputJson) <= outputBytesMax);
});

test('[V11] a server that hangs is left in time, and its answer is no matter', async (t) => {
  const asked = Promise.withResolvers<() => void>();
  const tool = await asking(t, (_request, response) => {
    asked.resolve(() => response.end('{"late":true}'));
  });
  const { run, clock, isLate } = callWith(tool);
  const running = run();
  const answer = await asked.promise;
  clock.advance(5_000);
  const { outcome, code } = await running;
  assert.deepEqual([outcome, code], ['failed', 'TOOL_TIMEOUT']);
  answer();
  assert.deepEqual([isLate(), clock.pendingCount], [false, 0]);
});

test('a caller who leaves ends the request, and nothing comes of its answer', async (t) => {
  const [asked, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const tool = await asking(t, (_request, response) => {
    response.once('close', gone.resolve);
    asked.resolve();
  });
  const { run, hangUp, clock } = callWith(tool);
  const running = run();
  await asked.promise;
  hangUp.abort();
  const { outcome, code } = await running;
  assert.deepEqual([outcome, code], ['aborted', 'TOOL_ABORTED']);
  await gone.promise;
  assert.equal(clock.pendingCount, 0);
});

test('[V11] a mail server that hangs is left in time, and the model knows no more', async (t) => {
  const hangs = Promise.withResolvers<void>();
  const { settings, clientGone } = await scriptedMailServer(t, (line) => {
    if (line === '.') hangs.resolve();
    return mailReplies[line.split(' ', 1)[0] ?? ''] ?? null;
  });
  const { run, clock } = callWith(mailing(settings));
  const running = run(summary);
  await hangs.promise;
  clock.advance(15_000);
  const { outcome, outputJson } = await running;
  assert.equal(outcome, 'timeout');
  assert.match(outputJson, /whether it took effect is not known/);
  await clientGone;
});

test('a caller who leaves before the mail is on its way has none sent', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { settings, clientGone } = await scriptedMailServer(t, () => {
    asked.resolve();
    return null;
  });
  const { run, hangUp } = callWith(mailing(settings));
  const running = run(summary);
  await asked.promise;
  hangUp.abort();
  assert.equal((await running).outcome, 'aborted');
  await clientGone;
});

test('[V11] the model is told whether a mail was not sent, or may have been', async () => {
  for (const [code, told] of [
    ['MAIL_NOT_SENT', 'not sent'],
    ['MAIL_OUTCOME_UNKNOWN', 'not known'],
  ] as const) {
    const tool = sendEmailSummary({
      mailer: { send: () => Promise.reject(new GatewayError(code, `it is ${told}`)) },
      operatorAddress,
      record: { entries: () => Readable.from([]) },
    });
    assert.equal(tool.repeatable, false);
    const { outcome, outputJson } = await callWith(tool).run(summary);
    assert.equal(outcome, 'failed');
    assert.deepEqual(JSON.parse(outputJson), { error: { code, message: `it is ${told}` } });
  }
});
