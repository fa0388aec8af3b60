import { type AudioFormat, frameBytes, frameMs } from '../audio/format.ts';
import type { SpeechScorer } from './brain.ts';
import type { TurnDetection } from './wire.ts';

/** What turn detection hears. */
export type TurnEdge =
  /** Speech began `agoMs` before the audio heard last. */
  | { readonly is: 'speech-start'; readonly agoMs: number }
  | { readonly is: 'pause' }
  | { readonly is: 'speech-end' };

/** Speech must last this long to count: a click or a key tone's edge is shorter. A guess. */
const speechMsMin = 60;

/** Who was cut off in mid-speech is listened to again after this much silence. A guess. */
const restMs = 200;

/** semantic_vad has no threshold of its own; this is the default of server_vad. */
const semanticThreshold = 0.5;

/** semantic_vad asks whether the thought is complete after this much silence. A guess. */
const semanticPauseMs = 400;

/** The longest silence that semantic_vad waits out, by eagerness (vendor's reference). */
const eagernessMs = { low: 8_000, medium: 4_000, auto: 4_000, high: 2_000 };

type State =
  | { is: 'quiet'; speechMs: number }
  | { is: 'talking'; silenceMs: number; hasAsked: boolean; endsAfterMs: number }
  | { is: 'cut-off'; silenceMs: number };

/**
 * Decides where the caller's turns begin and end. It advances with audio alone, never with time: a
 * caller whose packets stop in mid-word has not finished, as with the vendor's detector.
 */
export class TurnDetector {
  readonly #scorer: SpeechScorer;
  readonly #threshold: number;
  readonly #silenceMs: number;
  readonly #isSemantic: boolean;
  /** Speech this long confirms that a turn begins. */
  readonly confirmMs: number;
  readonly #frame: Uint8Array;
  #filledBytes = 0;
  #state: State = { is: 'quiet', speechMs: 0 };

  constructor(settings: TurnDetection, format: AudioFormat, scorer: SpeechScorer) {
    this.#scorer = scorer;
    this.confirmMs = scorer.confirmMs ?? speechMsMin;
    this.#frame = new Uint8Array(frameBytes(format));
    this.#isSemantic = settings.type === 'semantic_vad';
    if (settings.type === 'server_vad') {
      this.#threshold = settings.threshold ?? semanticThreshold;
      this.#silenceMs = settings.silence_duration_ms ?? 500;
    } else {
      this.#threshold = semanticThreshold;
      this.#silenceMs = eagernessMs[settings.eagerness ?? 'auto'];
    }
  }

  get isTalking(): boolean {
    return this.#state.is === 'talking';
  }

  /**
   * Hears `bytes` up to the first edge. Gives the edge, or null, and how many bytes it took: the
   * caller acts on the edge and pushes the rest.
   */
  push(bytes: Uint8Array): { edge: TurnEdge | null; takenBytes: number } {
    let at = 0;
    while (at < bytes.length) {
      const room = this.#frame.length - this.#filledBytes;
      const piece = bytes.subarray(at, at + room);
      this.#frame.set(piece, this.#filledBytes);
      this.#filledBytes += piece.length;
      at += piece.length;
      if (this.#filledBytes < this.#frame.length) break;
      this.#filledBytes = 0;
      const edge = this.#hear(this.#scorer.score(this.#frame));
      if (edge !== null) return { edge, takenBytes: at };
    }
    return { edge: null, takenBytes: at };
  }

  /** The turn is over for another reason; what follows is a new one. */
  reset(): void {
    this.#state = { is: 'quiet', speechMs: 0 };
  }

  /** The turn is over although the caller talks on: nothing counts before they pause. */
  cutOff(): void {
    this.#state = { is: 'cut-off', silenceMs: 0 };
  }

  /**
   * The silence that ends the turn in progress, also one that has begun; `null`: as configured.
   * Semantic turn detection has its own ways.
   */
  endAfter(silenceMs: number | null): void {
    if (this.#state.is !== 'talking' || this.#isSemantic) return;
    this.#state.endsAfterMs = silenceMs ?? this.#silenceMs;
  }

  #hear(score: number): TurnEdge | null {
    const state = this.#state;
    const leeway = state.is === 'talking' ? (this.#scorer.hysteresis ?? 0) : 0;
    const isSpeech = score >= this.#threshold - leeway;
    if (state.is === 'quiet') return this.#hearQuiet(state, isSpeech);
    if (state.is === 'talking') return this.#hearTalking(state, isSpeech);
    state.silenceMs = isSpeech ? 0 : state.silenceMs + frameMs;
    if (state.silenceMs >= restMs) this.reset();
    return null;
  }

  #hearQuiet(state: State & { is: 'quiet' }, isSpeech: boolean): TurnEdge | null {
    state.speechMs = isSpeech ? state.speechMs + frameMs : 0;
    if (state.speechMs < this.confirmMs) return null;
    this.#state = {
      is: 'talking',
      silenceMs: 0,
      hasAsked: false,
      endsAfterMs: this.#silenceMs,
    };
    return { is: 'speech-start', agoMs: state.speechMs };
  }

  #hearTalking(state: State & { is: 'talking' }, isSpeech: boolean): TurnEdge | null {
    if (isSpeech) {
      state.silenceMs = 0;
      state.hasAsked = false;
      return null;
    }
    if (state.silenceMs === 0) state.silenceMs = this.#scorer.releaseMs ?? 0;
    state.silenceMs += frameMs;
    if (state.silenceMs >= state.endsAfterMs) {
      this.reset();
      return { is: 'speech-end' };
    }
    if (!this.#isSemantic || state.hasAsked || state.silenceMs < semanticPauseMs) return null;
    state.hasAsked = true;
    return { is: 'pause' };
  }
}
