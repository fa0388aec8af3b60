import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runDemo } from '../src/cli/demo.ts';
import { exitCodes } from '../src/cli/exit-codes.ts';
import { withPrivateGateway } from '../src/cli/private-gateway.ts';
import { terminal } from '../src/cli/terminal.ts';
import { silentLog } from '../src/observe/testing/silent.ts';
import { spawnGateway } from './gateway-process.ts';

async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

for (const section of ['audiosocket', 'api']) {
  test(`a port of ${section} that is taken: the port and its key are named`, async (t) => {
    const port = await takenPort(t);
    const { exit, log } = spawnGateway(t, { config: { [section]: { port } } });
    assert.equal(await exit, exitCodes.failed);
    assert.match(log.text, new RegExp(`127\\.0\\.0\\.1:${port}.*; ${section}\\.port chooses`));
  });
}

test('over a database without rows the waiter says so, and goes on', async () => {
  const settings = { default_persona: 'waiter' };
  await withPrivateGateway({ script: null, settings, log: silentLog }, async (gateway) => {
    const replyTo = async (text: string) => {
      const answer = await fetch(`${gateway.apiUrl}/ai/say`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
      });
      return await answer.text();
    };
    assert.match(await replyTo('what is on the menu'), /nothing on the menu/);
    assert.match(await replyTo('I would like two goat brochettes'), /not on the menu/);
    assert.match(await replyTo('what can you do'), /I can help with the menu/);
    await gateway.warmed;
  });
});

/** A person at a terminal who leaves as soon as something is shown. */
async function leaveDemo(record: string) {
  const shown: string[] = [];
  const write = (text: string) => shown.push(text);
  const person = terminal({ out: { isTTY: true, write }, errors: { write }, env: {} });
  const options = { record, once: false, quiet: true };
  const deps = { terminal: person, path: '', stopped: Promise.resolve() };
  return { exitCode: await runDemo(options, deps), shown: shown.join('') };
}

test('demos that start at the same time do not get in their way, nor in ours', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const record = join(folder, 'demo-call.wav');
  const demos = await Promise.all([leaveDemo(record), leaveDemo(record)]);
  for (const { exitCode, shown } of demos) assert.equal(exitCode, exitCodes.interrupted, shown);
  assert.equal(existsSync(record), false);
});

test('a demo that cannot keep its recording says where, before the call', async () => {
  await assert.rejects(leaveDemo('/nowhere/call.wav'), {
    code: 'REQUEST_INVALID',
    message: /cannot be written to \/nowhere\/call\.wav/,
  });
});
