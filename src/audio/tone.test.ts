import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../runtime/random.ts';
import { mulaw } from './g711.ts';
import {
  indexRamp,
  ladderHz,
  rampIndex,
  sine,
  strongestHz,
  toneLadder,
  whiteNoise,
} from './tone.ts';
import { decibels, fitTone, rmsOf } from './tone-fit.ts';

test('a sine has the level and frequency asked for, and nothing else above rounding', () => {
  const tone = sine({ rateHz: 8000, hz: 1004, sampleCount: 8000, amplitude: 0.25 });
  const fit = fitTone(tone, 8000, 1004);
  assert.ok(Math.abs(fit.amplitude - 32767 / 4) < 0.1);
  assert.ok(fit.snrDb > 80);
  assert.ok(Math.abs(decibels(rmsOf(tone) / 32767) + 15.05) < 0.01);
});

test('every rung of the ladder is known again after µ-law, from any 20 ms inside it', () => {
  const ladder = toneLadder({ rateHz: 8000, rungMs: 100, sampleCount: 8000 * 1.5 });
  const heard = ladder.map((sample) => mulaw.sampleOf[mulaw.codeOf[sample & 0xffff]!]!);
  for (const [rung, hz] of ladderHz.entries()) {
    for (const at of [0, 300, 640]) {
      const start = rung * 800 + at;
      assert.equal(strongestHz(heard.subarray(start, start + 160), 8000, ladderHz), hz);
    }
  }
});

test('a sample of the ramp says its index, and silence says none', () => {
  const ramp = indexRamp(70_000, 10);
  for (const at of [0, 1, 40_000, 65_524]) assert.equal(rampIndex(ramp[at]!), at + 10);
  assert.equal(rampIndex(ramp[65_525]!), 0);
  assert.equal(ramp.includes(0), false);
  assert.equal(rampIndex(0), -1);
});

test('noise fills its range evenly and repeats with its seed', () => {
  const noise = whiteNoise(seededRandom(1), 20_000, 1);
  assert.ok(Math.abs(decibels(rmsOf(noise) / 32767) + 4.77) < 0.1);
  assert.deepEqual(whiteNoise(seededRandom(1), 20_000, 1), noise);
});
