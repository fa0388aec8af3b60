import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cepstralMean } from './cepstral-mean.ts';

const filterCount = 20;
const flat = (energy: number): number[] => Array.from({ length: filterCount }, () => energy);
const of = (...frames: readonly number[][]) =>
  cepstralMean({ bands: Float32Array.from(frames.flat()), filterCount });

test('a flat spectrum has its level in the first of 13 cepstra, and nothing else', () => {
  const [level, ...others] = of(flat(10))!;
  assert.ok(Math.abs(level! - 10 * Math.sqrt(filterCount)) < 1e-6);
  assert.equal(others.length, 12);
  for (const other of others) assert.ok(Math.abs(other) < 1e-6);
});

test('the mean is over frames, and leaves digital silence out', () => {
  const silence = flat(Math.log(1e-4));
  assert.deepEqual(of(silence, flat(8), silence, flat(12)), of(flat(10)));
});

test('of digital silence alone there is no mean', () => {
  assert.equal(of(flat(Math.log(1e-4))), null);
  assert.equal(of(), null);
});

test('a spectrum that falls has a second cepstrum above nought', () => {
  const falling = flat(0).map((_, band) => filterCount - band);
  assert.ok(of(falling)![1]! > 0);
});
