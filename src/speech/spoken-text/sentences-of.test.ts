import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sentencesOf } from './sentences-of.ts';
import { writtenTextMax } from './spoken-text.ts';

function allOf(text: string): string[] {
  const { sentences, rest } = sentencesOf(text);
  return rest.trim() === '' ? [...sentences] : [...sentences, rest.trim()];
}

test('a sentence ends at its stop, not at a decimal, a short word, a title or an initial', () => {
  assert.deepEqual(allOf('That is 12.50 euros. And 4,500 RWF for e.g. Isombe! Is it? Yes'), [
    'That is 12.50 euros.',
    'And 4,500 RWF for e.g. Isombe!',
    'Is it?',
    'Yes',
  ]);
  assert.deepEqual(
    allOf('Dr. Smith and J. Doe came. "Fine." So did I. Invoice No. 5, etc. and so'),
    ['Dr. Smith and J. Doe came.', '"Fine."', 'So did I.', 'Invoice No. 5, etc. and so'],
  );
  assert.deepEqual(allOf('Table 12. Enjoy. No. Not yet.'), [
    'Table 12.',
    'Enjoy.',
    'No.',
    'Not yet.',
  ]);
});

test('each line of a list is a sentence, with its number', () => {
  assert.deepEqual(allOf('1. Espresso\n2. Tea\n\n- Water'), ['1. Espresso', '2. Tea', '- Water']);
});

test('a stop at the end of what is there may go on', () => {
  assert.deepEqual(sentencesOf('It costs 12.'), { sentences: [], rest: 'It costs 12.' });
  assert.deepEqual(sentencesOf('It costs 12.50'), { sentences: [], rest: 'It costs 12.50' });
  assert.deepEqual(sentencesOf('Really? '), { sentences: ['Really?'], rest: '' });
});

const token = fc.constantFrom(
  'Hello',
  'e.g.',
  '12.50',
  'RWF',
  '.',
  '!',
  '?',
  ' ',
  '\n',
  'I',
  'No.',
  '5',
  '"',
);
const writing = fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(''));

test('the same text gives the same sentences however it comes', () => {
  fc.assert(
    fc.property(writing, fc.array(fc.nat(200), { maxLength: 8 }), (text, cutsAt) => {
      const cuts = [...new Set(cutsAt.map((at) => Math.min(at, text.length)))].sort(
        (a, b) => a - b,
      );
      const heard: string[] = [];
      let rest = '';
      for (const [index, at] of [...cuts, text.length].entries()) {
        const so = sentencesOf(rest + text.slice(index === 0 ? 0 : cuts[index - 1], at));
        heard.push(...so.sentences);
        rest = so.rest;
      }
      if (rest.trim() !== '') heard.push(rest.trim());
      assert.deepEqual(heard, allOf(text));
    }),
  );
});

test('no letter is lost and no sentence is longer than is said in one go', () => {
  const long = fc.array(fc.oneof(token, fc.string({ maxLength: 900 })), { maxLength: 6 });
  fc.assert(
    fc.property(long, (tokens) => {
      const text = tokens.join('');
      const sentences = allOf(text);
      const packed = (written: string): string => written.replaceAll(/\s/gu, '');
      assert.equal(packed(sentences.join('')), packed(text));
      assert.ok(sentences.every((one) => one.length <= writtenTextMax && one.trim() !== ''));
    }),
  );
});
