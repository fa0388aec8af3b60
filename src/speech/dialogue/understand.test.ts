import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Phrase } from '../grammar.ts';
import { grammarOf } from './grammar-of.ts';
import { wordsMax } from './normalise.ts';
import { demoVocabulary } from './testing/demo-vocabulary.ts';
import { shippedDialogue } from './testing/typed-call.ts';
import { Understanding } from './understand.ts';

const dialogues = { waiter: shippedDialogue('waiter'), cfo: shippedDialogue('cfo') };
const minds = {
  waiter: new Understanding(dialogues.waiter, demoVocabulary),
  cfo: new Understanding(dialogues.cfo, demoVocabulary),
};

/** As `add count=2 item=Lager`; what can mean several has all of them. */
function readingOf(key: keyof typeof minds, text: string): string | null {
  const understood = minds[key].understand(text);
  if (understood === null) return null;
  const slots = understood.slots.map(
    ({ slot, words, values }) => `${slot}=${values.length === 0 ? `"${words}"` : values.join('|')}`,
  );
  return [understood.intent, ...slots].join(' ');
}

const waiterPhrases: Readonly<Record<string, string | null>> = {
  'What is on the menu?': 'menu',
  "what's on the menu in Valletta": 'menu venue=Valletta',
  Kigali: 'another venue=Kigali',
  '2 cappuccinos please': 'add count=2 dish="cappuccinos"',
  'two goat brochettes and a lager please': 'add count=2 item=Goat brochettes count=1 item=Lager',
  'I would like the rabbit': 'add item=Rabbit stew',
  '3 Rwandan filter coffees': 'add count=3 item=Rwandan filter coffee',
  'a tilapa, please': 'add count=1 item=Grilled tilapia',
  'i would like a pizza': 'add count=1 dish="pizza"',
  'two glasses of gellewza please': 'add count=2 item=Gellewza, a glass',
  brochettes: 'pick item=Goat brochettes|Chicken brochettes',
  'the first one': 'pick ordinal=1',
  'what goes with that': 'pairing',
  'what goes well with the octopus?': 'pairing item=Grilled octopus',
  'make it two': 'set count=2',
  'No, two of them.': 'set count=2',
  'no i said three lagers': 'set count=3 item=Lager',
  'change the lager to three': 'set item=Lager count=3',
  'not the soup': 'remove dish="soup"',
  'not the lager': 'remove item=Lager',
  'cancel that': 'remove',
  'no not the lager the ginger soda': 'swap item=Lager item=Ginger soda',
  'cancel the order': 'cancel',
  'what did I order?': 'read',
  'how much is that in all': 'total',
  'how much is the bigilla': 'price item=Bigilla',
  'do you have pizza': 'search dish="pizza"',
  'what was that': 'repeat',
  ok: 'yes',
  'Yes, please!': 'yes',
  'no thanks': 'no',
  "that's all, thank you": 'place',
  goodbye: 'goodbye',
  'what can you do': 'help',
  'the weather is nice today and i am walking': null,
  '': null,
  '?!': null,
  'blah fnord': null,
};

const cfoPhrases: Readonly<Record<string, string | null>> = {
  'What was our revenue last quarter?': 'revenue period=last quarter',
  'and the quarter before': 'same_for period=before quarter',
  'EBITDA for March': 'ebitda period=2026-03',
  'revenue in March 2026': 'revenue period=2026-03',
  'revenue in november': 'revenue period=2025-11',
  'how did we do in 2026-05': 'statement period=2026-05',
  'sales in the third quarter of 2026': 'revenue period=Q3 2026',
  'Q3 2026': 'same_for period=Q3 2026',
  'how much did we spend in two thousand and twenty five': 'expenses period=2025',
  'what is the VAT rate in Malta': 'tax_rule topic=VAT rate jurisdiction=MT',
  'what is the v a t rate in malta': 'tax_rule topic=VAT rate jurisdiction=MT',
  'and in Canada': 'same_for jurisdiction=CA',
  'what is the lottery tax in Malta': 'other_rule any_topic="lottery tax" jurisdiction=MT',
  'what is our cash flow': 'cannot',
  'i like trains': null,
};

test('the waiter understands what guests say and type', () => {
  for (const [text, reading] of Object.entries(waiterPhrases)) {
    assert.equal(readingOf('waiter', text), reading, text);
  }
});

test('the finance persona understands periods, figures and rules', () => {
  for (const [text, reading] of Object.entries(cfoPhrases)) {
    assert.equal(readingOf('cfo', text), reading, text);
  }
});

test('a word too many or too few is forgiven, half a sentence is not', () => {
  assert.equal(readingOf('waiter', 'um would like two lagers please'), 'add count=2 item=Lager');
  assert.equal(readingOf('cfo', 'revenue quarter last'), null);
  const { score } = minds.waiter.understand('two lagers please') ?? { score: 0 };
  assert.equal(score, 1);
});

test('every sentence of the grammar is understood word by word', () => {
  for (const key of ['waiter', 'cfo'] as const) {
    const { root, rules } = grammarOf(dialogues[key], demoVocabulary);
    const property = fc.property(fc.infiniteStream(fc.nat()), (stream) => {
      const words = sentence({ is: 'rule', name: root }, { rules, pick: (n) => next(stream) % n });
      if (words.length > wordsMax) return;
      assert.equal(minds[key].understand(words.join(' '))?.score, 1, words.join(' '));
    });
    fc.assert(property, { numRuns: 300 });
  }
});

test('whatever is said, there is one answer and no error', () => {
  const words = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('two', 'lager', 'not', 'the', 'and', 'goat', 'please', 'with', 'that'),
    ),
    { maxLength: 80 },
  );
  const property = fc.property(words, (said) => {
    const understood = minds.waiter.understand(said.join(' '));
    assert.ok(understood === null || (understood.score > 0 && understood.score <= 1));
  });
  fc.assert(property, { numRuns: 200 });
});

function next(stream: fc.Stream<number>): number {
  for (const value of stream) return value;
  return 0;
}

interface Choosing {
  readonly rules: ReadonlyMap<string, Phrase>;
  readonly pick: (count: number) => number;
}

function sentence(phrase: Phrase, choosing: Choosing): readonly string[] {
  switch (phrase.is) {
    case 'word':
      return [phrase.word];
    case 'sequence':
      return phrase.parts.flatMap((part) => sentence(part, choosing));
    case 'optional':
      return choosing.pick(2) === 0 ? [] : sentence(phrase.phrase, choosing);
    case 'choice': {
      const chosen = phrase.of[choosing.pick(phrase.of.length)];
      assert.ok(chosen);
      return sentence(chosen.phrase, choosing);
    }
    case 'rule': {
      const rule = choosing.rules.get(phrase.name);
      assert.ok(rule, `there is a rule ${phrase.name}`);
      return sentence(rule, choosing);
    }
  }
}
