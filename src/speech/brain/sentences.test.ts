import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sentencesOf, sentencesSoFar } from './sentences.ts';

test('a text is spoken sentence by sentence', () => {
  assert.deepEqual(sentencesOf('Two coffees, 4,500 RWF. Anything else? "No." Fine!'), [
    'Two coffees, 4,500 RWF.',
    'Anything else?',
    '"No."',
    'Fine!',
  ]);
  assert.deepEqual(sentencesOf('Ask Mr. Smith, or see No. 5. It is 12.50 euros e.g. today.'), [
    'Ask Mr. Smith, or see No. 5.',
    'It is 12.50 euros e.g. today.',
  ]);
  assert.deepEqual(sentencesOf('  '), []);
});

test('a long sentence is cut where a speaker would breathe', () => {
  const dishes = Array.from({ length: 30 }, (_, index) => `dish number ${index}`).join(', ');
  const pieces = sentencesOf(`We have ${dishes}.`);
  assert.ok(pieces.length > 2);
  for (const piece of pieces.slice(0, -1)) assert.match(piece, /,$/);
});

test('no word is lost, and none is spoken in pieces longer than 200 characters', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9.,!?"']{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 120 }), (words) => {
      const text = words.join(' ');
      const sentences = sentencesOf(text);
      assert.equal(sentences.join(' '), text);
      for (const sentence of sentences) assert.ok(sentence.length <= 200);
    }),
  );
});

test('lines, and sentences of scripts without capitals, are spoken one by one', () => {
  assert.deepEqual(sentencesOf('We have:\n- tea\n- coffee'), ['We have:', '- tea', '- coffee']);
  assert.deepEqual(sentencesOf('您好。要点什么？茶！'), ['您好。', '要点什么？', '茶！']);
  assert.deepEqual(sentencesOf('שלום. מה שלומך?'), ['שלום.', 'מה שלומך?']);
});

test('a text that comes letter by letter is cut into the same sentences', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9.,!?"']{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 80 }), (words) => {
      const text = words.join(' ');
      const found: string[] = [];
      let open = '';
      for (const letter of text) {
        const { sentences, rest } = sentencesSoFar(open + letter);
        found.push(...sentences);
        open = rest;
      }
      assert.deepEqual([...found, ...sentencesOf(open)], sentencesOf(text));
    }),
  );
});
