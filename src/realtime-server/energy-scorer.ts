import { type AudioFormat, bytesPerSample } from '../audio/format.ts';
import { alaw, mulaw } from '../audio/g711.ts';
import type { SpeechScorer } from './brain.ts';

/** Level in dB below full scale that scores 0, and that scores 1: speech on a telephone is between. */
const quietDbfs = -60;
const loudDbfs = -20;

/** Mean square of a frame, full scale = 1. */
function meanSquare(frame: Uint8Array, format: AudioFormat): number {
  const sampleCount = Math.floor(frame.length / bytesPerSample(format));
  if (sampleCount === 0) return 0;
  let sum = 0;
  if (format.encoding === 'pcm_s16le') {
    for (let at = 0; at < sampleCount * 2; at += 2) {
      const sample = ((frame[at]! | (frame[at + 1]! << 8)) << 16) >> 16;
      sum += sample * sample;
    }
  } else {
    const { sampleOf } = format.encoding === 'mulaw' ? mulaw : alaw;
    for (let at = 0; at < sampleCount; at += 1) {
      const sample = sampleOf[frame[at]!]!;
      sum += sample * sample;
    }
  }
  return sum / sampleCount / 32768 ** 2;
}

/**
 * Scores by level alone, linear in dB from -60 to -20 dBFS: the server's threshold of 0.5 is -40.
 * It takes any loud sound for speech; an engine with a real detector brings its own scorer.
 */
export function energyScorer(format: AudioFormat): SpeechScorer {
  return {
    score(frame) {
      const levelDbfs = 10 * Math.log10(meanSquare(frame, format) + 1e-12);
      return Math.min(1, Math.max(0, (levelDbfs - quietDbfs) / (loudDbfs - quietDbfs)));
    },
  };
}
