import type { SpeechEdge } from '../detector.ts';

export interface EdgeRules {
  /** Length of what is judged at once. */
  readonly blockMs: number;
  /** Sound that confirms a start; completed to whole blocks. */
  readonly confirmMs: number;
  /** The share of a stretch that must be sound for it to count, 0.1..1. 1: without a gap. */
  readonly confidence: number;
  /** Once speech goes on, a score may be this much lower than what began it. */
  readonly hysteresis: number;
}

/** Speech has ended when this long nothing sounded; the pauses between words are shorter. */
export const defaultHangOverMs = 500;

const absent = { is: 'absent' } as const;

/** Makes of the scores of blocks, one after the other, where speech begins and where it ends. */
export class EdgeJudge {
  readonly #rules: EdgeRules;
  readonly #confirmBlocks: number;
  /** Whether each of the latest blocks sounded, in a ring: the stretch that a start has. */
  readonly #recent: Uint8Array;
  #recentAt = 0;
  #soundCount = 0;
  #hangOverMs = defaultHangOverMs;
  #speech: { readonly is: 'absent' } | { readonly is: 'going-on'; quietMs: number } = absent;

  constructor(rules: EdgeRules) {
    const confidence = Math.max(0.1, Math.min(1, rules.confidence));
    this.#rules = rules;
    this.#confirmBlocks = Math.ceil(rules.confirmMs / rules.blockMs);
    this.#recent = new Uint8Array(Math.round(this.#confirmBlocks / confidence));
  }

  /** Holds from the next block on, also for a silence that has begun. */
  setHangOverMs(hangOverMs: number): void {
    this.#hangOverMs = hangOverMs;
  }

  /** Judges the next block by its score and by what would begin speech now. */
  judge(score: number, threshold: number): SpeechEdge | null {
    return this.#speech.is === 'absent'
      ? this.#listenForStart(score >= threshold)
      : this.#listenForEnd(this.#speech, score >= threshold - this.#rules.hysteresis);
  }

  /** Forgets that speech is going on. */
  reset(): void {
    this.#speech = absent;
    this.#forgetRecent();
  }

  #listenForStart(sounds: boolean): SpeechEdge | null {
    const mark = sounds ? 1 : 0;
    this.#soundCount += mark - this.#recent[this.#recentAt]!;
    this.#recent[this.#recentAt] = mark;
    this.#recentAt = (this.#recentAt + 1) % this.#recent.length;
    if (this.#soundCount < this.#confirmBlocks) return null;
    this.#forgetRecent();
    this.#speech = { is: 'going-on', quietMs: 0 };
    return 'speech-start';
  }

  #listenForEnd(speech: { quietMs: number }, sounds: boolean): SpeechEdge | null {
    speech.quietMs = sounds ? 0 : speech.quietMs + this.#rules.blockMs;
    if (speech.quietMs < this.#hangOverMs) return null;
    this.#speech = absent;
    return 'speech-end';
  }

  #forgetRecent(): void {
    this.#recent.fill(0);
    this.#soundCount = 0;
  }
}
