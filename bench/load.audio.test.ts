import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulaw } from '../src/audio/g711.ts';
import { type Sound, shownMs, spokenAudio, type Wire } from './load.audio.ts';

/** The first `count` frames of what is said, as a caller hears them. */
function framesOf(sound: Sound, wire: Wire, count: number): Int16Array[] {
  const { deltas } = spokenAudio(sound, wire, 4_000);
  const bytes = Buffer.concat(deltas.map((delta) => Buffer.from(delta, 'base64')));
  const samples =
    wire === 'pcmu'
      ? Int16Array.from(bytes, (code) => mulaw.sampleOf[code]!)
      : new Int16Array(new Uint8Array(bytes).buffer);
  const frameSamples = wire === 'pcmu' ? 160 : 480;
  return Array.from({ length: count }, (_, at) =>
    samples.subarray(at * frameSamples, (at + 1) * frameSamples),
  );
}

test('frames of a ramp show to the sample how much was heard, beyond the ramp’s own period', () => {
  for (const count of [1, 60, 136, 137, 190]) {
    assert.equal(shownMs('ramp', framesOf('ramp', 'pcm24', count)), count * 20);
  }
  const cut = framesOf('ramp', 'pcm24', 150);
  cut[149] = cut[149]!.subarray(0, 240);
  assert.equal(shownMs('ramp', cut), 149 * 20 + 10);
});

test('frames of a ladder in µ-law show which rung was heard last', () => {
  for (const count of [1, 14, 15, 16, 100]) {
    assert.equal(shownMs('ladder', framesOf('ladder', 'pcmu', count)), count * 20);
  }
});

test('who has heard nothing has been shown nothing', () => {
  assert.equal(shownMs('ramp', []), 0);
});
