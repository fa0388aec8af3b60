import type { Random } from '../../runtime/random.ts';
import type { Grammar } from '../grammar.ts';
import { bigramGraph } from './bigram-graph.ts';
import { type Beams, type Engine, ownBeams, type WordDecoder, wideBeams } from './engine.ts';
import { type GarbageWeights, garbageWords, withGarbage } from './garbage.ts';
import { sentenceGraph, type WordGraph } from './word-graph.ts';
import { wordsOf } from './words-of.ts';

export interface GrammarSettings {
  /** `null`: what is said is always taken for the nearest sentence. */
  readonly garbage: GarbageWeights | null;
  /** Of each phone between words in any order; `null`: words are heard in no other order. */
  readonly bigramGarbageWeight: number | null;
}

/** Decoders of one graph, made at need. Each takes 10 MB and 80 ms, so they are kept. */
export class DecoderPool {
  readonly #make: () => Promise<WordDecoder>;
  readonly #idle: WordDecoder[] = [];
  #isClosed = false;

  constructor(make: () => Promise<WordDecoder>) {
    this.#make = make;
  }

  async borrow(): Promise<WordDecoder> {
    return this.#idle.pop() ?? (await this.#make());
  }

  giveBack(decoder: WordDecoder): void {
    if (this.#isClosed) decoder.delete();
    else this.#idle.push(decoder);
  }

  /** Frees the idle ones now, those that are borrowed when they come back. */
  close(): void {
    this.#isClosed = true;
    for (const decoder of this.#idle.splice(0)) decoder.delete();
  }
}

/** One grammar, ready to be listened for. */
export interface PreparedGrammar {
  readonly sentences: DecoderPool;
  /** Its words in any order; `null`: not wanted. */
  readonly anyOrder: DecoderPool | null;
}

/** `given`: how words are said that the dictionary lacks. Throws `REQUEST_INVALID`. */
export async function preparedGrammar(
  engine: Engine,
  grammar: Grammar,
  given: ReadonlyMap<string, string>,
  { garbage, bigramGarbageWeight }: GrammarSettings,
  random: Random,
): Promise<PreparedGrammar> {
  const phones = new Map([...given, ...garbageWords]);
  const unknown = engine.unknownWords([...wordsOf(grammar)]);
  const lacking = new Set(unknown.filter((word) => !phones.has(word)));
  const graph = sentenceGraph(grammar, lacking);
  const pool = async (of: WordGraph, beams: Beams): Promise<DecoderPool> => {
    const made = new DecoderPool(() => engine.decoder(of, phones, beams));
    // A graph that is no use is noticed here, and the first caller does not wait.
    made.giveBack(await made.borrow());
    return made;
  };
  return {
    sentences: await pool(garbage === null ? graph : withGarbage(graph, garbage), wideBeams),
    anyOrder:
      bigramGarbageWeight === null
        ? null
        : await pool(bigramGraph(graph, bigramGarbageWeight, random), ownBeams),
  };
}
