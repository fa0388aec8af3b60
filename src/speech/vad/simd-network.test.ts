import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simdNetwork } from './simd-network.ts';
import { hopSamples, SpeechMemory, type SpeechNetwork } from './speech-network.ts';
import { plainNetwork } from './testing/plain-network.ts';
import { joined, keyTones, promptsFolder, speechIn, whiteNoise } from './testing/sounds.ts';
import { readWeights } from './weights.ts';

const weights = readWeights();
const simd = simdNetwork(weights);
assert.ok(simd !== null, 'this machine has SIMD');

/** A voice, noise, tones, and square waves of full scale. */
const sound = joined(
  speechIn(promptsFolder, 3)[0]!.subarray(0, 24_000),
  whiteNoise(500),
  keyTones(500),
  Int16Array.from({ length: 4_000 }, (_, at) => (at % 20 < 10 ? 32_767 : -32_768)),
);

function probabilities(network: SpeechNetwork, samples: Int16Array): number[] {
  const memory = new SpeechMemory();
  return Array.from({ length: Math.floor(samples.length / hopSamples) }, (_, hop) => {
    const part = samples.subarray(hop * hopSamples, (hop + 1) * hopSamples);
    return network.probability(
      Float32Array.from(part, (sample) => sample / 32_768),
      memory,
    );
  });
}

test('the kernel gives what the network written out gives, and knows a voice', () => {
  const [ours, oracle] = [probabilities(simd, sound), probabilities(plainNetwork(weights), sound)];
  const differences = ours.map((probability, hop) => Math.abs(probability - oracle[hop]!));
  assert.ok(Math.max(...differences) < 1e-4, `they differ by ${Math.max(...differences)}`);
  const voiced = oracle.filter((probability) => probability >= 0.5).length;
  assert.ok(voiced > 60 && voiced < oracle.length - 20, `${voiced} of ${oracle.length} hops`);
});

test('calls that take turns hear nothing of each other', () => {
  const alone = probabilities(simd, sound);
  const memories = [new SpeechMemory(), new SpeechMemory()] as const;
  const noise = Float32Array.from(whiteNoise(32), (sample) => sample / 32_768);
  const between = alone.map((_, hop) => {
    simd.probability(noise, memories[1]);
    const part = sound.subarray(hop * hopSamples, (hop + 1) * hopSamples);
    return simd.probability(
      Float32Array.from(part, (sample) => sample / 32_768),
      memories[0],
    );
  });
  assert.deepEqual(between, alone);
});
