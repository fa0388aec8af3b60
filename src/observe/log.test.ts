import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanLog, jsonLog, type LogLevels } from './log.ts';
import type { LogFields } from './observe.ts';
import { redactor } from './redact.ts';

const epochMs = (): number => Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function logs(levels: LogLevels) {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
  };
  const options = { levels, redactor: redactor(['canary-secret']), epochMs, write };
  return { lines, json: jsonLog(options), human: humanLog(options) };
}

test('[V14] a line is one JSON object with level, time, component, fields and msg', () => {
  const { lines, json } = logs({ level: 'info', components: {} });
  json.child('session', { sessionId: 's1' }).info('AgentAudio', { replyId: 'r1' });
  assert.equal(lines.length, 1);
  assert.ok(lines[0]!.endsWith('}\n'));
  assert.deepEqual(JSON.parse(lines[0]!), {
    level: 'info',
    time: '2026-01-02T03:04:05.678Z',
    component: 'session',
    sessionId: 's1',
    replyId: 'r1',
    msg: 'AgentAudio',
  });
});

test('[V14] each component has its own level, by the nearest name', () => {
  const { lines, json } = logs({
    level: 'warn',
    components: { providers: 'info', 'providers.openai': 'debug', session: 'error' },
  });
  json.info('root');
  json.child('providers').debug('providers');
  json.child('providers.deepgram').info('deepgram');
  json.child('providers.openai').debug('openai');
  json.child('providers.openai_realtime').debug('realtime');
  json.child('session').warn('session');
  json.child('session').child('tools').warn('tools');
  const heard = lines.map((line) => JSON.parse(line).msg);
  assert.deepEqual(heard, ['deepgram', 'openai', 'realtime', 'tools']);
});

test('a debug line that is off never looks at its fields', () => {
  const { lines, json } = logs({ level: 'info', components: {} });
  const fields: LogFields = {
    get costly(): string {
      throw new Error('read');
    },
  };
  json.debug('off', fields);
  assert.deepEqual(lines, []);
});

test('[V14] nothing of a key, token, digit or audio is in any line, of either kind', () => {
  const { lines, json, human } = logs({ level: 'debug', components: {} });
  const fields = {
    apiKey: 'canary-1',
    headers: { Authorization: 'Bearer canary-2' },
    digit: '7331',
    frame: Buffer.from('canary-3'),
    error: new Error('got canary-secret', { cause: { token: 'canary-4' } }),
    audio: Buffer.from('canary-5'.repeat(50)).toString('base64'),
  };
  for (const log of [json, human]) {
    const child = log.child('session', fields);
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      child[level]('canary-secret was used', fields);
    }
  }
  assert.equal(lines.length, 8);
  for (const line of lines) assert.doesNotMatch(line, /canary|7331|Y2FuYXJ5/);
});

test('a field named as one of the own keys of a line takes nothing away', () => {
  const { lines, json } = logs({ level: 'info', components: {} });
  json.child('session').info('said', { msg: 'mine', level: 3 });
  const { msg, level, msg_, level_ } = JSON.parse(lines[0]!);
  assert.deepEqual([msg, level, msg_, level_], ['said', 'info', 'mine', 3]);
});

test('the log for people is one line each, texts with spaces in quotes', () => {
  const { lines, human } = logs({ level: 'info', components: {} });
  human.child('session').warn('tool was slow', { tool: 'lookup', text: 'two\nlines', tookMs: 12 });
  assert.deepEqual(lines, [
    '03:04:05.678 warn  session  tool was slow  tool=lookup  text="two\\nlines"  tookMs=12\n',
  ]);
});
