import { type AudioFormat, bytesPerMs, silenceByte } from '../audio/format.ts';
import { alaw, mulaw } from '../audio/g711.ts';
import { indexRamp, ladderHz, sine, toneLadder } from '../audio/tone.ts';
import type { Sound } from './script.ts';

/** The recording `name` in `format`, or null when there is none. */
export type SampleLibrary = (name: string, format: AudioFormat) => Uint8Array | null;

/** `lengthBytes` of sound: `loop` over and over. Reading it never makes more than a piece. */
export interface LoopedSound {
  readonly loop: Uint8Array;
  readonly lengthBytes: number;
}

/** Every whole number of Hz has whole waves in a second, so the loop has no seam. */
const toneLoopMs = 1_000;

/** The ramp of `indexRamp` begins anew after so many samples. */
const rampSamples = 65_535;

/** Heard when a recording is missing: its pitch tells it from the tones of scripts. */
const missingHz = 330;

/** Words are spoken at about this pace: 150 words of six characters in a minute. */
const msPerCharacter = 66;

export function makeSound(
  sound: Sound,
  say: string,
  format: AudioFormat,
  samples: SampleLibrary,
): LoopedSound {
  if (sound.kind !== 'sample') {
    return { loop: loopOf(sound, format), lengthBytes: bytesOf(sound.ms, format) };
  }
  const recorded = samples(sound.name, format);
  if (recorded !== null) return { loop: recorded, lengthBytes: recorded.length };
  return makeSound(spokenTone(say), say, format, samples);
}

/** A tone as long as saying `text` would take. */
export function spokenTone(text: string): Sound & { kind: 'tone' } {
  return { kind: 'tone', hz: missingHz, ms: text.length * msPerCharacter };
}

/** `length` bytes of the sound from `offset`; fewer at its end. A copy, to be kept. */
export function readSound(sound: LoopedSound, offset: number, length: number): Uint8Array {
  const taken = new Uint8Array(Math.max(0, Math.min(length, sound.lengthBytes - offset)));
  let filled = 0;
  while (filled < taken.length) {
    const from = (offset + filled) % sound.loop.length;
    const piece = sound.loop.subarray(from, from + taken.length - filled);
    taken.set(piece, filled);
    filled += piece.length;
  }
  return taken;
}

function bytesOf(ms: number, format: AudioFormat): number {
  return ms * bytesPerMs(format);
}

function loopOf(sound: Exclude<Sound, { kind: 'sample' }>, format: AudioFormat): Uint8Array {
  const { rateHz } = format;
  if (sound.kind === 'silence') {
    return new Uint8Array(bytesOf(toneLoopMs, format)).fill(silenceByte(format.encoding));
  }
  if (sound.kind === 'ramp') return encode(indexRamp(rampSamples), format);
  if (sound.kind === 'ladder') {
    const sampleCount = (rateHz / 1000) * sound.rungMs * ladderHz.length;
    return encode(toneLadder({ rateHz, rungMs: sound.rungMs, sampleCount }), format);
  }
  const sampleCount = (rateHz / 1000) * toneLoopMs;
  return encode(sine({ rateHz, hz: sound.hz, sampleCount, amplitude: 0.25 }), format);
}

function encode(samples: Int16Array, format: AudioFormat): Uint8Array {
  if (format.encoding === 'pcm_s16le') return new Uint8Array(samples.buffer);
  const { codeOf } = format.encoding === 'mulaw' ? mulaw : alaw;
  return Uint8Array.from(samples, (sample) => codeOf[sample & 0xffff]!);
}
