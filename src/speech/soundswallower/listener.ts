import { assert } from '../../runtime/assert.ts';
import type { Random } from '../../runtime/random.ts';
import type { Grammar } from '../grammar.ts';
import type { Recognition } from '../recognizer.ts';
import { bigramGraph } from './bigram-graph.ts';
import type { Engine, HeardWord, WordDecoder } from './engine.ts';
import { garbageWords, isGarbage, withGarbage } from './garbage.ts';
import { sentenceGraph, type WordGraph } from './word-graph.ts';
import { wordsOf } from './words-of.ts';

export interface ListenerSettings {
  /**
   * Of each phone beside a sentence: more refuses more, what is a sentence and what is none.
   * `null`: nothing.
   */
  readonly garbageWeight: number | null;
  /** Of each phone between the words of the second pass; `null`: there is no second pass. */
  readonly bigramGarbageWeight: number | null;
  /** The part of what was heard that words must be to be taken without their order. */
  readonly bigramWordsMin: number;
}

export const defaultListenerSettings: ListenerSettings = {
  garbageWeight: 0.15,
  bigramGarbageWeight: 0.25,
  bigramWordsMin: 0.8,
};

/** One grammar, ready to be listened for. */
interface Prepared {
  readonly graph: WordGraph;
  readonly phones: ReadonlyMap<string, string>;
  /** Decoders that nobody speaks to. */
  readonly idle: WordDecoder[];
  readonly bigram: WordDecoder | null;
  isForgotten: boolean;
}

interface Utterance {
  readonly prepared: Prepared;
  readonly decoder: WordDecoder;
  readonly heard: Float32Array[];
  partial: string;
}

/**
 * The utterances of many callers, each on a decoder that is its own while it lasts. A decoder takes
 * 10 MB and 80 ms to make, so those that are done are kept for the next utterance with the same
 * grammar: as many as callers ever spoke at once. Its calls must not overlap.
 */
export class Listener {
  readonly #engine: Engine;
  readonly #settings: ListenerSettings;
  readonly #makeRandom: () => Random;
  readonly #onPartial: (utterance: number, text: string) => void;
  readonly #prepared = new Map<string, Prepared>();
  readonly #utterances = new Map<number, Utterance>();

  constructor(
    engine: Engine,
    settings: ListenerSettings,
    makeRandom: () => Random,
    onPartial: (utterance: number, text: string) => void,
  ) {
    this.#engine = engine;
    this.#settings = settings;
    this.#makeRandom = makeRandom;
    this.#onPartial = onPartial;
  }

  /** Throws `REQUEST_INVALID` for a grammar that is no use. */
  async prepare(key: string, grammar: Grammar, given: ReadonlyMap<string, string>): Promise<void> {
    if (this.#prepared.has(key)) return;
    const { garbageWeight, bigramGarbageWeight } = this.#settings;
    const phones = new Map([...given, ...garbageWords]);
    const unknown = this.#engine.unknownWords([...wordsOf(grammar)]);
    const lacking = new Set(unknown.filter((word) => !phones.has(word)));
    const sentences = sentenceGraph(grammar, lacking);
    const graph = garbageWeight === null ? sentences : withGarbage(sentences, garbageWeight);
    const bigram =
      bigramGarbageWeight === null
        ? null
        : await this.#engine.decoder(
            bigramGraph(sentences, bigramGarbageWeight, this.#makeRandom()),
            phones,
          );
    const first = await this.#engine.decoder(graph, phones);
    this.#prepared.set(key, { graph, phones, idle: [first], bigram, isForgotten: false });
  }

  /** Frees what a grammar takes. Utterances with it go on. */
  forget(key: string): void {
    const prepared = this.#prepared.get(key);
    if (prepared === undefined) return;
    this.#prepared.delete(key);
    prepared.isForgotten = true;
    this.#free(prepared);
  }

  async start(utterance: number, key: string): Promise<void> {
    const prepared = this.#prepared.get(key);
    assert(prepared !== undefined, 'a grammar is prepared before it is listened for');
    const { graph, phones, idle } = prepared;
    const decoder = idle.pop() ?? (await this.#engine.decoder(graph, phones));
    await decoder.start();
    this.#utterances.set(utterance, { prepared, decoder, heard: [], partial: '' });
  }

  push(utterance: number, samples: Int16Array): void {
    const current = this.#utterances.get(utterance);
    if (current === undefined) return;
    const heard = Float32Array.from(samples, (sample) => sample / 32_768);
    current.heard.push(heard);
    current.decoder.push(heard);
    const words = current.decoder.words();
    const text = words.some(isGarbage) ? '' : words.join(' ');
    if (text === '' || text === current.partial) return;
    current.partial = text;
    this.#onPartial(utterance, text);
  }

  async finish(utterance: number): Promise<Recognition> {
    const current = this.#utterances.get(utterance);
    if (current === undefined) return { is: 'refused' };
    try {
      const first = sentenceIn(current.decoder.finish());
      if (first !== null || current.heard.length === 0) return first ?? { is: 'refused' };
      // Heard as it came, the level of a noisy line is known too late.
      const whole = joined(current.heard);
      const second = sentenceIn(await current.decoder.decode(whole));
      return second ?? (await this.#withoutOrder(current.prepared, whole));
    } finally {
      this.#release(utterance, current);
    }
  }

  drop(utterance: number): void {
    const current = this.#utterances.get(utterance);
    if (current === undefined) return;
    current.decoder.finish();
    this.#release(utterance, current);
  }

  async #withoutOrder({ bigram }: Prepared, whole: Float32Array): Promise<Recognition> {
    if (bigram === null) return { is: 'refused' };
    const parts = await bigram.decode(whole);
    const words = parts.filter(({ word }) => !isGarbage(word));
    if (durationMs(words) < this.#settings.bigramWordsMin * durationMs(parts)) {
      return { is: 'refused' };
    }
    if (words.length === 0) return { is: 'refused' };
    return { is: 'words', text: words.map(({ word }) => word).join(' '), by: 'bigram' };
  }

  #release(utterance: number, { prepared, decoder }: Utterance): void {
    this.#utterances.delete(utterance);
    prepared.idle.push(decoder);
    if (prepared.isForgotten) this.#free(prepared);
  }

  #free(prepared: Prepared): void {
    for (const decoder of prepared.idle.splice(0)) decoder.delete();
    const isInUse = [...this.#utterances.values()].some((each) => each.prepared === prepared);
    if (!isInUse) prepared.bigram?.delete();
  }
}

function sentenceIn(heard: readonly HeardWord[]): Recognition | null {
  const words = heard.map(({ word }) => word);
  if (words.length === 0 || words.some(isGarbage)) return null;
  return { is: 'words', text: words.join(' '), by: 'grammar' };
}

function durationMs(words: readonly HeardWord[]): number {
  return words.reduce((sum, word) => sum + word.durationMs, 0);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
