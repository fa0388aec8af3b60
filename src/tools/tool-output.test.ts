import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { errorOutput, outputBytesMax, resultOutput } from './tool-output.ts';

test('a result is data inside one JSON value', () => {
  assert.equal(
    resultOutput({ name: 'Brochette', price: 4500 }),
    '{"result":{"name":"Brochette","price":4500}}',
  );
  assert.equal(resultOutput(undefined), '{"result":null}');
});

test('an error bears its code', () => {
  assert.deepEqual(JSON.parse(errorOutput('TOOL_FAILED', 'a "quoted" word')), {
    error: { code: 'TOOL_FAILED', message: 'a "quoted" word' },
  });
});

test('[V19] an output stays below the cap, is JSON and says when it was cut', () => {
  const long = fc.string({ unit: 'grapheme', minLength: 10, maxLength: 60 });
  const repeats = fc.integer({ min: 200, max: 4000 });
  fc.assert(
    fc.property(long, repeats, (text, times) => {
      const output = resultOutput({ text: text.repeat(times) });
      assert.ok(Buffer.byteLength(output) <= outputBytesMax);
      const told = JSON.parse(output);
      if (told.truncated === true) {
        assert.ok(told.resultBytes > outputBytesMax - 20);
        assert.ok(
          JSON.stringify({ text: text.repeat(times) }).startsWith(told.result.slice(0, -1)),
        );
      } else assert.deepEqual(told.result, { text: text.repeat(times) });
    }),
    { numRuns: 60 },
  );
});
