import type { AudioFormat } from '../audio/format.ts';
import type { Config } from '../config/schema.ts';
import type { SpeechDetector, SpeechEdge } from '../speech/detector.ts';
import { EnergyDetector, type EnergyDetectorSettings } from '../speech/energy-detector.ts';
import { openSilero, type Silero } from '../speech/vad/silero.ts';

/**
 * Makes the detector that `vad.detector` names for one caller. The network is loaded once, before
 * the first call if the configuration has a gate for it; where the machine cannot run it, energy
 * decides.
 */
export function speechDetectors(
  config: () => Config,
): (format: AudioFormat, onEdge: (edge: SpeechEdge) => void) => SpeechDetector {
  let loaded: { readonly silero: Silero | null } | null = null;
  const load = (): Silero | null => {
    loaded ??= { silero: openSilero() };
    return loaded.silero;
  };
  const { vad } = config();
  if (vad.gate === 'local' && vad.detector === 'silero') load();
  return (format, onEdge) => {
    const current = config();
    const settings = detectorOf(current);
    const silero = current.vad.detector === 'silero' ? load() : null;
    return (
      silero?.detector(format, settings, onEdge) ?? new EnergyDetector(format, settings, onEdge)
    );
  };
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
