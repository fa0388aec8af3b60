import { z } from 'zod';
import type { ConverterFactory } from '../../audio/converter.ts';
import { pcm } from '../../audio/format.ts';
import { writeWav } from '../../audio/wav.ts';
import type { Metrics } from '../../observe/observe.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Recognition, Recognizer, RecognizerSession } from '../recognizer.ts';
import { type Answer, type Endpoint, jsonOf, wholeOf } from './endpoint.ts';

const heardFormat = pcm(8000);
/** What Whisper hears at; some of its servers take no other. */
const sentFormat = pcm(16_000);
/** The window of Whisper. */
const utteranceSamplesMax = 30 * heardFormat.rateHz;
/** OpenAI refuses what is shorter. */
const utteranceSamplesMin = heardFormat.rateHz / 10;
const answerBytesMax = 256 * 1024;

/** What Whisper writes of sounds that are no speech: `[BLANK_AUDIO]`, `(music)`, `*sighs*`, `♪`. */
const noWords = /^(?:\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[\s.,!?…♪-])*$/u;

export interface TranscribingRecognizerParts {
  readonly endpoint: Endpoint;
  /** `null`: none is named. */
  readonly model: string | null;
  /** ISO 639-1; `null`: the model finds out. */
  readonly language: string | null;
  readonly converters: ConverterFactory;
  readonly metrics: Metrics;
}

/**
 * Recognizes by `audio/transcriptions`: each turn goes there whole, as WAV at 16 kHz, when it is
 * over. No grammar narrows what is understood, and there are no words before the end.
 */
export class TranscribingRecognizer implements Recognizer {
  /** Whether the server answers shows in each turn. */
  readonly isHealthy = true;
  readonly #parts: TranscribingRecognizerParts;

  constructor(parts: TranscribingRecognizerParts) {
    this.#parts = parts;
  }

  open(): RecognizerSession {
    return new TranscribingSession(this.#parts);
  }

  async close(): Promise<void> {
    // Sessions end their own requests.
  }
}

interface Utterance {
  readonly pieces: Int16Array[];
  sampleCount: number;
  isCut: boolean;
}

class TranscribingSession implements RecognizerSession {
  readonly #parts: TranscribingRecognizerParts;
  readonly #closing = new AbortController();
  #utterance: Utterance | null = null;

  constructor(parts: TranscribingRecognizerParts) {
    this.#parts = parts;
  }

  async expect(): Promise<void> {
    // Whatever callers like.
  }

  start(): void {
    this.#utterance = { pieces: [], sampleCount: 0, isCut: false };
  }

  push(samples: Int16Array): void {
    const utterance = this.#utterance;
    if (utterance === null) return;
    const room = utteranceSamplesMax - utterance.sampleCount;
    if (samples.length > room && !utterance.isCut) {
      utterance.isCut = true;
      this.#parts.metrics.count('offhook_limits_total', { limit: 'speech_recognized' });
    }
    const taken = samples.slice(0, room);
    utterance.pieces.push(taken);
    utterance.sampleCount += taken.length;
  }

  async finish(): Promise<Recognition> {
    const utterance = this.#utterance;
    this.#utterance = null;
    if (utterance === null || utterance.sampleCount < utteranceSamplesMin) return { is: 'refused' };
    const { endpoint } = this.#parts;
    const answers = endpoint.ask({
      path: '/audio/transcriptions',
      body: this.#form(utterance),
      answerBytesMax,
      read: transcripts,
      signal: this.#closing.signal,
    });
    let text = '';
    for await (const transcript of answers) text = transcript.trim();
    return noWords.test(text) ? { is: 'refused' } : { is: 'words', text, by: 'endpoint' };
  }

  close(): void {
    this.#utterance = null;
    const reason = new GatewayError('SPEECH_ENGINE_LOST', 'stt: the caller has gone');
    this.#closing.abort(reason);
  }

  #form(utterance: Utterance): FormData {
    const { model, language, converters } = this.#parts;
    const form = new FormData();
    form.set('file', new Blob([wavOf(utterance, converters)], { type: 'audio/wav' }), 'turn.wav');
    if (model !== null) form.set('model', model);
    if (language !== null) form.set('language', language);
    form.set('response_format', 'json');
    return form;
  }
}

function wavOf({ pieces, sampleCount }: Utterance, converters: ConverterFactory) {
  const heard = new Int16Array(sampleCount);
  let at = 0;
  for (const piece of pieces) {
    heard.set(piece, at);
    at += piece.length;
  }
  const converter = converters(heardFormat, sentFormat);
  const bytes = new Uint8Array(heard.buffer);
  const sent = new Uint8Array(converter.bytesMax(bytes.length) + converter.flushBytesMax);
  const converted = converter.convert(bytes, 0, bytes.length, sent, 0);
  const flushed = converter.flush(sent, converted);
  converter.close();
  const samples = new Int16Array(sent.buffer, 0, (converted + flushed) / 2);
  return Uint8Array.from(writeWav(sentFormat.rateHz, [samples]));
}

const transcription = z.object({ text: z.string() });

async function* transcripts({ chunks }: Answer): AsyncGenerator<string> {
  const body = await wholeOf(chunks);
  const parsed = transcription.safeParse(jsonOf(body.toString('utf8')));
  if (!parsed.success) {
    throw new GatewayError('PROVIDER_PROTOCOL', 'stt: the answer holds no text');
  }
  yield parsed.data.text;
}
