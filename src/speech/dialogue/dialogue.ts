import type { WrittenDialogue } from './dialogue-schema.ts';

/** What one persona understands and says without a language model: its dialogue file, read. */
export interface Dialogue {
  /** The persona's. */
  readonly key: string;
  readonly written: WrittenDialogue;
}

/** A value that people can name, with its names as they are written. */
export interface VocabularyEntry {
  /** What tools are given: `MT`, `Goat brochettes`, `2026-03`. */
  readonly value: string;
  readonly names: readonly string[];
}

/** What is in the database now, by list: `menu_item`, `venue`, `jurisdiction`, `tax_topic`, … */
export type Vocabulary = Readonly<Record<string, readonly VocabularyEntry[]>>;

export type DialogueInput =
  /** Words of the caller, spoken or typed. */
  | { readonly is: 'said'; readonly text: string }
  | { readonly is: 'not-understood' }
  | { readonly is: 'silence' }
  | { readonly is: 'call-made'; readonly call: ToolRequest; readonly callId: string }
  | { readonly is: 'tool-result'; readonly callId: string; readonly outputJson: string }
  /** What was to be said has been said, or begun. */
  | { readonly is: 'answered' };

export interface ToolRequest {
  readonly name: string;
  readonly argumentsJson: string;
}

/** In the order in which they are done; words before `hangup_call`. */
export type DialogueAction =
  | { readonly is: 'say'; readonly text: string }
  | ({ readonly is: 'call' } & ToolRequest);

/** An item of a conversation, as far as a dialogue reads it. `id` is its own for ever. */
export type DialogueItem =
  /** `text` null: speech of which nothing was understood. */
  | { readonly id: string; readonly is: 'caller'; readonly text: string | null }
  | { readonly id: string; readonly is: 'agent' }
  | ({ readonly id: string; readonly is: 'call'; readonly callId: string } & ToolRequest)
  | {
      readonly id: string;
      readonly is: 'result';
      readonly callId: string;
      readonly outputJson: string;
    };
