import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../runtime/random.ts';
import type { Grammar, Phrase } from '../grammar.ts';
import { bigramGraph } from './bigram-graph.ts';
import { garbageWords, isGarbage, withGarbage } from './garbage.ts';
import { sentenceGraph, type WordGraph } from './word-graph.ts';

const word = (text: string): Phrase => ({ is: 'word', word: text });
const oneOf = (...texts: readonly string[]): Phrase => ({
  is: 'choice',
  of: texts.map((text) => ({ phrase: word(text) })),
});
const politely: Phrase = { is: 'optional', phrase: word('please') };

const order: Grammar = {
  root: 'sentence',
  rules: new Map<string, Phrase>([
    ['item', oneOf('tea', 'coffee')],
    [
      'sentence',
      {
        is: 'choice',
        of: [
          {
            phrase: {
              is: 'sequence',
              parts: [word('bring'), { is: 'rule', name: 'item' }, politely],
            },
          },
          { phrase: { is: 'sequence', parts: [{ is: 'rule', name: 'item' }, politely] } },
        ],
      },
    ],
  ]),
};

const nothing: ReadonlySet<string> = new Set();

/** Every sentence, with how probable it is. */
function sentencesOf(graph: WordGraph, state = graph.start): ReadonlyMap<string, number> {
  if (state === graph.end) return new Map([['', 1]]);
  const found = new Map<string, number>();
  for (const arc of graph.arcs.filter(({ from }) => from === state)) {
    for (const [rest, probability] of sentencesOf(graph, arc.to)) {
      const text = [arc.word ?? '', rest].filter((part) => part !== '').join(' ');
      found.set(text, (found.get(text) ?? 0) + probability * arc.probability);
    }
  }
  return found;
}

test('a graph has the sentences of its grammar, of equal weight where none is given', () => {
  assert.deepEqual(
    new Map(sentencesOf(sentenceGraph(order, nothing))),
    new Map(
      ['bring tea please', 'bring tea', 'bring coffee please', 'bring coffee']
        .flatMap((text) => [text, text.replace('bring ', '')])
        .map((text) => [text, 0.125]),
    ),
  );
});

test('what goes on alike is there once', () => {
  const { stateCount, arcs } = sentenceGraph(order, nothing);
  assert.equal(stateCount, 4);
  assert.equal(arcs.length, 7);
});

test('sentences with words that cannot be said are left out, the others stay', () => {
  const graph = sentenceGraph(order, new Set(['tea', 'bring']));
  assert.deepEqual([...sentencesOf(graph).keys()].toSorted(), ['coffee', 'coffee please']);
});

test('a grammar without a sentence, or without a rule that it names, is refused', () => {
  const invalid = { code: 'REQUEST_INVALID' };
  assert.throws(() => sentenceGraph(order, new Set(['tea', 'coffee'])), invalid);
  assert.throws(() => sentenceGraph({ ...order, root: 'elsewhere' }, nothing), invalid);
});

test('a grammar that is too large is refused', () => {
  const many = oneOf(...Array.from({ length: 1_000 }, (_, at) => `word${at}`));
  const parts = Array.from({ length: 101 }, () => many);
  const grammar: Grammar = { root: 'all', rules: new Map([['all', { is: 'sequence', parts }]]) };
  assert.throws(() => sentenceGraph(grammar, nothing), { code: 'REQUEST_INVALID' });
});

test('the second pass knows the neighbours of the grammar best, and no pair is impossible', () => {
  const sentences = sentenceGraph(order, nothing);
  const graph = bigramGraph(sentences, 0.1, seededRandom(1));
  assert.deepEqual(bigramGraph(sentences, 0.1, seededRandom(1)), graph);
  const wordsFrom = (state: number) =>
    graph.arcs.filter(({ from, word: each }) => from === state && each !== null);
  const bring = wordsFrom(graph.start).find(({ word: each }) => each === 'bring')!;
  assert.deepEqual(
    wordsFrom(bring.to)
      .map(({ word: each }) => each)
      .toSorted(),
    ['coffee', 'tea'],
  );
  const unseen = graph.arcs.find(
    ({ from, word: each, to }) => from === bring.to && each === null && to !== graph.end,
  )!;
  const anywhere = wordsFrom(unseen.to).map(({ word: each }) => each);
  for (const each of ['bring', 'tea', 'coffee', 'please']) assert.ok(anywhere.includes(each));
});

test('phones beside the sentences are paid for each, and once at their end', () => {
  const graph = withGarbage(sentenceGraph(order, nothing), { once: 0.01, phone: 0.1 });
  const phones = graph.arcs.filter(({ word: each }) => each !== null && isGarbage(each));
  const entering = phones.filter(({ from }) => from === graph.start);
  const staying = phones.filter(({ from }) => from !== graph.start);
  assert.equal(entering.length, garbageWords.size);
  assert.equal(staying.length, garbageWords.size);
  assert.ok(phones.every(({ probability }) => probability === 0.1));
  assert.ok(staying.every(({ from, to }) => from === to));
  const ends = graph.arcs.filter(({ from, to }) => from === staying[0]!.from && to === graph.end);
  assert.deepEqual(
    ends.map(({ word: each, probability }) => [each, probability]),
    [[null, 0.01]],
  );
});
