import type { ConverterFactory } from '../../audio/converter.ts';
import { type AudioFormat, pcm, type RateHz } from '../../audio/format.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Voice } from '../brain/speaker.ts';
import { recordingIn } from '../recordings.ts';
import { SoundCache } from '../sound-cache.ts';
import { hasWords, plainText } from '../spoken-text/plain-text.ts';
import type { SpokenSentence } from '../synthesizer.ts';
import { type Answer, type Endpoint, wholeOf } from './endpoint.ts';

/** 10 minutes of µ-law, 2 of 24 kHz PCM. */
const cacheBytesDefault = 5 * 1024 * 1024;
/** Three minutes at 24 kHz: many times the longest sentence. */
const answerBytesMax = 8 * 1024 * 1024;

/** What is no bare sound: played as PCM it would be noise in a caller's ear. */
const otherMedia = /^text\/|json|html|xml|mpeg|mp3|ogg|opus|flac|aac|mp4|webm/;

export interface EndpointVoiceParts {
  readonly endpoint: Endpoint;
  /** `null`: none is named. */
  readonly model: string | null;
  /** Of everybody who speaks; `null`: the one that is asked for. */
  readonly voice: string | null;
  /** `pcm` is heard while it comes, `wav` when it is complete. */
  readonly responseFormat: 'pcm' | 'wav';
  readonly pcmRateHz: RateHz;
  readonly converters: ConverterFactory;
  readonly cacheBytesMax?: number;
}

/** Speaks by `audio/speech`, sentence by sentence; what was said before is not asked for again. */
export class EndpointVoice implements Voice {
  readonly #parts: EndpointVoiceParts;
  readonly #cache: SoundCache;

  constructor(parts: EndpointVoiceParts) {
    this.#parts = parts;
    this.#cache = new SoundCache(parts.cacheBytesMax ?? cacheBytesDefault);
  }

  async speak(sentence: SpokenSentence): Promise<Uint8Array> {
    return new Uint8Array(await wholeOf(this.stream(sentence)));
  }

  async *stream({
    text,
    format,
    signal,
    voice: asked,
  }: SpokenSentence): AsyncGenerator<Uint8Array> {
    signal.throwIfAborted();
    const plain = plainText(text).trim();
    if (!hasWords(plain)) return;
    const voice = this.#parts.voice ?? asked;
    const key = `${voice} ${format.encoding} ${format.rateHz} ${plain}`;
    const known = this.#cache.get(key);
    if (known !== undefined) {
      // A copy: what was given away may be changed.
      yield Uint8Array.from(known);
      return;
    }
    const { endpoint, model, responseFormat } = this.#parts;
    const body = JSON.stringify({
      ...(model !== null && { model }),
      ...{ voice, input: plain, response_format: responseFormat },
    });
    const read = (answer: Answer) => this.#sounds(answer, format);
    const pieces: Uint8Array[] = [];
    for await (const piece of endpoint.ask({
      ...{ path: '/audio/speech', body, answerBytesMax, read, signal },
    })) {
      pieces.push(piece.slice());
      yield piece;
    }
    if (pieces.length === 0) throw nothingSaid();
    this.#cache.set(key, Buffer.concat(pieces));
  }

  async *#sounds({ mediaType, chunks }: Answer, format: AudioFormat): AsyncGenerator<Uint8Array> {
    const { converters, pcmRateHz, responseFormat } = this.#parts;
    if (otherMedia.test(mediaType)) {
      const message = `tts: the server answers with ${mediaType} in place of ${responseFormat}`;
      throw new GatewayError('PROVIDER_PROTOCOL', message);
    }
    if (responseFormat === 'pcm') {
      yield* converted(chunks, pcm(pcmRateHz), { format, converters });
      return;
    }
    const sound = wholeSound(await wholeOf(chunks), { format, converters });
    if (sound.length > 0) yield sound;
  }
}

interface Wanted {
  readonly format: AudioFormat;
  readonly converters: ConverterFactory;
}

/** A stream of samples, which chunks may cut in half, in another format. */
async function* converted(
  chunks: AsyncIterable<Uint8Array>,
  from: AudioFormat,
  { format, converters }: Wanted,
): AsyncGenerator<Uint8Array> {
  const converter = converters(from, format);
  let half: Uint8Array = new Uint8Array();
  try {
    for await (const chunk of chunks) {
      const bytes = Buffer.concat([half, chunk]);
      const wholeBytes = bytes.length - (bytes.length % 2);
      half = bytes.subarray(wholeBytes);
      const target = new Uint8Array(converter.bytesMax(wholeBytes));
      const writtenBytes = converter.convert(bytes, 0, wholeBytes, target, 0);
      if (writtenBytes > 0) yield target.subarray(0, writtenBytes);
    }
    const target = new Uint8Array(converter.flushBytesMax);
    const writtenBytes = converter.flush(target, 0);
    if (writtenBytes > 0) yield target.subarray(0, writtenBytes);
  } finally {
    converter.close();
  }
}

function wholeSound(wav: Uint8Array, { format, converters }: Wanted): Uint8Array {
  try {
    return recordingIn(wav, format, converters);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.code !== 'WAV_UNSUPPORTED') throw thrown;
    throw new GatewayError('PROVIDER_PROTOCOL', `tts: ${thrown.message}`, {}, thrown);
  }
}

function nothingSaid(): GatewayError {
  return new GatewayError('PROVIDER_PROTOCOL', 'tts: the answer holds no sound');
}
