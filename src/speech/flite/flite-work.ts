import type { AudioFormat } from '../../audio/format.ts';
import type { FliteVoice } from './flite-voices.ts';

/** What a thread of the synthesizer does. */
export interface FliteWork {
  readonly ask:
    | {
        readonly type: 'speak';
        /** As written. */
        readonly text: string;
        readonly voice: FliteVoice;
        readonly format: AudioFormat;
      }
    | { readonly type: 'phones'; readonly words: readonly string[] };
  readonly answer:
    | { readonly type: 'sound'; readonly bytes: Uint8Array }
    | { readonly type: 'phones'; readonly byWord: ReadonlyMap<string, string> };
  readonly tell: never;
  readonly news: never;
}
