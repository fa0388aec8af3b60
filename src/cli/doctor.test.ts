import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { TcpListener } from '../runtime/tcp-socket.ts';
import { type Check, type Finding, runDoctor } from './doctor.ts';
import {
  configCheck,
  configuredChecks,
  journalCheck,
  keyCheck,
  modelCheck,
  nodeCheck,
  portCheck,
  providerCheck,
  speechCheck,
} from './doctor-checks.ts';
import { terminal } from './terminal.ts';

function paper() {
  let text = '';
  const stream = { write: (written: string) => (text += written) };
  return { terminal: terminal({ out: stream, errors: stream, env: {} }), text: () => text };
}

const check = (name: string, finding: Finding): Check => ({ name, examine: async () => finding });
const holds = check('node', { state: 'holds', fact: 'v24' });
const failed = check('journal', { state: 'failed', fact: 'no space', cure: 'delete something' });

test('[O6] if all checks hold the exit code is 0, one that fails says its cure', async () => {
  const well = paper();
  assert.equal(await runDoctor([holds], well.terminal, { isJson: false }), 0);
  assert.equal(well.text(), 'ok       node  v24\nReady for calls.\n');
  const ill = paper();
  assert.equal(await runDoctor([holds, failed], ill.terminal, { isJson: false }), 1);
  assert.match(
    ill.text(),
    /FAILED {3}journal {2}no space\n +→ delete something\n1 of 2 checks failed/,
  );
});

test('[O6] --json prints one object and nothing else', async () => {
  const { terminal, text } = paper();
  assert.equal(await runDoctor([holds, failed], terminal, { isJson: true }), 1);
  assert.deepEqual(JSON.parse(text()), {
    isWell: false,
    checks: [
      { name: 'node', state: 'holds', fact: 'v24' },
      { name: 'journal', state: 'failed', fact: 'no space', cure: 'delete something' },
    ],
  });
});

test('[O6] a check that breaks is a failure of its own, the others go on', async () => {
  const broken: Check = { name: 'clock', examine: () => Promise.reject(new Error('stopped')) };
  const { terminal, text } = paper();
  assert.equal(await runDoctor([broken, holds], terminal, { isJson: false }), 1);
  assert.match(text(), /FAILED {3}clock {2}stopped\n/);
  assert.match(text(), /ok {7}node {3}v24\n/);
});

test('[O6] an old Node, a missing key and a wrong configuration fail with a cure', async () => {
  assert.equal((await nodeCheck('v22.18.0').examine()).state, 'holds');
  assert.equal((await nodeCheck('v20.20.0').examine()).state, 'failed');
  const missing = await keyCheck({
    name: 'OPENAI_API_KEY',
    isSet: false,
    isNeeded: true,
  }).examine();
  assert.ok(missing.state === 'failed' && missing.cure.includes('OPENAI_API_KEY='));
  const idle = await keyCheck({ name: 'OPENAI_API_KEY', isSet: false, isNeeded: false }).examine();
  assert.equal(idle.state, 'skipped');
  const unreadable = await configCheck(() => Promise.reject(new Error('line 3'))).examine();
  assert.ok(unreadable.state === 'failed' && unreadable.fact === 'line 3');
  const away = await providerCheck('openai', () => Promise.reject(new Error('401'))).examine();
  assert.equal(away.state, 'failed');
});

test('[O6] a port that is taken is told from one that is free', async () => {
  const taken = new TcpListener({ host: '127.0.0.1', port: 0 });
  const listening = await taken.listen((socket) => socket.destroy());
  const address = { host: '127.0.0.1', port: taken.port };
  assert.equal((await portCheck('http', address).examine()).state, 'doubtful');
  await listening.close();
  assert.equal((await portCheck('http', address).examine()).state, 'holds');
});

test('[O6] a journal directory is made, and one that is a file fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-doctor-'));
  const made = await journalCheck(join(folder, 'new', 'journal')).examine();
  assert.match(made.fact, /MB are free/);
  writeFileSync(join(folder, 'file'), '');
  assert.equal((await journalCheck(join(folder, 'file')).examine()).state, 'failed');
  rmSync(folder, { recursive: true });
});

test('[O6] a model that ends is warned about for 90 days and then fails', async () => {
  const clock = new VirtualClock();
  const ending = async (endsAt: string | null) =>
    (await modelCheck({ id: 'gpt-realtime', endsAt }, clock).examine()).state;
  assert.equal(await ending(null), 'holds');
  assert.equal(await ending('2026-12-31'), 'holds');
  assert.equal(await ending('2026-03-01'), 'doubtful');
  assert.equal(await ending('2025-12-31'), 'failed');
});

test('[O6] a speech engine that misunderstands itself, or cannot be loaded, fails', async () => {
  const check = async (heard: string | null) =>
    (await speechCheck(async () => ({ spoken: 'menu', heard })).examine()).state;
  assert.equal(await check('menu'), 'holds');
  assert.equal(await check('venue'), 'failed');
  assert.equal(await check(null), 'failed');
  const broken = await speechCheck(() => Promise.reject(new Error('no such package'))).examine();
  assert.ok(broken.state === 'failed' && broken.fact === 'no such package');
  assert.equal((await speechCheck(null).examine()).state, 'skipped');
});

test('[O6] a configuration is examined from its ports to the voice of the agent', async () => {
  const heard = { startMs: 140, endMs: 900 };
  const timeline = { durationMs: 1_000, caller: [], agent: [heard], turns: [] };
  const silence = new Int16Array(0);
  const call = { end: 'caller-hung-up', rateHz: 8000, caller: silence, agent: silence } as const;
  const facts = {
    ports: [{ use: 'api', host: '127.0.0.1', port: 0 }],
    keys: [{ name: 'OPENAI_API_KEY', isSet: true, isNeeded: true }],
    providers: [{ name: 'local', probe: null }],
    models: [{ id: 'gpt-realtime-2.1', endsAt: null }],
    journalDirectory: tmpdir(),
    hearItself: async () => ({ spoken: 'menu', heard: 'menu' }),
    placeTestCall: async () => ({ ...call, timeline, agentFrameCount: 50, latenessMsMax: 1 }),
  };
  const clock = new VirtualClock();
  const checks = configuredChecks(facts, clock);
  assert.deepEqual(
    checks.map(({ name }) => name),
    [
      'port api',
      'key OPENAI_API_KEY',
      'journal',
      'clock',
      'model gpt-realtime-2.1',
      'provider local',
      'speech engine',
      'audio path',
    ],
  );
  const path = await checks.at(-1)!.examine();
  assert.equal(path.fact, 'the agent was heard after 140 ms');
});
