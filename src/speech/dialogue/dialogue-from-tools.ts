import type { Dialogue } from './dialogue.ts';
import { dialogueSchema } from './dialogue-schema.ts';
import { talk } from './standing-intents.ts';

/** Tools that are told of; more than anybody listens to. */
const toolsMax = 4;
const descriptionCharsMax = 100;
/** Ends a call; every dialogue can do that. */
const unspoken = new Set(['hangup_call']);

/** What is known of a tool where nobody has written how it is spoken of. */
export interface OfferedTool {
  readonly name: string;
  readonly description?: string | undefined;
}

/**
 * The dialogue of a persona that has no file: it says what its tools are for and that it cannot
 * use them without a language model, repeats, and says goodbye.
 */
export function dialogueFromTools(key: string, tools: readonly OfferedTool[]): Dialogue {
  const purposes = tools
    .filter(({ name }) => !unspoken.has(name))
    .slice(0, toolsMax)
    .map(({ name, description = '' }) => firstSentence(description) ?? name.replaceAll('_', ' '));
  const listed = purposes.map((purpose) => `“${purpose}”`).join(', ');
  const cannot =
    'I understand only a few words here: nobody has written yet what callers may ask me.';
  const offer = listed === '' ? cannot : `${cannot} My tools are for: ${listed}.`;
  const end = 'You can say “what can you do”, “say that again” or “goodbye”.';
  const written = dialogueSchema.parse({
    about: 'very little',
    examples: ['what can you do', 'say that again', 'goodbye'],
    intents: talk,
    replies: {
      help: `${offer} ${end}`,
      not_understood: `I am sorry, I cannot answer that. ${end}`,
      not_understood_again: `${offer} ${end}`,
      no_to_what: `All right. ${end}`,
      yes_to_what: `${offer} ${end}`,
    },
  });
  return { key, written };
}

function firstSentence(description: string): string | undefined {
  const [, sentence] = /^(.{3,}?)(?:[.:;]|$)/.exec(description.trim()) ?? [];
  // A template reads brackets and braces as its own.
  return sentence?.slice(0, descriptionCharsMax).replace(/[[\]{}|]/g, '');
}

/** What the operator of a persona without a file is told at the start. */
export function missingDialogueWarning(key: string): string {
  return (
    `persona "${key}" has no dialogue: under the provider "local" it understands only help and ` +
    `goodbye. Write personas/dialogues/${key}.yaml; docs/dialogues.md says how`
  );
}
