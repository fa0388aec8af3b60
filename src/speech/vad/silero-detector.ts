import type { AudioFormat } from '../../audio/format.ts';
import { silenceDbfs } from '../../audio/level.ts';
import type { SpeechDetector, SpeechEdge } from '../detector.ts';
import { LevelWindow } from '../level-window.ts';
import { AgentEcho, thresholdDbfs } from './agent-echo.ts';
import { EdgeJudge } from './edge-judge.ts';
import { HopListener, hopMs, type SharedEar } from './hop-listener.ts';

/** How much less likely a voice may be once speech goes on: the vendor's own distance. */
export const hysteresis = 0.15;

/**
 * How long the network still hears a voice that has ended: 90 to 200 ms after the last sound of 49
 * sentences of Flite at a telephone's level, their 32 ms hops included.
 */
export const releaseMs = 100;

/**
 * What is softer is no voice, whatever the network still hears of the last one: it takes 100 ms to
 * let go. An idle line may have -71 dBFS of noise (ITU-T G.712: -65 dBm0p), the softest end of a
 * word of a talker at -35 dBFS has more than this.
 */
const quietestDbfs = -60;

/**
 * Over the agent the loudest of the last 3 to 6 hops counts: consonants are soft. Of 23 callers at
 * -6 dB nine in ten were then confirmed within 520 ms, and within 900 ms with each hop on its own.
 */
const syllableHops = 3;

/**
 * `vad.webrtc_aggressiveness`: how sure the network must be, and how much of that confirms a start.
 * 1 is the default and the vendor's own threshold.
 */
export const strictness = [
  { probability: 0.4, confirmMs: 60 },
  { probability: 0.5, confirmMs: 90 },
  { probability: 0.6, confirmMs: 120 },
  { probability: 0.7, confirmMs: 150 },
] as const;

/** The keys of `vad` in the configuration, as this detector takes them. */
export interface SileroDetectorSettings {
  /** `vad.webrtc_aggressiveness`. */
  readonly aggressiveness: 0 | 1 | 2 | 3;
  /**
   * `vad.confidence_threshold`, 0.1..1: the share of hops with a voice at which a stretch counts as
   * speech. 1: without a gap; 0.6: 3 hops out of 5.
   */
  readonly confidenceThreshold: number;
  /**
   * `vad.energy_threshold`: the RMS of 16-bit samples that a caller reaches who talks over an agent
   * at -20 dBFS; it moves with the agent's level. While the agent is silent no level is asked for.
   */
  readonly energyThreshold: number;
  /**
   * `vad.enhanced_enabled`: hold speech against the agent's level. Without it the network alone
   * judges, to which an echo of the agent is a voice like any other.
   */
  readonly isEnhanced: boolean;
}

/** Tells a voice from any other sound, and a caller who talks over the agent from its echo. */
export class SileroDetector implements SpeechDetector {
  readonly #onEdge: (edge: SpeechEdge) => void;
  readonly #listener: HopListener;
  readonly #judge: EdgeJudge;
  readonly #callerLevels = new LevelWindow(syllableHops);
  readonly #echo = new AgentEcho(hopMs);
  readonly #probability: number;
  readonly #thresholdDbfs: number;
  readonly #isEnhanced: boolean;

  constructor(
    ear: SharedEar,
    format: AudioFormat,
    settings: SileroDetectorSettings,
    onEdge: (edge: SpeechEdge) => void,
  ) {
    const { probability, confirmMs } = strictness[settings.aggressiveness];
    this.#onEdge = onEdge;
    this.#listener = new HopListener(ear, format, this.#judgeHop);
    const confidence = settings.confidenceThreshold;
    this.#judge = new EdgeJudge({ blockMs: hopMs, confirmMs, confidence, hysteresis });
    this.#probability = probability;
    this.#thresholdDbfs = thresholdDbfs(settings.energyThreshold);
    this.#isEnhanced = settings.isEnhanced;
  }

  push(bytes: Uint8Array, offset: number, length: number): void {
    this.#listener.push(bytes, offset, length);
  }

  agentLevel(levelDbfs: number): void {
    this.#echo.agentLevel(levelDbfs);
  }

  /**
   * Silence that ends speech from now on, 500 ms at first: less when what was said is complete,
   * more in the middle of a number.
   */
  setHangOverMs(hangOverMs: number): void {
    this.#judge.setHangOverMs(hangOverMs);
  }

  /** The audio goes on without a cut, so that the network keeps what it has heard. */
  reset(): void {
    this.#judge.reset();
  }

  readonly #judgeHop = (probability: number, levelDbfs: number): void => {
    this.#echo.passBlock();
    this.#callerLevels.push(levelDbfs);
    const isSoft = levelDbfs < quietestDbfs || this.#callerLevels.maxDbfs < this.#echoDbfs();
    const score = isSoft ? 0 : probability;
    const edge = this.#judge.judge(score, this.#probability);
    if (edge !== null) this.#onEdge(edge);
  };

  /** The loudest that the agent's echo may be. */
  #echoDbfs(): number {
    const overNominalDb = this.#isEnhanced ? this.#echo.overNominalDb : null;
    return overNominalDb === null ? silenceDbfs : this.#thresholdDbfs + overNominalDb;
  }
}
