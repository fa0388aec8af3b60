import type { RespondRequest, Usage } from '../../realtime-server/brain.ts';
import type { DialogueAction } from '../dialogue/dialogue.ts';
import type { Grammar } from '../grammar.ts';

/** Who answers, as far as a session says. */
export type Persona = Pick<RespondRequest, 'prompt' | 'tools' | 'instructions'>;

/** What a mind is asked to answer. */
export interface Question {
  readonly request: RespondRequest;
  /**
   * What callers said, by the ids of their items: `null` where nothing was understood. Items that
   * are not in it were typed.
   */
  readonly heard: ReadonlyMap<string, string | null>;
  readonly signal: AbortSignal;
  /** What the answer took, where that is counted. Called at most once. */
  readonly onUsage?: (usage: Usage) => void;
}

/** What thinks between the ear and the voice: a dialogue, or a model elsewhere. */
export interface Mind {
  open(): MindSession;
}

/** Thinks for one caller. */
export interface MindSession {
  /**
   * The sentences that callers of this persona may say; `null`: whatever they like. Rejects with a
   * `GatewayError` when that cannot be known now.
   */
  expected(persona: Persona): Promise<Grammar | null>;
  /**
   * What to say and which tools to call, in order, as it comes to mind; ends early when the signal
   * is aborted. Throws a `GatewayError` when there is no answer.
   */
  answer(question: Question): AsyncIterable<DialogueAction>;
}
