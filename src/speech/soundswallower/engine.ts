import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import createModule, { type Decoder, type SoundSwallowerModule } from 'soundswallower';
import { assert } from '../../runtime/assert.ts';
import { cepstralMean } from './cepstral-mean.ts';
import { rateHz } from './recognizer-work.ts';
import type { WordGraph } from './word-graph.ts';

/**
 * Of a pause at any place. Who is cut out of a line by a detector begins and ends with one: at the
 * package's 0.005, phones that take noise for speech cost less than pauses, and 24 % of short
 * answers 20 dB over noise were refused instead of 8 %.
 */
const silprob = 0.5;
/** How much the probabilities of words count beside those of their sounds; the package's own. */
const languageWeight = 6.5;
/** Of the cepstra of a line that nothing is known of; the package's own. */
const meanUnknown = '40,3,-1';

/** How far behind the best way through a graph others are followed. */
export type Beams = Readonly<Record<'beam' | 'wbeam' | 'pbeam', number>>;

/**
 * For sentences: with the package's own the right one was lost where a grammar of 11,000 steps goes
 * many ways at once, and the phones beside it, which enter late, as well.
 */
export const wideBeams: Beams = { beam: 1e-70, wbeam: 1e-55, pbeam: 1e-70 };
/** The package's own. */
export const ownBeams: Beams = { beam: 1e-48, wbeam: 7e-29, pbeam: 1e-48 };

/** The parts of the module that its own declarations leave out. Addresses are numbers. */
interface EngineFunctions {
  _malloc(bytes: number): number;
  _free(address: number): void;
  readonly HEAPU8: Uint8Array;
  _decoder_logmath(decoder: number): number;
  _decoder_set_fsg(decoder: number, graph: number): number;
  _logmath_log(logmath: number, probability: number): number;
  _fsg_model_init(name: number, logmath: number, weight: number, stateCount: number): number;
  _fsg_model_word_add(graph: number, word: number): number;
  _fsg_model_trans_add(graph: number, from: number, to: number, log: number, word: number): void;
  _fsg_model_null_trans_add(graph: number, from: number, to: number, log: number): number;
  _fsg_set_states(graph: number, start: number, end: number): void;
}

/** SoundSwallower 0.6.3, a PocketSphinx for grammars, with its telephone model of US English. */
export class Engine {
  readonly #module: SoundSwallowerModule & EngineFunctions;
  readonly #modelFolder: string;
  readonly #dictionary: Dictionary;

  private constructor(
    module: SoundSwallowerModule & EngineFunctions,
    modelFolder: string,
    dictionary: Dictionary,
  ) {
    this.#module = module;
    this.#modelFolder = modelFolder;
    this.#dictionary = dictionary;
  }

  static async load(): Promise<Engine> {
    const folder = dirname(fileURLToPath(import.meta.resolve('soundswallower')));
    const modelBase = join(folder, 'model/');
    // What the program prints is for its authors.
    const options = { modelBase, print: () => undefined, printErr: () => undefined };
    const module: SoundSwallowerModule = await createModule(options);
    assert(hasFunctions(module), 'soundswallower exports the functions of 0.6.3');
    const modelFolder = join(modelBase, 'en-us');
    const text = await readFile(join(modelFolder, 'dict.txt'), 'latin1');
    return new Engine(module, modelFolder, new Dictionary(text));
  }

  unknownWords(words: readonly string[]): string[] {
    const known = this.#dictionary.phones(words);
    return words.filter((word) => !known.has(word));
  }

  /** `phones` for words that the dictionary lacks. Takes 30 ms, and what the graph takes. */
  async decoder(
    graph: WordGraph,
    phones: ReadonlyMap<string, string>,
    beams: Beams,
  ): Promise<WordDecoder> {
    // Loaded whole, the dictionary would be most of a decoder.
    const dict = join(this.#modelFolder, 'no-dictionary');
    const options = { loglevel: 'FATAL', samprate: rateHz, silprob, dict, ...beams };
    const decoder = new this.#module.Decoder(options);
    await decoder.initialize();
    // The model's own settings take the noise out, and with it what the model was trained on: at
    // 20 dB of signal over noise four times as many words are wrong.
    decoder.set_config('remove_noise', 0);
    const words = [...new Set(graph.arcs.flatMap(({ word }) => (word === null ? [] : [word])))];
    decoder.add_words(...this.#entries(words, phones));
    this.#setGraph(decoder, graph);
    return new WordDecoder(decoder);
  }

  #entries(words: readonly string[], phones: ReadonlyMap<string, string>): [string, string][] {
    const known = this.#dictionary.phones(words);
    return words.flatMap((word) => {
      const given = phones.get(word);
      const ways = given === undefined ? (known.get(word) ?? []) : [given];
      return ways.map((way, at): [string, string] => [at === 0 ? word : `${word}(${at + 1})`, way]);
    });
  }

  #setGraph(decoder: Decoder, graph: WordGraph): void {
    const module = this.#module;
    const address = addressOf(decoder);
    const logmath = module._decoder_logmath(address);
    const log = (probability: number): number =>
      Math.trunc(module._logmath_log(logmath, probability) * languageWeight);
    const withText = <Result>(text: string, use: (at: number) => Result): Result => {
      const bytes = Buffer.from(`${text}\0`);
      const at = module._malloc(bytes.length);
      module.HEAPU8.set(bytes, at);
      const result = use(at);
      module._free(at);
      return result;
    };
    const model = withText('sentences', (name) =>
      module._fsg_model_init(name, logmath, languageWeight, graph.stateCount),
    );
    const ids = new Map<string, number>();
    for (const { from, to, word, probability } of graph.arcs) {
      if (word === null) {
        module._fsg_model_null_trans_add(model, from, to, log(probability));
        continue;
      }
      const id = ids.get(word) ?? withText(word, (at) => module._fsg_model_word_add(model, at));
      ids.set(word, id);
      module._fsg_model_trans_add(model, from, to, log(probability), id);
    }
    module._fsg_set_states(model, graph.start, graph.end);
    assert(module._decoder_set_fsg(address, model) >= 0, 'all words of a graph have phones');
  }
}

