import { assert } from '../../runtime/assert.ts';
import type { Random } from '../../runtime/random.ts';
import type { Grammar } from '../grammar.ts';
import type { Recognition } from '../recognizer.ts';
import type { Engine } from './engine.ts';
import { type GrammarSettings, type PreparedGrammar, preparedGrammar } from './prepared-grammar.ts';
import { Utterance } from './utterance.ts';

export interface ListenerSettings extends GrammarSettings {
  /** The part of what was heard that words must be to be taken without their order. */
  readonly bigramWordsMin: number;
}

/** Chosen on the sentences of `bench/speech.development.ts`: `bench/README.md` says how. */
export const defaultListenerSettings: ListenerSettings = {
  garbage: { once: 1e-5, phone: 0.15 },
  bigramGarbageWeight: 0.25,
  bigramWordsMin: 0.8,
};

/** The utterances of many callers. Its calls must not overlap. */
export class Listener {
  readonly #engine: Engine;
  readonly #settings: ListenerSettings;
  readonly #makeRandom: () => Random;
  readonly #onPartial: (utterance: number, text: string) => void;
  readonly #prepared = new Map<string, PreparedGrammar>();
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
    const random = this.#makeRandom();
    const made = await preparedGrammar(this.#engine, grammar, given, this.#settings, random);
    this.#prepared.set(key, made);
  }

  /** Frees what a grammar takes. Utterances with it go on. */
  forget(key: string): void {
    const prepared = this.#prepared.get(key);
    this.#prepared.delete(key);
    prepared?.sentences.close();
    prepared?.anyOrder?.close();
  }

  start(utterance: number, key: string): void {
    const prepared = this.#prepared.get(key);
    assert(prepared !== undefined, 'a grammar is prepared before it is listened for');
    const onPartial = (text: string) => this.#onPartial(utterance, text);
    const { bigramWordsMin } = this.#settings;
    this.#utterances.set(utterance, new Utterance(prepared, bigramWordsMin, onPartial));
  }

  async push(utterance: number, samples: Int16Array): Promise<void> {
    await this.#utterances.get(utterance)?.push(samples);
  }

  async finish(utterance: number): Promise<Recognition> {
    const recognition = await this.#utterances.get(utterance)?.finish();
    this.drop(utterance);
    return recognition ?? { is: 'refused' };
  }

  drop(utterance: number): void {
    this.#utterances.get(utterance)?.close();
    this.#utterances.delete(utterance);
  }
}
