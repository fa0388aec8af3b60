import { dialogueSchema, type WrittenDialogue, type WrittenIntent } from './dialogue-schema.ts';
import { namedIn } from './notation.ts';

/** Words that hold for everybody who is spoken to. */
export const talk = {
  help: {
    does: 'help',
    phrases: ['help [me]', 'what can (you do|i say|i ask)', 'what do you (do|know)'],
  },
  repeat: {
    does: 'repeat',
    phrases: ['what was that', '[please] (repeat that|say that again)', 'pardon', 'say again'],
  },
  yes: { does: 'yes', phrases: ['yes [please]', 'okay', 'sure'] },
  no: { does: 'no', phrases: ['no [thank you|thanks]'] },
  goodbye: {
    does: 'goodbye',
    phrases: ['goodbye', 'bye [bye]', '(that is|that will be) all', 'hang up'],
  },
} as const;

/**
 * The dialogue with what nobody should have to write: what everybody says, where no intent does
 * the same, and the answer to the question of each slot, where no intent listens for it.
 */
export function withStandingIntents(written: WrittenDialogue): WrittenDialogue {
  const own = Object.values(written.intents);
  const standing = Object.entries(talk).filter(
    ([, { does }]) => !own.some((each) => each.does === does),
  );
  const answers = Object.entries(written.slots)
    .filter(([slot, { question }]) => question !== null && !isAnswered(own, slot))
    .map(
      ([slot]) => [slot, { does: 'again', phrases: [`[the|a|an] {${slot}} [please]`] }] as const,
    );
  const added = [...standing, ...answers].map(
    ([name, intent]) => [`standing_${name}`, intent] as const,
  );
  const { about, examples } = written;
  const { intents } = dialogueSchema.parse({ about, examples, intents: Object.fromEntries(added) });
  return { ...written, intents: { ...written.intents, ...intents } };
}

function isAnswered(intents: readonly WrittenIntent[], slot: string): boolean {
  return intents.some(
    ({ does, phrases, typed }) =>
      (does === 'again' || does === 'pick') &&
      [...phrases, ...typed].some((text) => namedIn(text).slots.includes(slot)),
  );
}