/** A word as it was heard, and for how long. */
export interface HeardWord {
  readonly word: string;
  readonly durationMs: number;
}

/** Finds the way through one graph that an utterance sounds most like. */
export class WordDecoder {
  readonly #decoder: Decoder;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /**
   * Forgets who spoke before, and learns the line of an utterance from how it begins: a second that
   * has speech in it. Left to itself the engine believes for eight seconds that every line is one
   * of average level without noise, and hears a third as many words at 20 dB over noise.
   */
  async start(opening: Float32Array): Promise<void> {
    const { data: bands, nfeat: filterCount } = this.#decoder.spectrogram(opening);
    const mean = cepstralMean({ bands, filterCount });
    this.#decoder.set_config('cmninit', mean?.map((each) => each.toFixed(2)).join() ?? meanUnknown);
    await this.#decoder.reinitialize_audio();
    this.#decoder.start();
    this.push(opening);
  }

  push(samples: Float32Array): void {
    this.#decoder.process_audio(samples, false, false);
  }

  /** Words so far. */
  words(): readonly string[] {
    const text = this.#decoder.get_text();
    return text === '' ? [] : text.split(' ');
  }

  /** Empty when no way leads to the end. */
  finish(): readonly HeardWord[] {
    this.#decoder.stop();
    if (this.words().length === 0) return [];
    const { w: parts = [] } = this.#decoder.get_alignment();
    return parts
      .filter(({ t: word }) => !/^(<.*>|\[.*\]|\(NULL\))$/.test(word))
      .map(({ t: word, d: seconds }) => ({
        word: withoutNumber(word),
        durationMs: 1000 * seconds,
      }));
  }

  delete(): void {
    this.#decoder.delete();
  }
}

/**
 * The package's 134,785 words, read through whenever some are asked for: that takes 15 ms, and a
 * map of all of them 20 MB.
 */
class Dictionary {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** All ways to say each of `words`; those that are unknown are left out. */
  phones(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const wanted = new Set(words);
    const found = new Map<string, string[]>();
    for (let at = 0; at < this.#text.length; ) {
      const newline = this.#text.indexOf('\n', at);
      const end = newline === -1 ? this.#text.length : newline;
      const nameEnd = this.#text.indexOf(' ', at);
      const word = withoutNumber(this.#text.slice(at, nameEnd));
      if (wanted.has(word)) {
        const ways = found.get(word) ?? [];
        ways.push(this.#text.slice(nameEnd, end).trim());
        found.set(word, ways);
      }
      at = end + 1;
    }
    return found;
  }
}

/** A word that is said in several ways has them as `tomato`, `tomato(2)`. */
function withoutNumber(word: string): string {
  return word.endsWith(')') ? word.replace(/\(\d+\)$/, '') : word;
}

const functionNames = [
  '_malloc',
  '_free',
  '_decoder_logmath',
  '_decoder_set_fsg',
  '_logmath_log',
  '_fsg_model_init',
  '_fsg_model_word_add',
  '_fsg_model_trans_add',
  '_fsg_model_null_trans_add',
  '_fsg_set_states',
] as const;

function hasFunctions(
  module: SoundSwallowerModule,
): module is SoundSwallowerModule & EngineFunctions {
  const members = new Map<string, unknown>(Object.entries(module));
  return functionNames.every((name) => typeof members.get(name) === 'function');
}

function addressOf(decoder: Decoder): number {
  assert('cdecoder' in decoder && typeof decoder.cdecoder === 'number', 'a decoder is somewhere');
  return decoder.cdecoder;
}
