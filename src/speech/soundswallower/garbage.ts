import type { WordArc, WordGraph } from './word-graph.ts';

/** The phones of the acoustic model but silence and noise. */
const phones = [
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y',
  'Z ZH',
].flatMap((line) => line.split(' '));

/** Words of one phone each: what speech is taken for that is none of the sentences. */
export const garbageWords: ReadonlyMap<string, string> = new Map(
  phones.map((phone) => [`/${phone.toLowerCase()}/`, phone]),
);

export function isGarbage(word: string): boolean {
  return word.startsWith('/');
}

/** Beside the sentences of `graph`, any phones: `weight` is the probability of each of them. */
export function withGarbage(graph: WordGraph, weight: number): WordGraph {
  const loop = graph.stateCount;
  return {
    ...graph,
    stateCount: graph.stateCount + 1,
    arcs: [
      ...graph.arcs,
      ...garbageArcs(graph.start, loop, weight),
      ...garbageArcs(loop, loop, weight),
      { from: loop, to: graph.end, word: null, probability: 1 },
    ],
  };
}

export function garbageArcs(from: number, to: number, weight: number): readonly WordArc[] {
  return [...garbageWords.keys()].map((word) => ({ from, to, word, probability: weight }));
}
