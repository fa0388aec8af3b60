import type { Random } from '../runtime/random.ts';

/** A sine of `sampleCount` samples; `amplitude` 1 is full scale, `phase` in radians. */
export function sine(options: {
  readonly rateHz: number;
  readonly hz: number;
  readonly sampleCount: number;
  readonly amplitude?: number;
  readonly phase?: number;
}): Int16Array {
  const { rateHz, hz, sampleCount, amplitude = 0.5, phase = 0 } = options;
  const step = (2 * Math.PI * hz) / rateHz;
  return Int16Array.from({ length: sampleCount }, (_, index) =>
    Math.round(32767 * amplitude * Math.sin(step * index + phase)),
  );
}

/** Fifteen tones of the telephone band, each a whole number of waves in every 20 ms. */
export const ladderHz: readonly number[] = Array.from(
  { length: 15 },
  (_, rung) => 400 + 200 * rung,
);

/**
 * A sound that tells its own position even after companding: each `rungMs` has the next tone of
 * `ladderHz`, over and over. `strongestHz` reads it.
 */
export function toneLadder(options: {
  readonly rateHz: number;
  readonly rungMs: number;
  readonly sampleCount: number;
}): Int16Array {
  const { rateHz, rungMs, sampleCount } = options;
  const rungSamples = (rateHz / 1000) * rungMs;
  return Int16Array.from({ length: sampleCount }, (_, index) => {
    const hz = ladderHz[Math.floor(index / rungSamples) % ladderHz.length]!;
    return Math.round(16384 * Math.sin((2 * Math.PI * hz * index) / rateHz));
  });
}

/** Whichever of `candidatesHz` is strongest in `samples` (Goertzel's algorithm). */
export function strongestHz(
  samples: Int16Array,
  rateHz: number,
  candidatesHz: readonly number[],
): number {
  const powers = candidatesHz.map((hz) => goertzelPower(samples, hz / rateHz));
  return candidatesHz[powers.indexOf(Math.max(...powers))] ?? 0;
}

function goertzelPower(samples: Int16Array, frequency: number): number {
  const twoCosine = 2 * Math.cos(2 * Math.PI * frequency);
  let last = 0;
  let beforeLast = 0;
  for (const sample of samples) {
    const next = sample + twoCosine * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  return last ** 2 + beforeLast ** 2 - twoCosine * last * beforeLast;
}

/** Samples that count 1, 2, … 65535 and over again: never 0, so silence between is seen. */
export function indexRamp(sampleCount: number, first = 0): Int16Array {
  return Int16Array.from({ length: sampleCount }, (_, index) => ((first + index) % 65_535) + 1);
}

/** The index, modulo 65,535, that a sample of `indexRamp` stands for; -1 for silence. */
export function rampIndex(sample: number): number {
  return (sample & 0xffff) - 1;
}

/** Noise with the same power at all frequencies; `amplitude` 1 is full scale. */
export function whiteNoise(random: Random, sampleCount: number, amplitude = 0.5): Int16Array {
  return Int16Array.from({ length: sampleCount }, () =>
    Math.round(32767 * amplitude * (2 * random.next() - 1)),
  );
}
