import { createConverterFactory } from '../../audio/converter.ts';
import type { AudioFormat } from '../../audio/format.ts';
import { createResamplerFactory } from '../../audio/resample.ts';
import type { SpeechEdge } from '../detector.ts';
import { HopListener, type SharedEar } from './hop-listener.ts';
import { SileroDetector, type SileroDetectorSettings } from './silero-detector.ts';
import { simdNetwork } from './simd-network.ts';
import { hopSamples, SpeechMemory } from './speech-network.ts';
import { readWeights } from './weights.ts';

/** How much a frame sounds like a voice, 0..1: of 20 ms in the format it was made for. */
export interface VoiceScorer {
  score(frame: Uint8Array): number;
}

/** The ear of a process: one network and one set of weights for all calls. */
export interface Silero {
  detector(
    format: AudioFormat,
    settings: SileroDetectorSettings,
    onEdge: (edge: SpeechEdge) => void,
  ): SileroDetector;
  /** For a turn detection with rules of its own: the probability of the latest hop. */
  scorer(format: AudioFormat): VoiceScorer;
}

/** Hops of silence after which the compiler has done its best: they take 1 ms. */
const warmUpHops = 20;

/**
 * Reads the weights (20 ms of work, 1 MB of memory) and makes the ear, or gives `null` where
 * WebAssembly has no SIMD: then the energy detector is the one to use.
 */
export function openSilero(): Silero | null {
  const network = simdNetwork(readWeights());
  if (network === null) return null;
  const silence = new Float32Array(hopSamples);
  const memory = new SpeechMemory();
  for (let hop = 0; hop < warmUpHops; hop += 1) network.probability(silence, memory);
  // The plain resamplers have their memory on the heap: who listens need not be closed.
  const converters = createConverterFactory(createResamplerFactory({ kernel: 'plain' }));
  const ear: SharedEar = { network, converters };
  return {
    detector: (format, settings, onEdge) => new SileroDetector(ear, format, settings, onEdge),
    scorer: (format) => voiceScorer(ear, format),
  };
}

function voiceScorer(ear: SharedEar, format: AudioFormat): VoiceScorer {
  let latest = 0;
  const listener = new HopListener(ear, format, (probability) => {
    latest = probability;
  });
  return {
    score(frame) {
      listener.push(frame, 0, frame.length);
      return latest;
    },
  };
}
