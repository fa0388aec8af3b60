import { z } from 'zod';
import { hasCredentials, optionalText, secret, wholeNumber } from './fields.ts';

const transcription = z
  .strictObject({
    // Of the models that transcribe a stream it is the one without an announced end: `whisper-1`
    // and the `gpt-4o-transcribe` family stop on 2027-02-26 (the vendor's list of deprecations).
    model: z
      .string()
      .min(1)
      .nullable()
      .default('gpt-live-transcribe')
      .describe("The model that writes down the caller's words. null: nobody does."),
    language: z
      .string()
      .regex(/^[a-z]{2}$/, 'two small letters of ISO 639-1, such as en')
      .nullable()
      .default(null)
      .describe(
        'What the caller speaks, in ISO 639-1 (en), for personas that name no language. ' +
          'null: the model finds out.',
      ),
  })
  .prefault({})
  .describe("The caller's words as text.");

const turnDetection = z
  .strictObject({
    type: z
      .enum(['server_vad', 'semantic_vad'])
      .default('server_vad')
      .describe(
        'How the vendor finds the end of what the caller says: by silence, or by the sense of ' +
          'the words. server_vad uses the next three keys, semantic_vad uses eagerness.',
      ),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('Loudness that counts as speech. Higher for noisy lines.'),
    prefix_padding_ms: wholeNumber(
      300,
      [0, 5_000],
      'Audio kept from before the detected start of speech.',
    ),
    // The vendor's text says 500, recorded sessions show 200: the default is always sent.
    silence_duration_ms: wholeNumber(
      500,
      [100, 10_000],
      'Silence that ends what the caller says. Shorter answers sooner and cuts in more often.',
    ),
    eagerness: z
      .enum(['low', 'medium', 'high', 'auto'])
      .default('auto')
      .describe('How soon a turn is taken: low waits up to 8 s, medium and auto 4 s, high 2 s.'),
    idle_timeout_ms: z
      .int()
      .min(5_000)
      .max(30_000)
      .nullable()
      .default(null)
      .describe(
        'After this silence the vendor itself asks whether the caller is still there (server_vad ' +
          'only). null: session.silence_prompt_s does.',
      ),
  })
  .prefault({})
  .describe('When the caller has finished.');

const price = (description: string) => z.number().min(0).max(10_000).describe(description);

const prices = z
  .record(
    z.string().min(1),
    z.strictObject({
      input_text: price('Text that the model reads.'),
      cached_text: price('Text that it has read before.'),
      output_text: price('Text that it writes.'),
      input_audio: price('Audio that it hears.'),
      cached_audio: price('Audio that it has heard before.'),
      output_audio: price('Audio that it speaks.'),
    }),
  )
  .prefault({})
  .describe(
    "US dollars per million tokens, by model, from the vendor's price list. A model that is not " +
      'listed has no cost in metrics and traces: none is guessed.',
  );

/** `providers.openai_realtime`. */
export const openaiRealtime = z
  .strictObject({
    base_url: z
      .url({ protocol: /^wss?$/, error: 'a URL that begins with wss:// or ws://' })
      .refine((text) => !hasCredentials(text), 'a URL without a user name or password in it')
      .default('wss://api.openai.com/v1/realtime')
      .describe('Where the Realtime protocol is spoken, without the model.'),
    api_key: secret('The key of the API; better given by OPENAI_API_KEY than written here.'),
    organization: optionalText('Whom the usage is billed to, where a key has several.'),
    project: optionalText('The project that the usage counts for.'),
    safety_identifier: optionalText(
      'Whoever stands behind the calls, told to the vendor as a SHA-256 hash only.',
    ),
    model: z.string().min(1).max(200).default('gpt-realtime-2.1').describe('The speech model.'),
    voice: z
      .string()
      .min(1)
      .max(100)
      .default('marin')
      .describe('For personas that name no voice: alloy, ash, ballad, coral, echo, sage, …'),
    wire: z
      .enum(['auto', 'pcm24', 'pcmu', 'pcma'])
      .default('auto')
      .describe(
        'Audio between us and the vendor: PCM at 24 kHz, µ-law or A-law at 8 kHz. auto: what the ' +
          'caller’s line speaks where the vendor knows it, so that nothing is converted.',
      ),
    transcription,
    noise_reduction: z
      .enum(['near_field', 'far_field'])
      .nullable()
      .default(null)
      .describe('Noise removed before the model listens. null: none; telephones do it themselves.'),
    turn_detection: turnDetection,
    reasoning_effort: z
      .enum(['minimal', 'low', 'medium', 'high', 'xhigh'])
      .nullable()
      .default(null)
      .describe(
        'How long the model thinks before it speaks, where it can. null: the vendor decides.',
      ),
    max_output_tokens: z
      .int()
      .min(1)
      .max(4096)
      .nullable()
      .default(null)
      .describe('The longest reply, tool calls included. null: no limit but the model’s own.'),
    retention_ratio: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(0.8)
      .describe(
        'Share of the conversation that the model keeps when its memory is full. Below 1 it is ' +
          'cut rarely, so that what stays is cached and cheap. null: the vendor decides.',
      ),
    connect_timeout_ms: wholeNumber(10_000, [500, 60_000], 'For the connection to open.'),
    setup_timeout_ms: wholeNumber(
      5_000,
      [500, 60_000],
      'For the vendor to acknowledge the persona.',
    ),
    ping_every_ms: wholeNumber(15_000, [1_000, 300_000], 'How often the link is tried.'),
    ping_timeout_ms: wholeNumber(20_000, [1_000, 300_000], 'A link that does not answer is dead.'),
    session_max_ms: wholeNumber(
      3_600_000,
      [60_000, 3_600_000],
      'The vendor ends a session after 60 minutes; shorter ends ours earlier.',
    ),
    roll_over_before_ms: wholeNumber(
      120_000,
      [1_000, 1_800_000],
      'So long before its end a session is continued on a new link, at a quiet moment.',
    ),
    prices_usd_per_million: prices,
  })
  .prefault({})
  .describe('The OpenAI Realtime API, or a server that speaks its protocol.');
