import type { Grammar } from './grammar.ts';

/** What was understood of one utterance. */
export type Recognition =
  /**
   * A sentence of the grammar; `bigram`: its words, in an order that the grammar does not have;
   * `endpoint`: whatever a model elsewhere made of it.
   */
  | { readonly is: 'words'; readonly text: string; readonly by: 'grammar' | 'bigram' | 'endpoint' }
  /** Speech that is none of it, or no speech at all. */
  | { readonly is: 'refused' };

/** Listens to one caller, one utterance after the other. */
export interface RecognizerSession {
  /**
   * The sentences to expect from the next utterance on. Of two that are asked for at once the last
   * counts. Rejects with a `GatewayError` when the grammar cannot be used; the one before stays in
   * force.
   */
  expect(grammar: Grammar): Promise<void>;
  /** Begins an utterance; one that is in progress is dropped. */
  start(): void;
  /** Samples of the utterance, 8 kHz; copied. Ignored between utterances. */
  push(samples: Int16Array): void;
  /**
   * Ends the utterance. Rejects with a `GatewayError` when the engine died in the middle of it; the
   * session is of use again after that.
   */
  finish(): Promise<Recognition>;
  close(): void;
}

/** Turns speech into the words of a grammar, off the event loop. One serves many callers. */
export interface Recognizer {
  /** `onPartial`: all words so far, told again whenever they change. */
  open(onPartial: (text: string) => void): RecognizerSession;
  /** False while its workers die faster than they can be started: no new calls. */
  readonly isHealthy: boolean;
  close(): Promise<void>;
}
