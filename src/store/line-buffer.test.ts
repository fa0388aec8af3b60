import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineBuffer } from './line-buffer.ts';

test('lines come out in UTF-8 as they went in, whatever their length, and once', () => {
  const buffer = new LineBuffer();
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.integer({ min: 0, max: 200_000 }).map((chars) => '€'.repeat(chars)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
      for (const each of lines) buffer.add(each);
      const taken = Buffer.from(buffer.take()).toString();
      assert.equal(taken, lines.map((each) => `${each}\n`).join(''));
    }),
  );
  assert.equal(buffer.take().length, 0);
});
