/** Sounds that a detector is tried with: 16-bit samples at 8 kHz. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWav } from '../../../audio/wav.ts';
import { seededRandom } from '../../../runtime/random.ts';

/** Human speech: Debian's package asterisk-core-sounds-en-wav. */
export const humanFolder = '/usr/share/asterisk/sounds/en_US_f_Allison';
export const promptsFolder = join(import.meta.dirname, '../../../../prompts');
/** Why a test on human speech is skipped, or false. */
export const withoutHumans =
  !existsSync(humanFolder) && 'asterisk-core-sounds-en-wav is not installed';

/** Recordings of more than 1.5 s. */
export function speechIn(folder: string, keepOneOf: number): Int16Array[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.wav'));
  return names
    .filter((_, index) => index % keepOneOf === 0)
    .map((name) => readWav(readFileSync(join(folder, name))).samples[0]!)
    .filter((samples) => samples.length > 12_000);
}

/** Scaled to `levelDbfs`, measured over the blocks that are not pauses. */
export function atLevel(samples: Int16Array, levelDbfs: number): Int16Array {
  const blocks = Array.from({ length: Math.floor(samples.length / 160) }, (_, index) =>
    samples.subarray(index * 160, index * 160 + 160),
  );
  const powers = blocks.map((block) => block.reduce((sum, sample) => sum + sample ** 2, 0) / 160);
  const active = powers.filter((power) => power > 100 ** 2);
  const rms = Math.sqrt(active.reduce((sum, power) => sum + power, 0) / active.length);
  const gain = (32_768 * 10 ** (levelDbfs / 20)) / rms;
  return samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * gain))));
}

export function joined(...parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

export const pause = (durationMs: number): Int16Array => new Int16Array(durationMs * 8);

export function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** The sum of both, the second over and over again, saturated. */
export function mixed(samples: Int16Array, background: Int16Array): Int16Array {
  return samples.map((sample, at) =>
    Math.max(-32_768, Math.min(32_767, sample + background[at % background.length]!)),
  );
}

/** `durationMs` of what `sampleAt` gives, -1..1 or so; bring it to a level. */
function made(durationMs: number, sampleAt: (at: number) => number): Int16Array {
  return Int16Array.from({ length: durationMs * 8 }, (_, at) => Math.round(8_000 * sampleAt(at)));
}

const wave = (hz: number, at: number): number => Math.sin((2 * Math.PI * hz * at) / 8_000);

export function whiteNoise(durationMs: number): Int16Array {
  const random = seededRandom(7);
  return made(durationMs, () => 2 * random.next() - 1);
}

/** White noise held for 1, 2, 4 ... samples, summed: 3 dB less an octave (Voss and McCartney). */
export function pinkNoise(durationMs: number): Int16Array {
  const random = seededRandom(8);
  const held = Array.from({ length: 10 }, () => 0);
  return made(durationMs, (at) => {
    for (const octave of held.keys()) {
      if (at % 2 ** octave === 0) held[octave] = 2 * random.next() - 1;
    }
    return held.reduce((sum, value) => sum + value, 0) / 4;
  });
}

/** 6 dB less an octave above 10 Hz. */
export function brownNoise(durationMs: number): Int16Array {
  const random = seededRandom(9);
  let level = 0;
  return made(durationMs, () => {
    level = 0.992 * level + 0.15 * (2 * random.next() - 1);
    return level;
  });
}

/** The mains and its harmonics. */
export function hum(durationMs: number, mainsHz = 50): Int16Array {
  const harmonics = [1, 2, 3, 4, 5, 7, 9, 11];
  return made(durationMs, (at) =>
    harmonics.reduce((sum, harmonic) => sum + wave(mainsHz * harmonic, at) / harmonic, 0),
  );
}

/** Every key in turn, 100 ms long with 100 ms between (ITU-T Q.23). */
export function keyTones(durationMs: number): Int16Array {
  const lowHz = [697, 770, 852, 941];
  const highHz = [1209, 1336, 1477, 1633];
  return made(durationMs, (at) => {
    const turn = Math.floor(at / 800);
    const key = (turn >> 1) % 16;
    return turn % 2 === 1 ? 0 : wave(lowHz[key >> 2]!, at) / 2 + wave(highHz[key & 3]!, at) / 2;
  });
}

/** Ringing as in North America: 440 and 480 Hz, 2 s in every 6. */
export function ringing(durationMs: number): Int16Array {
  return made(durationMs, (at) =>
    at % 48_000 < 16_000 ? wave(440, at) / 2 + wave(480, at) / 2 : 0,
  );
}

/** A click of 2 ms every third of a second. */
export function clicks(durationMs: number): Int16Array {
  const random = seededRandom(10);
  return made(durationMs, (at) => (at % 2_667 < 16 ? 2 * random.next() - 1 : 0));
}

/** What lasts, is loud and is not a voice. */
export const otherSounds: Readonly<Record<string, (durationMs: number) => Int16Array>> = {
  'white noise': whiteNoise,
  'pink noise': pinkNoise,
  'brown noise': brownNoise,
  'hum of 50 Hz': hum,
  'hum of 60 Hz': (durationMs) => hum(durationMs, 60),
  'key tones': keyTones,
  ringing,
  clicks,
};
