/** What may be said, as a tree: finite, without recursion. Words are in lower case, as spoken. */
export type Phrase =
  | { readonly is: 'word'; readonly word: string }
  | { readonly is: 'sequence'; readonly parts: readonly Phrase[] }
  /** Weights are relative to each other; 1 where unset. */
  | {
      readonly is: 'choice';
      readonly of: readonly { readonly phrase: Phrase; readonly weight?: number }[];
    }
  | { readonly is: 'optional'; readonly phrase: Phrase }
  | { readonly is: 'rule'; readonly name: string };

/** Sentences that a recognizer listens for and a dialogue understands: one source for both. */
export interface Grammar {
  /** The rule of a whole sentence. */
  readonly root: string;
  /** By name: letters, digits and `-`. No rule leads back to itself. */
  readonly rules: ReadonlyMap<string, Phrase>;
}
