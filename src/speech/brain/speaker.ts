import { type AudioFormat, bytesPerMs } from '../../audio/format.ts';
import type { BrainOutput, RespondRequest } from '../../realtime-server/brain.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { SpokenSentence, Synthesizer } from '../synthesizer.ts';
import { withoutLeadIn } from './lead-in.ts';
import { sentencesOf } from './sentences.ts';

/**
 * Speech may be so far ahead of the caller's ear: enough for any delay, little to throw away when
 * they cut in.
 */
const aheadMsMax = 10_000;

/** Audio in one output. Where a caller cuts in, the words are known to this. */
const pieceMs = 200;

/** A guess of how fast people speak, for words whose sound is not complete: 16 letters a second. */
const msPerLetter = 60;

/** What speaks: the whole of a synthesizer that an engine needs. */
export interface Voice extends Pick<Synthesizer, 'speak'> {
  /** The same in pieces of whole samples, where the first is there long before the last. */
  readonly stream?: (sentence: SpokenSentence) => AsyncIterable<Uint8Array>;
}

export interface SpeakerParts {
  readonly voice: Voice;
  readonly clock: Clock;
  readonly request: Pick<RespondRequest, 'responseId' | 'modality' | 'agentFormat' | 'voice'>;
  readonly signal: AbortSignal;
  readonly onOutput: (output: BrainOutput) => void;
}

/** Says one response, sentence by sentence: each is made while the one before it is heard. */
export class Speaker {
  readonly #parts: SpeakerParts;
  #firstAudioAtMs: number | null = null;
  #spokenMs = 0;
  #hasSpoken = false;

  constructor(parts: SpeakerParts) {
    this.#parts = parts;
  }

  /** When the first sound went out; `null`: none has. */
  get firstAudioAtMs(): number | null {
    return this.#firstAudioAtMs;
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /**
   * Rejects with a `GatewayError` when there is no voice, with the signal's reason when stopped.
   */
  async say(text: string): Promise<void> {
    for (const sentence of sentencesOf(text)) {
      const spoken = this.#hasSpoken ? ` ${sentence}` : sentence;
      if (this.#parts.request.modality === 'text') this.#write(spoken);
      else await this.#speak(sentence, spoken);
      this.#hasSpoken = true;
    }
  }

  #write(delta: string): void {
    this.#parts.signal.throwIfAborted();
    const { responseId } = this.#parts.request;
    this.#parts.onOutput({ type: 'text', responseId, delta });
  }

  async #speak(sentence: string, words: string): Promise<void> {
    const { clock, signal, request, onOutput } = this.#parts;
    await this.#untilDue();
    const { responseId } = request;
    for await (const { delta, audio } of this.#pieces(sentence, words)) {
      signal.throwIfAborted();
      this.#firstAudioAtMs ??= clock.monotonicMs();
      this.#spokenMs += audio.length / bytesPerMs(request.agentFormat);
      if (delta !== '') onOutput({ type: 'text', responseId, delta });
      signal.throwIfAborted();
      if (audio.length > 0) onOutput({ type: 'audio', responseId, bytes: audio });
    }
  }

  async *#pieces(text: string, words: string): AsyncGenerator<Piece> {
    const { request, signal, voice } = this.#parts;
    const { agentFormat: format } = request;
    const name = typeof request.voice === 'string' ? request.voice : request.voice.id;
    const sentence = { text, format, signal, voice: name };
    if (voice.stream !== undefined) yield* timed(words, voice.stream(sentence), format);
    else {
      const isFirst = this.#firstAudioAtMs === null;
      const sound = await this.#sound(sentence);
      yield* pieces(words, isFirst ? withoutLeadIn(sound, format) : sound, format);
    }
  }

  /** A thread that dies is replaced at once: what it was saying is asked for once more. */
  async #sound(sentence: SpokenSentence): Promise<Uint8Array> {
    const { signal, voice } = this.#parts;
    try {
      return await voice.speak(sentence);
    } catch (error) {
      const isLost = error instanceof GatewayError && error.code === 'SPEECH_ENGINE_LOST';
      if (!isLost || signal.aborted) throw error;
      return await voice.speak(sentence);
    }
  }

  async #untilDue(): Promise<void> {
    const { clock, signal } = this.#parts;
    if (this.#firstAudioAtMs === null) return;
    const heardMs = clock.monotonicMs() - this.#firstAudioAtMs;
    const waitMs = this.#spokenMs - heardMs - aheadMsMax;
    if (waitMs > 0) await passed(clock, waitMs, signal);
  }
}

/** Resolves after `waitMs`, or when the signal is aborted. */
function passed(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (timer: Timer): void => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const timer = clock.setTimer(waitMs, () => done(timer));
    const onAbort = (): void => done(timer);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

interface Piece {
  /** Words that begin in it. */
  readonly delta: string;
  readonly audio: Uint8Array;
}

/** Audio in equal pieces, each with the words that begin in it, by their share of the letters. */
function* pieces(words: string, bytes: Uint8Array, format: AudioFormat): Generator<Piece> {
  const pieceBytes = pieceMs * bytesPerMs(format);
  const count = Math.max(1, Math.ceil(bytes.length / pieceBytes));
  const deltas = Array.from({ length: count }, () => '');
  for (const { 0: word, index } of words.matchAll(/\s*\S+/gu)) {
    const at = Math.floor((index / words.length) * (bytes.length / pieceBytes));
    deltas[at] = deltas[at]! + word;
  }
  for (const [at, delta] of deltas.entries()) {
    yield { delta, audio: bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes) };
  }
}

/**
 * Audio as it comes, with the words that are likely to begin in it; the rest of them at its end.
 */
async function* timed(
  words: string,
  sound: AsyncIterable<Uint8Array>,
  format: AudioFormat,
): AsyncGenerator<Piece> {
  const pieceBytes = pieceMs * bytesPerMs(format);
  let toldCount = 0;
  let spokenMs = 0;
  for await (const bytes of sound) {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const audio = bytes.subarray(at, at + pieceBytes);
      spokenMs += audio.length / bytesPerMs(format);
      const delta = wordsWithin(words.slice(toldCount), spokenMs / msPerLetter - toldCount);
      toldCount += delta.length;
      yield { delta, audio };
    }
  }
  yield { delta: words.slice(toldCount), audio: new Uint8Array() };
}

/** The words that begin among the first `letterCount` letters. */
function wordsWithin(words: string, letterCount: number): string {
  const begun = [...words.matchAll(/\s*\S+/gu)].filter(({ index }) => index < letterCount);
  return begun.map(([word]) => word).join('');
}
