import type { Converter, ConverterFactory } from '../../audio/converter.ts';
import { type AudioFormat, isSameFormat, pcm } from '../../audio/format.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import type { BrainOutput } from '../../realtime-server/brain.ts';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError, messageOf } from '../../runtime/errors.ts';
import type { Grammar } from '../grammar.ts';
import type { Recognition, Recognizer, RecognizerSession } from '../recognizer.ts';
import { type Ending, endingOf } from './ending.ts';
import { PreRoll } from './pre-roll.ts';
import { StableWords } from './stable-words.ts';

const recognizerFormat = pcm(8000);
const samplesPerMs = recognizerFormat.rateHz / 1000;

/** Whoever talks for longer is answered then: as much as a recognizer takes, and a long order. */
const utteranceMsMax = 15_000;

/** What became of a turn: its words, `null` when nothing was understood, or no engine to ask. */
export type Heard =
  | { readonly is: 'words'; readonly text: string | null }
  | { readonly is: 'lost' };

/** How long a caller may pause, by how their words end, before the turn is taken for over. */
export interface HangOver {
  readonly completeMs: number;
  readonly inNumberMs: number;
}

export interface EarParts {
  readonly recognizer: Recognizer;
  readonly converters: ConverterFactory;
  readonly hangOver: () => HangOver;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onOutput: (output: BrainOutput) => void;
}

interface Utterance {
  readonly itemId: string;
  readonly words: StableWords;
  sampleCount: number;
  ending: Ending;
  /** The bound was reached: what comes after it is not recognized. */
  isFull: boolean;
}

/** A turn of the caller that is over, as the server gives it. */
export interface CallerTurn {
  readonly itemId: string;
  readonly bytes: Uint8Array;
  readonly format: AudioFormat;
  readonly wantsTranscript: boolean;
}

/**
 * Listens to one caller: recognizes while they speak, says how much silence ends their turn, and
 * tells their words. All its outputs come later, never from inside a call.
 */
export class Ear {
  readonly #parts: EarParts;
  readonly #recognizer: RecognizerSession;
  readonly #preRoll = new PreRoll();
  #converter: Converter | null = null;
  #grammar: Grammar | null = null;
  #utterance: Utterance | null = null;
  /** Grows with every set of sentences that is asked for: the last one counts. */
  #expectCount = 0;
  /** What the recognizer is to do once it is ready for those; `null`: it is. */
  #owed: (() => void)[] | null = null;
  #isClosed = false;

  constructor(parts: EarParts) {
    this.#parts = parts;
    this.#recognizer = parts.recognizer.open((text) => this.#onPartial(text));
  }

  /**
   * The sentences to expect from the next turn on; `null`: whatever was expected before. Whoever
   * speaks before they are ready is kept waiting rather than misunderstood. Never rejects.
   */
  async expect(coming: Promise<Grammar | null>): Promise<void> {
    this.#expectCount += 1;
    const order = this.#expectCount;
    const isLast = (): boolean => order === this.#expectCount;
    this.#owed ??= [];
    try {
      const grammar = await coming;
      if (grammar !== null && isLast()) {
        await this.#recognizer.expect(grammar);
        if (isLast()) this.#grammar = grammar;
      }
    } catch (error) {
      const message = 'what callers may say is not known, or not to be recognized';
      this.#parts.log.error(message, { error: messageOf(error) });
    }
    if (isLast()) this.#payOff();
  }

