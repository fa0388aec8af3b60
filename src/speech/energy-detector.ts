import { type AudioFormat, bytesPerMs } from '../audio/format.ts';
import { Framer } from '../audio/framer.ts';
import { rmsDbfs } from '../audio/level.ts';
import type { SpeechDetector, SpeechEdge } from './detector.ts';
import { LevelWindow } from './level-window.ts';
import { AgentEcho, thresholdDbfs } from './vad/agent-echo.ts';
import { EdgeJudge } from './vad/edge-judge.ts';

/** Levels are judged in blocks of this length: a pitch period of the deepest voice fits in. */
export const blockMs = 10;

/** Once speech goes on, its soft ends may be this much softer than what began it. */
const hysteresisDb = 6;

/** However soft the agent is, what is softer than this is no speech: line noise on a telephone. */
const quietestDbfs = -45;

/**
 * Background noise is the softest block of this long or more: speech pauses at least once in it.
 * What never falls below a level for two such windows is noise, whatever it sounds like.
 */
const noiseWindowMs = 1_000;

/**
 * The softest of 100 blocks of steady white noise is this much below their mean (80 samples each).
 */
const minimumBiasDb = 2;

/**
 * `vad.webrtc_aggressiveness`: by how much speech must stand out of the background, and how much of
 * it confirms a start. 1 is the default; 0 and 3 bear the names and the order of WebRTC's modes.
 */
const strictness = [
  { overNoiseDb: 6, confirmMs: 60 },
  { overNoiseDb: 9, confirmMs: 90 },
  { overNoiseDb: 12, confirmMs: 120 },
  { overNoiseDb: 15, confirmMs: 150 },
] as const;

/** The keys of `vad` in the configuration. */
export interface EnergyDetectorSettings {
  /**
   * `vad.energy_threshold`: the RMS of 16-bit samples that speech reaches, over an agent at -20
   * dBFS.
   */
  readonly energyThreshold: number;
  /** `vad.webrtc_aggressiveness`. */
  readonly aggressiveness: 0 | 1 | 2 | 3;
  /**
   * `vad.confidence_threshold`, 0.1..1: the share of loud blocks at which a stretch counts as
   * speech. 1: without a gap; 0.6: 90 ms of sound within 150 ms.
   */
  readonly confidenceThreshold: number;
  /**
   * `vad.enhanced_enabled`: hold speech against the noise and the agent's level, not the threshold
   * alone.
   */
  readonly isEnhanced: boolean;
}

export const defaultEnergyDetectorSettings: EnergyDetectorSettings = {
  energyThreshold: 1500,
  aggressiveness: 1,
  confidenceThreshold: 0.6,
  isEnhanced: true,
};

/**
 * Tells speech by its energy alone: any loud sound that lasts is taken for it. A block is loud when
 * it passes a threshold that follows the agent's level, and stands out of the noise floor.
 */
export class EnergyDetector implements SpeechDetector {
  readonly #format: AudioFormat;
  readonly #onEdge: (edge: SpeechEdge) => void;
  readonly #framer: Framer;
  readonly #thresholdDbfs: number;
  readonly #overNoiseDb: number;
  readonly #isEnhanced: boolean;
  readonly #callerLevels = new LevelWindow(noiseWindowMs / blockMs);
  readonly #echo = new AgentEcho(blockMs);
  readonly #judge: EdgeJudge;

  constructor(
    format: AudioFormat,
    settings: EnergyDetectorSettings,
    onEdge: (edge: SpeechEdge) => void,
  ) {
    const { overNoiseDb, confirmMs } = strictness[settings.aggressiveness];
    this.#format = format;
    this.#onEdge = onEdge;
    this.#framer = new Framer(bytesPerMs(format) * blockMs);
    this.#thresholdDbfs = thresholdDbfs(settings.energyThreshold);
    this.#overNoiseDb = overNoiseDb;
    this.#isEnhanced = settings.isEnhanced;
    const confidence = settings.confidenceThreshold;
    this.#judge = new EdgeJudge({ blockMs, confirmMs, confidence, hysteresis: hysteresisDb });
  }

  push(bytes: Uint8Array, offset: number, length: number): void {
    this.#framer.push(bytes, offset, length, this.#judgeBlock);
  }

  agentLevel(levelDbfs: number): void {
    this.#echo.agentLevel(levelDbfs);
  }

  reset(): void {
    this.#judge.reset();
    this.#framer.reset();
  }

  readonly #judgeBlock = (bytes: Uint8Array, offset: number): void => {
    const blockBytes = bytesPerMs(this.#format) * blockMs;
    const levelDbfs = rmsDbfs(bytes, offset, blockBytes, this.#format.encoding);
    this.#echo.passBlock();
    const startDbfs = this.#startDbfs();
    this.#callerLevels.push(levelDbfs);
    const edge = this.#judge.judge(levelDbfs, startDbfs);
    if (edge !== null) this.#onEdge(edge);
  };

  /** What a block must reach to be speech that starts. */
  #startDbfs(): number {
    if (!this.#isEnhanced) return this.#thresholdDbfs;
    const shiftDb = this.#echo.overNominalDb ?? 0;
    const overNoiseDbfs = this.#callerLevels.minDbfs + minimumBiasDb + this.#overNoiseDb;
    return Math.max(quietestDbfs, this.#thresholdDbfs + shiftDb, overNoiseDbfs);
  }
}
