import type { Grammar } from '../grammar.ts';
import type { Recognition } from '../recognizer.ts';

/** What the model was trained with: a telephone's. */
export const rateHz = 8000;

/** What a thread of the recognizer does. Messages are dealt with one after the other. */
export interface RecognizerWork {
  readonly ask:
    | { readonly type: 'probe' }
    /** Which of these words the dictionary lacks. */
    | { readonly type: 'unknown-words'; readonly words: readonly string[] }
    /** Makes a grammar ready under a key; `phones` for words that the dictionary lacks. */
    | {
        readonly type: 'prepare';
        readonly key: string;
        readonly grammar: Grammar;
        readonly phones: ReadonlyMap<string, string>;
      }
    | { readonly type: 'finish'; readonly utterance: number };
  readonly answer:
    | { readonly type: 'ready' }
    | { readonly type: 'unknown-words'; readonly words: readonly string[] }
    | { readonly type: 'recognition'; readonly recognition: Recognition };
  readonly tell:
    | { readonly type: 'start'; readonly utterance: number; readonly key: string }
    | { readonly type: 'push'; readonly utterance: number; readonly samples: Int16Array }
    | { readonly type: 'drop'; readonly utterance: number }
    | { readonly type: 'forget'; readonly key: string };
  readonly news: { readonly type: 'partial'; readonly utterance: number; readonly text: string };
}
