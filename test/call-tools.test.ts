import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import { mailServer } from '../src/tools/testing/mail-server.ts';
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

const askForTranscript: EmulatorScriptSource = {
  firstDeltaMs: 20,
  speed: 20,
  replies: [
    {
      say: 'It comes by mail.',
      sound: { kind: 'ramp', ms: 200 },
      calls: [{ name: 'request_transcript', arguments: { to: 'caller' } }],
    },
    { say: 'Anything else?', sound: { kind: 'ramp', ms: 200 } },
  ],
};

/** A gateway's settings with mail, and a mail server that says when it has got one. */
async function withMail(t: TestContext) {
  const arrived = Promise.withResolvers<string>();
  const { settings } = await mailServer(t, {
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = envelope.rcptTo.map(({ address }) => address).join();
        arrived.resolve(`${to}\n${Buffer.concat(chunks)}`);
        done();
      });
    },
  });
  const { host, port, security, from } = settings;
  const mail = { host, port, security, from, operator_address: 'desk@example.org' };
  const tools = ['request_transcript'];
  const personas = { assistant: { instructions: 'Help.', greeting: 'Hello.', tools } };
  return { config: { mail, personas }, arrived: arrived.promise };
}

async function announce(apiUrl: string, query = ''): Promise<void> {
  const told = await fetch(`${apiUrl}/asterisk/calls${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uuid, variables: { email: 'guest@example.net' } }),
  });
  assert.equal(told.status, 201);
}

suite('a caller who asks for the transcript', { concurrency: 2 }, () => {
  test('[V11] a caller who gave a PIN gets it after the call', limits, async (t) => {
    const { config, arrived } = await withMail(t);
    const gateway = await startGateway(t, { config, script: askForTranscript });
    await announce(gateway.apiUrl, '?trust=verified');
    await gateway.call({ uuid, holdMs: 1_000 });
    const mail = await arrived;
    assert.match(mail, /^guest@example\.net\n/);
    assert.match(mail, /Agent: It comes by mail\./);
    assert.match(mail, /Agent: Anything else\?/);
    await gateway.log.line('a transcript was mailed');
  });

  test('[V19] a caller whose number alone is known gets none', limits, async (t) => {
    const { config } = await withMail(t);
    const gateway = await startGateway(t, { config, script: askForTranscript });
    await announce(gateway.apiUrl);
    await gateway.call({ uuid, holdMs: 1_000 });
    await gateway.log.line('call ended');
    const results = (await gateway.journal()).filter((entry) => entry.type === 'tool-result');
    assert.deepEqual(
      results.map(({ outcome, code }) => [outcome, code]),
      [['refused', 'TRUST_TOO_LOW']],
    );
  });

  test('[V11] a process that is lost in the call has the next one mail it', limits, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'offhook-journal-'));
    t.after(() => rmSync(dir, { recursive: true }));
    const { config, arrived } = await withMail(t);
    const options = { config: { ...config, journal: { dir } }, script: askForTranscript };
    const lost = await startGateway(t, options);
    await announce(lost.apiUrl, '?trust=verified');
    const calling = lost.call({ uuid, holdMs: 5_000 });
    await lost.log.line('tool ran');
    process.kill(lost.pid, 'SIGKILL');
    await Promise.all([lost.exit, calling]);
    const next = await startGateway(t, options);
    assert.match(await arrived, /^guest@example\.net\n/);
    await next.log.line('a transcript was mailed');
  });
});
