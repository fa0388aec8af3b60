import type { AudioFormat } from '../audio/format.ts';
import { rmsDbfs } from '../audio/level.ts';
import type { SpeechScorer } from './brain.ts';

/** Levels that score 0 and 1: speech on a telephone lies between, line noise below. */
const quietDbfs = -60;
const loudDbfs = -20;

/**
 * Scores by level alone, linear in dB: the usual threshold of 0.5 stands at -40 dBFS. It takes any
 * loud sound for speech; an engine with a real detector brings its own scorer.
 */
export function energyScorer(format: AudioFormat): SpeechScorer {
  return {
    score(frame) {
      const levelDbfs = rmsDbfs(frame, 0, frame.length, format.encoding);
      return Math.min(1, Math.max(0, (levelDbfs - quietDbfs) / (loudDbfs - quietDbfs)));
    },
  };
}
