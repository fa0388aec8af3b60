import { GatewayError } from '../../../runtime/errors.ts';
import type { DialogueAction } from '../../dialogue/dialogue.ts';
import type { Grammar, Phrase } from '../../grammar.ts';
import type { Mind, MindSession, Persona, Question } from '../mind.ts';

const choiceOf = (sentences: readonly string[]): Phrase => ({
  is: 'choice',
  of: sentences.map((sentence) => ({
    phrase: {
      is: 'sequence',
      parts: sentence.split(' ').map((word) => ({ is: 'word', word })),
    },
  })),
});

/** A grammar of whole sentences. */
export function grammarOfSentences(...sentences: readonly string[]): Grammar {
  return { root: 'sentence', rules: new Map([['sentence', choiceOf(sentences)]]) };
}

/** Answers what its test says, and remembers what it was asked. */
export class FakeMind implements Mind {
  readonly personas: Persona[] = [];
  readonly questions: Question[] = [];
  /** What callers of a persona may say, by the id of its prompt. */
  readonly grammars = new Map<string, Grammar>();
  answers: readonly DialogueAction[] = [{ is: 'say', text: 'Very well.' }];
  /** Until then it is not known what callers may say. */
  ready: Promise<void> = Promise.resolve();
  isFailing = false;

  open(): MindSession {
    return {
      expected: async (persona) => {
        this.personas.push(persona);
        await this.ready;
        return this.grammars.get(persona.prompt?.id ?? '') ?? null;
      },
      answer: (question) => this.#answer(question),
    };
  }

  /** What the caller said last, to the mind's knowledge. */
  get lastHeard(): string | null | undefined {
    return [...(this.questions.at(-1)?.heard.values() ?? [])].at(-1);
  }

  async *#answer(question: Question): AsyncGenerator<DialogueAction> {
    this.questions.push(question);
    if (this.isFailing) throw new GatewayError('INTERNAL', 'the fake is told to fail');
    yield* this.answers;
  }
}