  /** Caller audio as it comes, speech or not. */
  hear(bytes: Uint8Array, format: AudioFormat): void {
    const samples = this.#samplesOf(bytes, format);
    if (this.#utterance === null) this.#preRoll.push(samples);
    else this.#push(this.#utterance, samples);
  }

  /** A turn begins: with what was heard just before. */
  begin(itemId: string): void {
    this.#whenReady(() => this.#recognizer.start());
    const utterance: Utterance = {
      itemId,
      words: new StableWords(),
      sampleCount: 0,
      ending: 'open',
      isFull: false,
    };
    this.#utterance = utterance;
    this.#push(utterance, this.#preRoll.take());
  }

  /** The caller pauses: what is complete is over, where the server asks for sense. */
  pause(itemId: string): void {
    const utterance = this.#utterance;
    if (utterance?.itemId !== itemId || utterance.ending !== 'complete') return;
    this.#later(utterance, { type: 'caller-turn-over', itemId });
  }

  /** The turn in progress is none. */
  drop(itemId: string): void {
    if (this.#utterance?.itemId === itemId) this.#utterance = null;
  }

  /** The turn is over. Tells its words if they are wanted, and gives them. Never rejects. */
  async finish({ itemId, bytes, format, wantsTranscript }: CallerTurn): Promise<Heard> {
    if (this.#utterance?.itemId !== itemId) {
      // The client said where the turn was: nobody noticed it before.
      this.#preRoll.take();
      this.begin(itemId);
      this.hear(bytes, format);
    }
    const { words, sampleCount, ending } = this.#utterance!;
    this.#utterance = null;
    const { clock, log } = this.#parts;
    const endedAtMs = clock.monotonicMs();
    const recognition = await this.#recognize();
    const recognitionMs = clock.monotonicMs() - endedAtMs;
    const speechMs = sampleCount / samplesPerMs;
    const hangOverMs = this.#hangOverMs(ending);
    const outcome = recognition.is;
    log.debug('turn recognized', { itemId, speechMs, hangOverMs, recognitionMs, outcome });
    if (!this.#isClosed && wantsTranscript) this.#tell(itemId, recognition, words);
    if (recognition.is === 'lost') return recognition;
    return { is: 'words', text: recognition.is === 'words' ? recognition.text : null };
  }

  close(): void {
    this.#isClosed = true;
    this.#recognizer.close();
    this.#converter?.close();
  }

  /**
   * At once, or in its turn. What waits is bounded: sentences that do not become ready in the
   * seconds that a recognizer has for them are given up.
   */
  #whenReady(work: () => void): void {
    if (this.#owed === null) work();
    else this.#owed.push(work);
  }

  #payOff(): void {
    const owed = this.#owed ?? [];
    this.#owed = null;
    if (this.#isClosed) return;
    for (const work of owed) work();
  }

  async #recognize(): Promise<Recognition | { readonly is: 'lost'; readonly reason: string }> {
    const { metrics, log } = this.#parts;
    try {
      const recognition = await new Promise<Recognition>((resolve) =>
        this.#whenReady(() => resolve(this.#recognizer.finish())),
      );
      const outcome = recognition.is === 'words' ? recognition.by : 'refused';
      metrics.count('offhook_recognitions_total', { outcome });
      return recognition;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      metrics.count('offhook_recognitions_total', { outcome: 'lost' });
      log.warn('a turn was not recognized', { code: error.code, error: error.message });
      return { is: 'lost', reason: error.message };
    }
  }

  #tell(
    itemId: string,
    recognition: Recognition | { readonly is: 'lost'; readonly reason: string },
    words: StableWords,
  ): void {
    const { onOutput } = this.#parts;
    if (recognition.is === 'lost') {
      onOutput({ type: 'caller-transcript-failed', itemId, reason: recognition.reason });
      return;
    }
    const text = recognition.is === 'words' ? recognition.text : '';
    const delta = words.finish(text);
    if (delta !== '') {
      onOutput({ type: 'caller-transcript', itemId, text: delta, isFinal: false });
    }
    onOutput({ type: 'caller-transcript', itemId, text, isFinal: true });
  }

  #push(utterance: Utterance, samples: Int16Array): void {
    if (utterance.isFull) return;
    const room = utteranceMsMax * samplesPerMs - utterance.sampleCount;
    const taken = samples.subarray(0, room);
    utterance.sampleCount += taken.length;
    this.#whenReady(() => this.#recognizer.push(taken));
    if (samples.length < room) return;
    utterance.isFull = true;
    this.#parts.metrics.count('offhook_limits_total', { limit: 'speech_utterance' });
    const { itemId } = utterance;
    this.#later(utterance, { type: 'caller-turn-over', itemId, talksOn: true });
  }

  #onPartial(text: string): void {
    const utterance = this.#utterance;
    if (utterance === null) return;
    const { itemId } = utterance;
    const delta = utterance.words.push(text);
    if (delta !== '') {
      this.#later(utterance, { type: 'caller-transcript', itemId, text: delta, isFinal: false });
    }
    if (this.#grammar === null) return;
    utterance.ending = endingOf(this.#grammar, text);
    const silenceMs = this.#hangOverMs(utterance.ending);
    this.#later(utterance, { type: 'caller-hang-over', itemId, silenceMs });
  }

  /** `null`: as the session says. */
  #hangOverMs(ending: Ending): number | null {
    const { completeMs, inNumberMs } = this.#parts.hangOver();
    if (ending === 'open') return null;
    return ending === 'complete' ? completeMs : inNumberMs;
  }

  /** Says it while the turn goes on, from outside of whatever called. */
  #later(utterance: Utterance, output: BrainOutput): void {
    queueMicrotask(() => {
      if (this.#utterance === utterance && !this.#isClosed) this.#parts.onOutput(output);
    });
  }

  /** In memory of their own. */
  #samplesOf(bytes: Uint8Array, format: AudioFormat): Int16Array {
    let converter = this.#converter;
    if (converter === null || !isSameFormat(converter.from, format)) {
      converter?.close();
      converter = this.#parts.converters(format, recognizerFormat);
      this.#converter = converter;
    }
    const target = new Uint8Array(converter.bytesMax(bytes.length));
    const writtenBytes = converter.convert(bytes, 0, bytes.length, target, 0);
    return new Int16Array(target.buffer, 0, writtenBytes / Int16Array.BYTES_PER_ELEMENT);
  }
}
