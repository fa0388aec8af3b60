import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StableWords } from './stable-words.ts';

test('a word is told once two hypotheses agree on it, the rest at the end', () => {
  const words = new StableWords();
  assert.equal(words.push('i'), '');
  assert.equal(words.push('i want'), 'i');
  assert.equal(words.push('i want tea'), ' want');
  assert.equal(words.push('i want two'), '');
  assert.equal(words.push('i want two coffees'), ' two');
  assert.equal(words.finish('i want two coffees'), ' coffees');
});

test('nothing more is told once the words that were told turn out to be others', () => {
  const words = new StableWords();
  words.push('the bill');
  assert.equal(words.push('the bill'), 'the bill');
  assert.equal(words.push('a pill please'), '');
  assert.equal(words.push('a pill please'), '');
  assert.equal(words.finish('a pill please'), '');
});

test('the pieces are always the beginning of some hypothesis', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 })
    .map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (texts) => {
      const words = new StableWords();
      let told = '';
      for (const each of texts) told += words.push(each);
      told += words.finish(texts.at(-1)!);
      assert.ok(
        texts.some((each) => each.startsWith(told)),
        told,
      );
    }),
  );
});
