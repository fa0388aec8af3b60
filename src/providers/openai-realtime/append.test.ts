import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppendWriter } from './append.ts';

test('a written append is the one of JSON.stringify, for any bytes and order of sizes', () => {
  const chunk = fc.record({
    bytes: fc.uint8Array({ maxLength: 2_000 }),
    from: fc.nat(50),
    isBuffer: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
      const writer = new AppendWriter();
      for (const { bytes, from, isBuffer } of chunks) {
        const offset = Math.min(from, bytes.length);
        const length = bytes.length - offset;
        const written = writer.write(isBuffer ? Buffer.from(bytes) : bytes, offset, length);
        const audio = Buffer.from(bytes.subarray(offset)).toString('base64');
        const expected = JSON.stringify({ type: 'input_audio_buffer.append', audio });
        assert.equal(written.toString(), expected);
      }
    }),
  );
});
