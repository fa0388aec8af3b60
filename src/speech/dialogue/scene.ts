import type { Dialogue, Vocabulary } from './dialogue.ts';
import { Understanding } from './understand.ts';

/**
 * A dialogue with the values of one moment: what a step needs besides the state. All calls of the
 * moment share it: it takes 10 ms to make.
 */
export interface Scene {
  readonly dialogue: Dialogue;
  readonly vocabulary: Vocabulary;
  /** Of the dialogue's sentences with the values of the vocabulary. */
  readonly understanding: Understanding;
}

export function sceneOf(dialogue: Dialogue, vocabulary: Vocabulary): Scene {
  return { dialogue, vocabulary, understanding: new Understanding(dialogue, vocabulary) };
}
