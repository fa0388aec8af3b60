import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SoundCache } from './sound-cache.ts';

test('the sound that was not asked for the longest makes room', () => {
  const cache = new SoundCache(10);
  cache.set('a', new Uint8Array(4));
  cache.set('b', new Uint8Array(4));
  assert.ok(cache.get('a'));
  cache.set('c', new Uint8Array(4));
  assert.equal(cache.get('b'), undefined);
  assert.ok(cache.get('a'));
  assert.ok(cache.get('c'));
});

test('it never holds more bytes than it may, and counts what it holds', () => {
  const sounds = fc.array(fc.tuple(fc.nat(5), fc.nat(15)), { maxLength: 50 });
  fc.assert(
    fc.property(sounds, (sets) => {
      const cache = new SoundCache(10);
      for (const [key, length] of sets) {
        cache.set(String(key), new Uint8Array(length));
        assert.ok(cache.bytes <= 10);
        assert.equal(cache.get(String(key))?.length, length <= 10 ? length : undefined);
      }
      const held = [0, 1, 2, 3, 4, 5].map((key) => cache.get(String(key))?.length ?? 0);
      assert.equal(
        held.reduce((sum, length) => sum + length, 0),
        cache.bytes,
      );
    }),
  );
});
