import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../observe/observe.ts';
import { warnOfModelEnd } from './model-end.ts';

function recordingLog(lines: string[]): Log {
  const line = (level: string) => (message: string, fields?: object) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  const log: Log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: () => log,
  };
  return log;
}

test('[V3] a model with an announced end is warned about', async () => {
  const lines: string[] = [];
  const asked = { id: 'gpt-realtime', object: 'model', shutdown_date: '2027-01-20' };
  const end = await warnOfModelEnd('gpt-realtime', async () => asked, recordingLog(lines));
  assert.deepEqual(end, { model: 'gpt-realtime', shutdownDate: '2027-01-20' });
  assert.deepEqual(lines, [
    'warn the configured model will be switched off ' +
      '{"model":"gpt-realtime","shutdownDate":"2027-01-20"}',
  ]);
});

test('a model without an end is silent, a vendor that does not answer a debug line', async () => {
  const lines: string[] = [];
  const log = recordingLog(lines);
  assert.equal(
    await warnOfModelEnd('m', async () => ({ id: 'm', shutdown_date: null }), log),
    null,
  );
  assert.equal(lines.length, 0);
  const fail = () => Promise.reject(new Error('no network'));
  assert.equal(await warnOfModelEnd('m', fail, log), null);
  assert.equal(await warnOfModelEnd('m', async () => 'odd', log), null);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['debug', 'debug'],
  );
});
