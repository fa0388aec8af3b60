import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { logOutput } from './log-output.ts';
import { metricsRegistry } from './metrics.ts';

test('lines arrive whole and in order, at the latest with the flush', () => {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-log-'));
  const path = join(directory, 'log');
  const file = openSync(path, 'w');
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const output = logOutput(file, metrics);
  const lines = Array.from({ length: 1_000 }, (_, index) => `{"line":${index}}\n`);
  for (const line of lines) output.write(line);
  output.flush();
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
  closeSync(file);
  rmSync(directory, { recursive: true });
});

test('[V14] what waits for a slow reader is bounded; the rest is dropped and counted', async () => {
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const file = openSync('/dev/null', 'w');
  const output = logOutput(file, metrics);
  // Nothing is written before this turn of the event loop ends: 40 MB wait.
  for (let index = 0; index < 40; index += 1) output.write(`${'x'.repeat(1024 * 1024)}\n`);
  const text = await metrics.text();
  const [, dropped] = text.match(/offhook_limits_total\{limit="log_output"\} (\d+)/) ?? [];
  assert.ok(Number(dropped) >= 30, `dropped ${dropped}`);
  output.flush();
  closeSync(file);
});
