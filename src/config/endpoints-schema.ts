import { z } from 'zod';
import { endpointUrl, optionalText, secret, wholeNumber } from './fields.ts';

const key = () => secret('The key of that server, sent to no other. null: none.');
const model = () => optionalText('The name of the model there. null: none is named.', 200);
const retries = () =>
  wholeNumber(
    2,
    [0, 5],
    'How often an answer that has not begun is asked for again, when the server is busy or gone.',
  );
const whole = (initial: number) =>
  wholeNumber(initial, [500, 600_000], 'The longest that an answer may take.');

/** `stt`. */
export const stt = z
  .strictObject({
    base_url: endpointUrl(
      'An OpenAI-compatible server that recognizes speech (audio/transcriptions), such as ' +
        'http://127.0.0.1:8000/v1. null: our own recognizer.',
    ),
    api_key: key(),
    model: model(),
    language: optionalText('What callers speak, in ISO 639-1 (en). null: the model finds out.', 8),
    timeout_ms: whole(10_000),
    retries_max: retries(),
  })
  .prefault({})
  .describe('Under the provider local: who understands callers.');

/** `llm`. */
export const llm = z
  .strictObject({
    base_url: endpointUrl(
      'An OpenAI-compatible server with a language model (chat/completions), such as ' +
        'http://127.0.0.1:11434/v1. null: the dialogue files.',
    ),
    api_key: key(),
    model: model(),
    temperature: z
      .number()
      .min(0)
      .max(2)
      .nullable()
      .default(null)
      .describe('How freely it chooses its words. null: the server decides.'),
    max_tokens: z
      .int()
      .min(1)
      .max(100_000)
      .nullable()
      .default(null)
      .describe('The longest reply. null: the server decides.'),
    extra: z
      .record(z.string(), z.unknown())
      .prefault({})
      .describe('More of each request, as the server calls it: {reasoning_effort: low}.'),
    first_token_timeout_ms: wholeNumber(
      10_000,
      [500, 600_000],
      'The longest until the first word or tool call.',
    ),
    timeout_ms: whole(60_000),
    retries_max: retries(),
  })
  .prefault({})
  .describe('Under the provider local: who thinks of answers.');

/** `tts`. */
export const tts = z
  .strictObject({
    base_url: endpointUrl(
      'An OpenAI-compatible server that speaks (audio/speech), such as http://127.0.0.1:8880/v1. ' +
        'null: our own voices.',
    ),
    api_key: key(),
    model: model(),
    voice: optionalText(
      "The voice of every persona. null: the persona's, or providers.local.voice.",
      100,
    ),
    response_format: z
      .enum(['pcm', 'wav'])
      .default('pcm')
      .describe('pcm is heard while it is made; wav once a sentence is complete.'),
    pcm_rate_hz: z
      .literal([8000, 16_000, 24_000, 48_000])
      .default(24_000)
      .describe('Samples a second of its pcm.'),
    first_audio_timeout_ms: wholeNumber(
      8_000,
      [500, 600_000],
      'The longest until the first sound of a sentence.',
    ),
    timeout_ms: whole(30_000),
    retries_max: retries(),
  })
  .prefault({})
  .describe('Under the provider local: who speaks.');
