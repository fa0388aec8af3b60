import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { outlineOf, placeRegressionCall, readRecord, walkthroughPath } from './regression-call.ts';

/** The lines of every code block of the walkthrough that is marked with `mark`. */
function blocksOf(mark: 'log' | 'metrics'): readonly string[] {
  const text = readFileSync(walkthroughPath, 'utf8');
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${mark}\\n(.*?)\\n\`\`\``, 'gms'))];
  return blocks.flatMap(([, block = '']) => block.split('\n'));
}

test('[V18] [V8] a call today is as the record and the walkthrough tell', {
  timeout: 40_000,
}, async (t) => {
  const { result, record, metrics } = await placeRegressionCall(t);
  assert.equal(result.end, 'agent-hung-up');
  assert.deepEqual(outlineOf(record), outlineOf(readRecord()));

  await t.test('[V8] the log has the promised lines in the order of the walkthrough', () => {
    const messages = record.flatMap((line) => ('msg' in line ? [line.msg] : []));
    let from = 0;
    for (const promised of blocksOf('log')) {
      const at = messages.indexOf(promised, from);
      assert.notEqual(at, -1, `'${promised}' in its place`);
      from = at + 1;
    }
    assert.ok(from > 0);
  });

  await t.test('[V13] the metrics have the values of the walkthrough', () => {
    const lines = metrics.split('\n');
    const promised = blocksOf('metrics');
    assert.ok(promised.length > 0);
    assert.deepEqual(
      promised.filter((line) => !lines.includes(line)),
      [],
    );
  });
});
