import type { Recognition } from '../recognizer.ts';
import type { HeardWord, WordDecoder } from './engine.ts';
import { isGarbage } from './garbage.ts';
import type { DecoderPool, PreparedGrammar } from './prepared-grammar.ts';
import { rateHz } from './recognizer-work.ts';

/** What a line is known by: with 0.4 s of speech 11 % of the words were wrong, with 0.8 s 2 %. */
const openingSamples = 1.1 * rateHz;
/** While the caller speaks; a piece is 100 ms, and takes 20 ms. */
const piecesAtOnceMax = 3;

/** What was said so far by one caller, as it is heard. Its calls must not overlap. */
export class Utterance {
  readonly #bigramWordsMin: number;
  readonly #onPartial: (text: string) => void;
  readonly #sentences: Pass;
  readonly #anyOrder: Pass | null;
  readonly #pieces: Float32Array[] = [];
  #sampleCount = 0;
  #partial = '';

  /** `bigramWordsMin`: the part that words must be of what was heard to count in any order. */
  constructor(
    { sentences, anyOrder }: PreparedGrammar,
    bigramWordsMin: number,
    onPartial: (text: string) => void,
  ) {
    this.#bigramWordsMin = bigramWordsMin;
    this.#onPartial = onPartial;
    this.#sentences = new Pass(sentences);
    this.#anyOrder = anyOrder === null ? null : new Pass(anyOrder);
  }

  async push(samples: Int16Array): Promise<void> {
    this.#pieces.push(Float32Array.from(samples, (sample) => sample / 32_768));
    this.#sampleCount += samples.length;
    if (this.#sampleCount < openingSamples) return;
    await this.#sentences.follow(this.#pieces);
    const words = this.#sentences.words();
    // What will hardly be a sentence is heard the other way before it is over.
    if (words.some(isGarbage)) await this.#anyOrder?.follow(this.#pieces, piecesAtOnceMax);
    else this.#tell(words.join(' '));
  }

  /** Empty utterances are refused. */
  async finish(): Promise<Recognition> {
    if (this.#sampleCount === 0) return { is: 'refused' };
    await this.#sentences.follow(this.#pieces);
    const sentence = this.#sentences.finish().map(({ word }) => word);
    if (sentence.length > 0 && !sentence.some(isGarbage)) {
      return { is: 'words', text: sentence.join(' '), by: 'grammar' };
    }
    return await this.#inAnyOrder();
  }

  /** Lets go of everything. */
  close(): void {
    this.#sentences.close();
    this.#anyOrder?.close();
  }

  async #inAnyOrder(): Promise<Recognition> {
    if (this.#anyOrder === null) return { is: 'refused' };
    await this.#anyOrder.follow(this.#pieces);
    const heard = this.#anyOrder.finish();
    const words = heard.filter(({ word }) => !isGarbage(word));
    if (words.length === 0 || durationMs(words) < this.#bigramWordsMin * durationMs(heard)) {
      return { is: 'refused' };
    }
    return { is: 'words', text: words.map(({ word }) => word).join(' '), by: 'bigram' };
  }

  #tell(text: string): void {
    if (text === '' || text === this.#partial) return;
    this.#partial = text;
    this.#onPartial(text);
  }
}

/** One decoder on its way through the pieces of an utterance. */
class Pass {
  readonly #pool: DecoderPool;
  #decoder: WordDecoder | null = null;
  #isDone = false;
  #nextPiece = 0;

  constructor(pool: DecoderPool) {
    this.#pool = pool;
  }

  /** Hears what it has not heard yet, `piecesMax` of it. The first time it begins with all. */
  async follow(pieces: readonly Float32Array[], piecesMax = Number.POSITIVE_INFINITY) {
    if (this.#decoder === null) {
      this.#decoder = await this.#pool.borrow();
      this.#nextPiece = openingPieces(pieces);
      await this.#decoder.start(joined(pieces.slice(0, this.#nextPiece)));
    }
    const next = pieces.slice(this.#nextPiece, this.#nextPiece + piecesMax);
    for (const piece of next) this.#decoder.push(piece);
    this.#nextPiece += next.length;
  }

  words(): readonly string[] {
    return this.#decoder?.words() ?? [];
  }

  finish(): readonly HeardWord[] {
    this.#isDone = true;
    return this.#decoder?.finish() ?? [];
  }

  close(): void {
    if (this.#decoder === null) return;
    if (!this.#isDone) this.#decoder.finish();
    this.#pool.giveBack(this.#decoder);
    this.#decoder = null;
  }
}

/** How many of them the line is known by: all, if they are few. */
function openingPieces(pieces: readonly Float32Array[]): number {
  let sampleCount = 0;
  const last = pieces.findIndex(({ length }) => {
    sampleCount += length;
    return sampleCount >= openingSamples;
  });
  return last === -1 ? pieces.length : last + 1;
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
