import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Grammar, Phrase } from '../grammar.ts';
import { endingOf } from './ending.ts';

const word = (text: string): Phrase => ({ is: 'word', word: text });
const words = (text: string): Phrase => ({ is: 'sequence', parts: text.split(' ').map(word) });
const choice = (...of: Phrase[]): Phrase => ({
  is: 'choice',
  of: of.map((phrase) => ({ phrase })),
});
const rule = (name: string): Phrase => ({ is: 'rule', name });

const digit = choice(...'one two three four'.split(' ').map(word));
const grammar: Grammar = {
  root: 'sentence',
  rules: new Map<string, Phrase>([
    ['digit', digit],
    [
      'sentence',
      choice(
        words('the bill please'),
        { is: 'sequence', parts: [words('my number is'), rule('digit'), rule('digit')] },
        {
          is: 'sequence',
          parts: [
            word('i'),
            word('want'),
            rule('digit'),
            choice(word('teas'), words('goat stews')),
          ],
        },
        {
          is: 'sequence',
          parts: [words('a table for'), rule('digit'), { is: 'optional', phrase: word('outside') }],
        },
      ),
    ],
  ]),
};
const after = (text: string) => endingOf(grammar, text);

test('a sentence of the grammar is complete, whether more could be said or not', () => {
  assert.equal(after('the bill please'), 'complete');
  assert.equal(after('i want two goat stews'), 'complete');
  assert.equal(after('a table for two'), 'complete');
});

test('a number that can go on is not over', () => {
  assert.equal(after('my number is one'), 'in-number');
  assert.equal(after('my number is one two'), 'complete');
  assert.equal(after('i want two'), 'open', 'no further number is expected');
});

test('what is no sentence yet, and what never becomes one, is open', () => {
  for (const text of ['', 'the bill', 'bill the please', 'my number is', 'the bill please now']) {
    assert.equal(after(text), 'open', text);
  }
});
