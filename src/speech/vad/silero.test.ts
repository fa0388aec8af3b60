import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulaw8k } from '../../audio/format.ts';
import { mulaw } from '../../audio/g711.ts';
import { openSilero } from './silero.ts';
import { atLevel, otherSounds, promptsFolder, speechIn } from './testing/sounds.ts';

test('where WebAssembly has no SIMD there is no ear: the energy detector stands in', (t) => {
  t.mock.method(Reflect.get(globalThis, 'WebAssembly'), 'validate', () => false);
  assert.equal(openSilero(), null);
});

test('a scorer gives a voice high scores frame by frame, and anything else low ones', () => {
  const silero = openSilero();
  assert.ok(silero !== null);
  const scoresOf = (samples: Int16Array): number[] => {
    const scorer = silero.scorer(mulaw8k);
    return Array.from({ length: Math.floor(samples.length / 160) }, (_, at) => {
      const frame = samples.subarray(at * 160, at * 160 + 160);
      return scorer.score(Uint8Array.from(frame, (sample) => mulaw.codeOf[sample & 0xffff]!));
    });
  };
  const voice = scoresOf(atLevel(speechIn(promptsFolder, 3)[0]!, -20));
  assert.ok(voice.every((score) => score >= 0 && score <= 1));
  const voicedShare = voice.filter((score) => score >= 0.5).length / voice.length;
  assert.ok(voicedShare > 0.6, `${voicedShare} of a voice`);
  for (const [name, make] of Object.entries(otherSounds)) {
    const highest = Math.max(...scoresOf(atLevel(make(2_000), -20)).slice(10));
    assert.ok(highest < 0.5, `${name} scores ${highest}`);
  }
});
