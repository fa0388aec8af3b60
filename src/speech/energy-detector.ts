import { type AudioFormat, bytesPerMs } from '../audio/format.ts';
import { Framer } from '../audio/framer.ts';
import { rmsDbfs, silenceDbfs } from '../audio/level.ts';
import type { SpeechDetector, SpeechEdge } from './detector.ts';
import { LevelWindow } from './level-window.ts';

/** Levels are judged in blocks of this length: a pitch period of the deepest voice fits in. */
export const blockMs = 10;

/** Speech has ended when this long nothing was loud; the pauses between words are shorter. */
const hangOverMs = 500;

/** Once speech goes on, its soft ends may be this much softer than what began it. */
const hysteresisDb = 6;

/**
 * The threshold is meant for an agent whose loudest frames have this level: a talker at -20 dBFS.
 * Against the default of 1500 (-26.8 dBFS) that leaves 12.8 dB, between the two that must be told
 * apart: an echo at -20 dB and a caller at -6 dB. Where the agent's level is known, the threshold
 * moves with it.
 */
const nominalAgentDbfs = -14;

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
 * An echo comes back within this. A guess: ITU-T G.114 wants no network slower than 400 ms one way.
 */
const echoMs = 400;

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

const absent = { is: 'absent' } as const;

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
  readonly #agentLevels = new LevelWindow(echoMs / blockMs);
  readonly #confirmBlocks: number;
  /**
   * Whether each of the latest blocks was loud, in a ring: the stretch that a start is judged by.
   */
  readonly #recent: Uint8Array;
  #recentAt = 0;
  #loudCount = 0;
  #speech: { readonly is: 'absent' } | { readonly is: 'going-on'; quietMs: number } = absent;
  /** Of the agent frame sent since the last block; silence if none. */
  #agentDbfs = silenceDbfs;

  constructor(
    format: AudioFormat,
    settings: EnergyDetectorSettings,
    onEdge: (edge: SpeechEdge) => void,
  ) {
    const { overNoiseDb, confirmMs } = strictness[settings.aggressiveness];
    this.#format = format;
    this.#onEdge = onEdge;
    this.#framer = new Framer(bytesPerMs(format) * blockMs);
    this.#thresholdDbfs = 20 * Math.log10(Math.max(1, settings.energyThreshold) / 32768);
    this.#overNoiseDb = overNoiseDb;
    this.#isEnhanced = settings.isEnhanced;
    this.#confirmBlocks = confirmMs / blockMs;
    const confidence = Math.max(0.1, Math.min(1, settings.confidenceThreshold));
    this.#recent = new Uint8Array(Math.round(this.#confirmBlocks / confidence));
  }

  push(bytes: Uint8Array, offset: number, length: number): void {
    this.#framer.push(bytes, offset, length, this.#judgeBlock);
  }

  agentLevel(levelDbfs: number): void {
    this.#agentDbfs = Math.max(this.#agentDbfs, levelDbfs);
  }

  reset(): void {
    this.#speech = absent;
    this.#forgetRecent();
    this.#framer.reset();
  }

  readonly #judgeBlock = (bytes: Uint8Array, offset: number): void => {
    const blockBytes = bytesPerMs(this.#format) * blockMs;
    const levelDbfs = rmsDbfs(bytes, offset, blockBytes, this.#format.encoding);
    this.#agentLevels.push(this.#agentDbfs);
    this.#agentDbfs = silenceDbfs;
    const startDbfs = this.#startDbfs();
    this.#callerLevels.push(levelDbfs);
    if (this.#speech.is === 'absent') this.#listenForStart(levelDbfs >= startDbfs);
    else this.#listenForEnd(this.#speech, levelDbfs >= startDbfs - hysteresisDb);
  };

  /** What a block must reach to be speech that starts. */
  #startDbfs(): number {
    if (!this.#isEnhanced) return this.#thresholdDbfs;
    const agentDbfs = this.#agentLevels.maxDbfs;
    const shiftDb = agentDbfs > silenceDbfs ? agentDbfs - nominalAgentDbfs : 0;
    const overNoiseDbfs = this.#callerLevels.minDbfs + minimumBiasDb + this.#overNoiseDb;
    return Math.max(quietestDbfs, this.#thresholdDbfs + shiftDb, overNoiseDbfs);
  }

  #listenForStart(isLoud: boolean): void {
    const mark = isLoud ? 1 : 0;
    this.#loudCount += mark - this.#recent[this.#recentAt]!;
    this.#recent[this.#recentAt] = mark;
    this.#recentAt = (this.#recentAt + 1) % this.#recent.length;
    if (this.#loudCount < this.#confirmBlocks) return;
    this.#forgetRecent();
    this.#speech = { is: 'going-on', quietMs: 0 };
    this.#onEdge('speech-start');
  }

  #listenForEnd(speech: { quietMs: number }, isLoud: boolean): void {
    speech.quietMs = isLoud ? 0 : speech.quietMs + blockMs;
    if (speech.quietMs < hangOverMs) return;
    this.#speech = absent;
    this.#onEdge('speech-end');
  }

  #forgetRecent(): void {
    this.#recent.fill(0);
    this.#loudCount = 0;
  }
}
