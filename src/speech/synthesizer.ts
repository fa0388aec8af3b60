import type { AudioFormat } from '../audio/format.ts';

export interface SpokenSentence {
  /** Words as a person would write them: `Two cappuccinos, 4,500 RWF.` */
  readonly text: string;
  /**
   * A name of OpenAI's (`marin`) or one of its own (`slt`); unknown ones sound like the default.
   */
  readonly voice: string;
  readonly format: AudioFormat;
  readonly signal: AbortSignal;
}

/** Turns sentences into speech, off the event loop. One serves many callers. */
export interface Synthesizer {
  /**
   * The whole sentence, in whole samples. Rejects with a `GatewayError` when the engine failed,
   * with the signal's reason when it was aborted.
   */
  speak(sentence: SpokenSentence): Promise<Uint8Array>;
  /** How words are said, by word: phones of the CMU dictionary, as in `K AE P UW CH IY N OW`. */
  phones(words: readonly string[]): Promise<ReadonlyMap<string, string>>;
  readonly isHealthy: boolean;
  close(): Promise<void>;
}
