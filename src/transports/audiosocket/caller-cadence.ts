import { type AudioFormat, bytesPerMs } from '../../audio/format.ts';
import { type AudioSocketFormatName, audioSocketFormatNames, audioSocketFormats } from './wire.ts';

/** A longer gap is hold, mute or DTX, not a slow clock: measuring begins anew behind it. */
const gapMsMax = 200;
/** How long audio must flow before its bytes per second are judged. */
const judgedAfterMs = 1000;
/**
 * Rates of bytes that are told apart are a factor of 1.5 or more apart (32 and 48 kB/s). Bridged
 * channels bunch up to 140 ms of their first second.
 */
const byteRateTolerance = 0.2;
/** In one window of this length the promptest frame says how far the two clocks are apart. */
const windowMs = 10_000;

/** What the bytes per second of a caller say about the codec that is configured for it. */
export interface ByteRateJudgement {
  readonly isAligned: boolean;
  readonly bytesPerSecond: number;
  /** Formats that come at this rate, for the operator to try; empty when none does. */
  readonly likelyFormats: readonly AudioSocketFormatName[];
}

/**
 * Measures the pace of a caller's audio: once, whether it comes at the bytes per second of its
 * format, and all along, how fast the caller's clock runs against ours. It only measures; nothing
 * follows it.
 */
export class CallerCadence {
  readonly #bytesPerMs: number;
  /** When audio began to flow without a gap; `null` before the first frame. */
  #sinceMs: number | null = null;
  #latestMs = 0;
  /** Bytes since `#sinceMs`, without those of its first frame, which was spoken before it. */
  #flowedBytes = 0;
  #judgement: ByteRateJudgement | null = null;
  #window = new PromptestFrame(0);
  #firstWindow: PromptestFrame | null = null;
  #lastWindow: PromptestFrame | null = null;

  constructor(format: AudioFormat) {
    this.#bytesPerMs = bytesPerMs(format);
  }

  /**
   * Takes the arrival of `length` bytes. Gives a judgement once, after a second of flowing audio.
   */
  push(length: number, atMonotonicMs: number): ByteRateJudgement | null {
    if (this.#sinceMs === null || atMonotonicMs - this.#latestMs > gapMsMax) {
      this.#restart(atMonotonicMs);
      return null;
    }
    this.#latestMs = atMonotonicMs;
    this.#flowedBytes += length;
    const elapsedMs = atMonotonicMs - this.#sinceMs;
    this.#window.push(elapsedMs, elapsedMs - this.#flowedBytes / this.#bytesPerMs);
    if (elapsedMs - this.#window.sinceMs >= windowMs) {
      this.#firstWindow ??= this.#window;
      this.#lastWindow = this.#window;
      this.#window = new PromptestFrame(elapsedMs);
    }
    if (this.#judgement || elapsedMs < judgedAfterMs) return null;
    return this.#judge((1000 * this.#flowedBytes) / elapsedMs);
  }

  /**
   * The caller's clock against ours in parts per million, positive when it runs faster; `null`
   * before audio has flowed for three windows, of which the outer two are compared, and for a wrong
   * codec.
   */
  driftPpm(): number | null {
    if (!this.#judgement?.isAligned) return null;
    const [first, last] = [this.#firstWindow, this.#lastWindow];
    if (!first || !last || last.sinceMs - first.sinceMs < 2 * windowMs) return null;
    return (1e6 * (first.lateMs - last.lateMs)) / (last.atMs - first.atMs);
  }

  #restart(atMonotonicMs: number): void {
    this.#sinceMs = atMonotonicMs;
    this.#latestMs = atMonotonicMs;
    this.#flowedBytes = 0;
    this.#window = new PromptestFrame(0);
    this.#firstWindow = null;
    this.#lastWindow = null;
  }

  #judge(bytesPerSecond: number): ByteRateJudgement {
    const isAbout = (expected: number): boolean =>
      Math.abs(bytesPerSecond / expected - 1) <= byteRateTolerance;
    const likelyFormats = audioSocketFormatNames.filter((name) =>
      isAbout(1000 * bytesPerMs(audioSocketFormats[name])),
    );
    const judgement = {
      // A rate that fits no format at all is a caller that bunches, not one that says another.
      isAligned: isAbout(1000 * this.#bytesPerMs) || likelyFormats.length === 0,
      bytesPerSecond: Math.round(bytesPerSecond),
      likelyFormats,
    };
    this.#judgement = judgement;
    return judgement;
  }
}

/**
 * The frame of a window that was delayed least on its way: what is left of its lateness is drift.
 */
class PromptestFrame {
  readonly sinceMs: number;
  atMs = 0;
  lateMs = Number.POSITIVE_INFINITY;

  constructor(sinceMs: number) {
    this.sinceMs = sinceMs;
  }

  push(atMs: number, lateMs: number): void {
    if (lateMs >= this.lateMs) return;
    this.atMs = atMs;
    this.lateMs = lateMs;
  }
}
