import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Framer } from './framer.ts';

const frameBytes = 320;

test('any chunking gives the same frames, and the flush completes the last with silence', () => {
  const stream = Uint8Array.from({ length: 4 * frameBytes + 100 }, (_, at) => at % 253);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1 }), (chunks) => {
      const framer = new Framer(frameBytes);
      const frames: number[] = [];
      const keep = (bytes: Uint8Array, offset: number) => {
        frames.push(...bytes.subarray(offset, offset + frameBytes));
      };
      let at = 0;
      for (let turn = 0; at < stream.length; turn += 1) {
        const length = Math.min(chunks[turn % chunks.length]!, stream.length - at);
        framer.push(stream, at, length, keep);
        at += length;
      }
      assert.equal(framer.pendingBytes, 100);
      framer.flush(0xd5, keep);
      framer.flush(0xd5, keep);
      assert.deepEqual(frames, [...stream, ...Array(frameBytes - 100).fill(0xd5)]);
    }),
    { seed: 1 },
  );
});

test('whole frames are shown in place, without a copy', () => {
  const stream = new Uint8Array(2 * frameBytes);
  const offsets: number[] = [];
  new Framer(frameBytes).push(stream, 0, stream.length, (bytes, offset) => {
    assert.equal(bytes, stream);
    offsets.push(offset);
  });
  assert.deepEqual(offsets, [0, frameBytes]);
});

test('a reset forgets the frame that was begun', () => {
  const framer = new Framer(frameBytes);
  framer.push(new Uint8Array(100), 0, 100, () => assert.fail('no frame is whole'));
  framer.reset();
  framer.flush(0, () => assert.fail('nothing is left'));
  assert.equal(framer.pendingBytes, 0);
});
