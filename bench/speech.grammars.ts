/** What the recognizer is to listen for: both personas, and people of two packages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDialogue } from '../src/speech/dialogue/dialogue-files.ts';
import { grammarOf } from '../src/speech/dialogue/grammar-of.ts';
import type { Grammar, Phrase } from '../src/speech/grammar.ts';
import menu from '../src/store/seed/menu.json' with { type: 'json' };
import taxes from '../src/store/seed/tax-rules.json' with { type: 'json' };
import { namesOfJurisdiction } from '../src/tools/jurisdiction.ts';
import type { Persona } from './speech.clips.ts';

export function grammarFor(persona: Persona): Grammar {
  const path = join(import.meta.dirname, `../personas/dialogues/${persona}.yaml`);
  const { dialogue } = readDialogue(path, readFileSync(path, 'utf8'));
  if (dialogue === null) throw new Error(`${path} is no dialogue`);
  const named = (
    values: readonly string[],
    names = (value: string): readonly string[] => [value],
  ) => [...new Set(values)].map((value) => ({ value, names: names(value) }));
  const topics = named(taxes.tax_rules.map(({ topic }) => topic));
  return grammarOf(dialogue, {
    menu_item: named(menu.menu_items.map(({ name }) => name)),
    venue: named(menu.menu_items.map(({ venue }) => venue)),
    jurisdiction: named(
      taxes.tax_rules.map(({ jurisdiction }) => jurisdiction),
      namesOfJurisdiction,
    ),
    tax_topic: topics,
    tax_rule_topic: topics,
    ledger_month: named(
      Array.from({ length: 12 }, (_, at) => `2026-${String(at + 1).padStart(2, '0')}`),
    ),
  });
}

/** One of `texts`. */
export function phrasesGrammar(texts: readonly string[]): Grammar {
  return grammarOfOne(choiceOf(texts));
}

const rank = 'ace two three four five six seven eight nine ten jack queen king lady'.split(' ');
const suit = ['clubs', 'hearts', 'diamonds', 'spades'];

/** As `cards.gram` has it: one to three cards, or two ranks, the last perhaps of a suit. */
export const cardGrammar: Grammar = {
  root: 'cards',
  rules: new Map<string, Phrase>([
    ['rank', choiceOf(rank)],
    ['card', phraseOf([rule('rank'), { is: 'optional', phrase: word('of') }, choiceOf(suit)])],
    [
      'cards',
      {
        is: 'choice',
        of: [
          { phrase: phraseOf([rule('card'), rule('card'), rule('card')]) },
          { phrase: phraseOf([rule('card'), rule('card')]) },
          { phrase: rule('card') },
          { phrase: phraseOf([rule('rank'), rule('card')]) },
          { phrase: phraseOf([rule('rank'), rule('rank')]) },
        ],
      },
    ],
  ]),
};

/** As `goforward.gram` has it. */
export const turtleGrammar = grammarOfOne({
  is: 'choice',
  of: [
    { phrase: choiceOf(['go forward ten meters']) },
    {
      phrase: phraseOf([
        word('go'),
        choiceOf(['forward', 'backward']),
        choiceOf(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']),
        { is: 'optional', phrase: choiceOf(['meter', 'meters']) },
      ]),
    },
  ],
});

function rule(name: string): Phrase {
  return { is: 'rule', name };
}

function word(text: string): Phrase {
  return { is: 'word', word: text };
}

function phraseOf(parts: readonly Phrase[]): Phrase {
  return { is: 'sequence', parts };
}

function choiceOf(texts: readonly string[]): Phrase {
  return {
    is: 'choice',
    of: texts.map((text) => ({
      phrase: { is: 'sequence', parts: text.split(' ').map((word) => ({ is: 'word', word })) },
    })),
  };
}

function grammarOfOne(phrase: Phrase): Grammar {
  return { root: 'all', rules: new Map([['all', phrase]]) };
}
