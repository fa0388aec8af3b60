import type { AudioFormat } from '../audio/format.ts';
import type { Config } from '../config/schema.ts';
import type { SpeechScorer } from '../realtime-server/brain.ts';
import { energyScorer } from '../realtime-server/energy-scorer.ts';
import type { SpeechDetector, SpeechEdge } from '../speech/detector.ts';
import { EnergyDetector, type EnergyDetectorSettings } from '../speech/energy-detector.ts';
import { openSilero, type Silero } from '../speech/vad/silero.ts';
import { hysteresis, releaseMs, strictness } from '../speech/vad/silero-detector.ts';

/** Our own judges of speech, by the keys of `vad`. */
export interface SpeechDetectors {
  /** For the gate of one caller. */
  detector(format: AudioFormat, onEdge: (edge: SpeechEdge) => void): SpeechDetector;
  /** For the turn detection of our own engine. */
  scorer(format: AudioFormat): SpeechScorer;
  /** Loads the network before it is needed. */
  warm(): void;
}

/**
 * Makes what `vad.detector` names. The network is loaded once, before the first call if the
 * configuration has a gate for it; where the machine cannot run it, energy decides.
 */
export function speechDetectors(config: () => Config): SpeechDetectors {
  let loaded: { readonly silero: Silero | null } | null = null;
  const silero = (): Silero | null => {
    if (config().vad.detector !== 'silero') return null;
    loaded ??= { silero: openSilero() };
    return loaded.silero;
  };
  if (config().vad.gate === 'local') silero();
  return {
    detector(format, onEdge) {
      const settings = detectorOf(config());
      return (
        silero()?.detector(format, settings, onEdge) ?? new EnergyDetector(format, settings, onEdge)
      );
    },
    scorer(format) {
      const scorer = silero()?.scorer(format);
      if (scorer === undefined) return energyScorer(format);
      const { confirmMs } = strictness[config().vad.webrtc_aggressiveness];
      return { score: (frame) => scorer.score(frame), confirmMs, hysteresis, releaseMs };
    },
    warm() {
      silero();
    },
  };
}

/** What the scorer's values are held against. Energy is scored so that 0.5 is a usual threshold. */
export function scoreThreshold({ vad }: Config): number {
  return vad.detector === 'silero' ? strictness[vad.webrtc_aggressiveness].probability : 0.5;
}

/** The keys of `vad` as the detectors take them. */
function detectorOf({ vad }: Config): EnergyDetectorSettings {
  return {
    energyThreshold: vad.energy_threshold,
    aggressiveness: vad.webrtc_aggressiveness,
    confidenceThreshold: vad.confidence_threshold,
    isEnhanced: vad.enhanced_enabled,
  };
}
