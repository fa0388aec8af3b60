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

/** How probable it is that what is said is no sentence, and then each phone of it. */
export interface GarbageWeights {
  readonly once: number;
  readonly phone: number;
}

/**
 * Beside the sentences of `graph`, any phones. A sentence is one of hundreds, which phones need not
 * be paid for at each step: without a price of their own a word of one syllable is refused before
 * it is heard. It is paid at the end: paid at the start, it is more than a beam is wide, and phones
 * are given up before they are compared.
 */
export function withGarbage(graph: WordGraph, { once, phone }: GarbageWeights): WordGraph {
  const loop = graph.stateCount;
  return {
    ...graph,
    stateCount: graph.stateCount + 1,
    arcs: [
      ...graph.arcs,
      ...garbageArcs(graph.start, loop, phone),
      ...garbageArcs(loop, loop, phone),
      { from: loop, to: graph.end, word: null, probability: once },
    ],
  };
}

export function garbageArcs(from: number, to: number, weight: number): readonly WordArc[] {
  return [...garbageWords.keys()].map((word) => ({ from, to, word, probability: weight }));
}
