import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Grammar, Phrase } from '../grammar.ts';
import { grammarOf } from './grammar-of.ts';
import { demoVocabulary } from './testing/demo-vocabulary.ts';
import { shippedDialogue } from './testing/typed-call.ts';

/** What the recognizer was measured with has 180 words; ours may have some times that. */
const wordsMax = 600;
const phrasesMax = 6_000;

function phrasesIn(phrase: Phrase): readonly Phrase[] {
  switch (phrase.is) {
    case 'sequence':
      return [phrase, ...phrase.parts.flatMap(phrasesIn)];
    case 'choice':
      return [phrase, ...phrase.of.flatMap((each) => phrasesIn(each.phrase))];
    case 'optional':
      return [phrase, ...phrasesIn(phrase.phrase)];
    default:
      return [phrase];
  }
}

function allIn({ rules }: Grammar): readonly Phrase[] {
  return [...rules.values()].flatMap(phrasesIn);
}

function wordsOf(grammar: Grammar): ReadonlySet<string> {
  return new Set(allIn(grammar).flatMap((each) => (each.is === 'word' ? each.word : [])));
}

test('a grammar stays within what a recognizer can listen for', () => {
  for (const key of ['waiter', 'cfo']) {
    const grammar = grammarOf(shippedDialogue(key), demoVocabulary);
    const words = wordsOf(grammar);
    assert.ok(words.size > 100 && words.size <= wordsMax, `${words.size} words`);
    assert.ok(allIn(grammar).length <= phrasesMax, `${allIn(grammar).length} phrases`);
  }
});

test('every word of a grammar is one that can be spoken, every rule of it is there', () => {
  for (const key of ['waiter', 'cfo']) {
    const grammar = grammarOf(shippedDialogue(key), demoVocabulary);
    for (const word of wordsOf(grammar)) assert.match(word, /^[a-z]+(?:'[a-z]+)*$/);
    for (const [name, phrase] of grammar.rules) {
      assert.match(name, /^[a-z0-9-]+$/);
      assert.ok(!(phrase.is === 'choice' && phrase.of.length === 0), `${name} has no sentence`);
    }
    const named = allIn(grammar).flatMap((each) => (each.is === 'rule' ? each.name : []));
    for (const name of named) assert.ok(grammar.rules.has(name), name);
  }
});

test('dishes are listened for in singular and plural and by their short names', () => {
  const { rules } = grammarOf(shippedDialogue('waiter'), demoVocabulary);
  const items = rules.get('slot-item');
  assert.ok(items?.is === 'choice');
  const said = new Set(
    items.of.map(({ phrase }) =>
      phrasesIn(phrase)
        .flatMap((each) => (each.is === 'word' ? each.word : []))
        .join(' '),
    ),
  );
  for (const words of [
    'goat brochettes',
    'goat brochette',
    'lager',
    'lagers',
    'ftira',
    'gellewza',
  ]) {
    assert.ok(said.has(words), words);
  }
});

test('without rows nothing is listened for that has a dish in it, and the rest still is', () => {
  const grammar = grammarOf(shippedDialogue('waiter'), {});
  assert.equal(grammar.rules.has('slot-item'), false);
  assert.ok(grammar.rules.has('intent-menu'));
  assert.ok(grammar.rules.has('intent-goodbye'));
  const named = allIn(grammar).flatMap((each) => (each.is === 'rule' ? each.name : []));
  for (const name of named) assert.ok(grammar.rules.has(name), name);
});
