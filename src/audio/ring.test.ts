import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AudioRing, ringStartBytes } from './ring.ts';

const frameBytes = 160;
const openRing = (bytesMax = 10_000_000) => new AudioRing({ frameBytes, bytesMax });

function bytesFrom(first: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (first + at) % 251);
}

test('what goes in comes out in order, whatever the sizes and pauses', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ write: fc.integer({ min: 1, max: 40_000 }) }),
      fc.record({ reserve: fc.integer({ min: 1, max: 40_000 }) }),
      fc.record({ read: fc.integer({ min: 1, max: 300 }) }),
    ),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (script) => {
      const ring = openRing();
      let written = 0;
      let read = 0;
      for (const step of script) {
        if ('write' in step) {
          assert.ok(ring.write(bytesFrom(written, step.write), 0, step.write));
          written += step.write;
        } else if ('reserve' in step) {
          const at = ring.reserve(step.reserve);
          const used = Math.ceil(step.reserve / 2);
          ring.bytes.set(bytesFrom(written, used), at);
          ring.commit(used);
          written += used;
        } else {
          for (let turn = 0; turn < step.read; turn += 1) {
            const at = ring.readFrame();
            if (at < 0) break;
            assert.deepEqual(
              Buffer.from(ring.bytes.subarray(at, at + frameBytes)),
              Buffer.from(bytesFrom(read, frameBytes)),
            );
            read += frameBytes;
          }
        }
        assert.deepEqual([ring.writtenBytes, ring.readBytes], [written, read]);
        assert.equal(ring.queuedBytes, written - read);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('a write past the limit is refused whole', () => {
  const ring = openRing(1000);
  assert.equal(ring.write(bytesFrom(0, 900), 0, 900), true);
  assert.equal(ring.write(bytesFrom(0, 101), 0, 101), false);
  assert.equal(ring.reserve(101), -1);
  assert.equal(ring.queuedBytes, 900);
  assert.equal(ring.write(bytesFrom(0, 100), 0, 100), true);
});

test('no memory is held before the first byte and after a clear', () => {
  const ring = openRing();
  assert.equal(ring.bytes.length, 0);
  ring.write(bytesFrom(0, 10), 0, 10);
  assert.equal(ring.bytes.length, ringStartBytes);
  ring.write(new Uint8Array(1_000_000), 0, 1_000_000);
  assert.ok(ring.bytes.length >= 1_000_000);
  ring.clear();
  assert.equal(ring.bytes.length, 0);
});

test('a ring that is read as it is written never grows, over an hour', () => {
  const ring = openRing();
  const second = bytesFrom(0, 8000);
  for (let at = 0; at < 3600; at += 1) {
    assert.ok(ring.write(second, 0, 8000));
    for (let frame = 0; frame < 50; frame += 1) assert.ok(ring.readFrame() >= 0);
  }
  assert.equal(ring.bytes.length, ringStartBytes);
  assert.equal(ring.readBytes, 3600 * 8000);
  assert.equal(ring.queuedBytes, 0);
});

test('a clear drops what is queued and counts it: written = read + cleared + queued', () => {
  const ring = openRing();
  ring.write(bytesFrom(0, 1000), 0, 1000);
  ring.readFrame();
  ring.clear();
  assert.deepEqual([ring.queuedBytes, ring.clearedBytes, ring.readPosition], [0, 840, 1000]);
  assert.equal(ring.readFrame(), -1);
  ring.write(bytesFrom(7, 160), 0, 160);
  const at = ring.readFrame();
  assert.equal(ring.bytes[at], 7);
  assert.equal(ring.writtenBytes, ring.readBytes + ring.clearedBytes + ring.queuedBytes);
});

test('a partial last frame is completed with silence', () => {
  const ring = openRing();
  ring.write(bytesFrom(0, 200), 0, 200);
  assert.equal(ring.padToFrame(0xff), 120);
  assert.equal(ring.padToFrame(0xff), 0);
  ring.readFrame();
  const at = ring.readFrame();
  assert.deepEqual([...ring.bytes.subarray(at + 39, at + 42)], [199, 0xff, 0xff]);
});

test('committing more than was reserved is refused', () => {
  const ring = openRing();
  ring.reserve(10);
  assert.throws(() => ring.commit(11), /reserved/);
});
