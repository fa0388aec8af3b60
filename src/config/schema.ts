import { z } from 'zod';
import { isAddressOrCidr } from '../runtime/address-ranges.ts';
import { trustLevels } from '../runtime/trust.ts';
import { apiAi } from './api-ai-schema.ts';
import { apiAuth } from './api-auth-schema.ts';
import { asterisk } from './asterisk-schema.ts';
import { declaredTools, directory, httpTools, mail, voicemail } from './call-tools-schema.ts';
import { llm, stt, tts } from './endpoints-schema.ts';
import { chosenKey, optionalText, ownLimit, secret, wholeNumber, yesOrNo } from './fields.ts';
import { local } from './local-schema.ts';
import { openaiRealtime } from './openai-realtime-schema.ts';

/** The providers that this version speaks with. */
export const providerNames = ['local', 'openai_realtime'] as const;

export type ConfiguredProvider = (typeof providerNames)[number];

/** `openai` is another name of `openai_realtime`, as good as the first. */
export const providerName = z
  .enum([...providerNames, 'openai'])
  .transform((name): ConfiguredProvider => (name === 'openai' ? 'openai_realtime' : name));

const logLevel = z.enum(['debug', 'info', 'warn', 'error']);
const logLevels = (description: string) =>
  z
    .record(z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, _, - and .'), logLevel)
    .prefault({})
    .describe(description);

const loopbackHost = (description: string) =>
  z.string().min(1).max(255).default('127.0.0.1').describe(description);

const port = (initial: number, description: string) =>
  wholeNumber(initial, [0, 65_535], `${description} 0: any free one.`);

const addressOrCidr = z.string().refine(isAddressOrCidr, 'an address or CIDR, such as 192.0.2.7');

const audiosocket = z
  .strictObject({
    format: z
      .enum(['slin', 'slin16', 'slin24', 'slin48', 'ulaw', 'alaw'])
      .default('slin')
      .describe(
        'What kind 0x10 of the protocol holds and what we send. slin (16-bit samples, 8 kHz) ' +
          'for the dialplan application AudioSocket(); the channel driver sends what its c() ' +
          'option says.',
      ),
    host: loopbackHost('The address to listen on for Asterisk.'),
    port: port(9092, 'The port to listen on.'),
    require_registered: yesOrNo(
      false,
      'Take only calls that POST /asterisk/calls announced within the last 30 seconds.',
    ),
    allow: z
      .array(addressOrCidr)
      .max(1000)
      .prefault([])
      .describe(
        'Addresses that may connect, such as 192.0.2.7 or 2001:db8::/32. Empty: this machine ' +
          'only. The protocol has no password: name your Asterisk and nobody else.',
      ),
    uuid_timeout_ms: wholeNumber(
      2_000,
      [100, 60_000],
      'From connecting to the last byte of the UUID.',
    ),
    waiting_max: wholeNumber(
      1_024,
      [1, 65_536],
      'Connections without a UUID yet, of all peers together.',
    ),
    peer_connections_max: wholeNumber(2_048, [1, 65_536], 'Connections of one address.'),
    peer_connections_per_s_max: wholeNumber(
      500,
      [1, 65_536],
      'New connections of one address in a second.',
    ),
    far_end_delay_ms: wholeNumber(
      0,
      [0, 5_000],
      'Audio that still waits beyond Asterisk, taken off what counts as heard when a caller ' +
        'cuts in.',
    ),
  })
  .prefault({})
  .describe('Calls from Asterisk by AudioSocket.');

const api = z
  .strictObject({
    host: loopbackHost('The address that HTTP listens on.'),
    port: port(8787, 'The port that HTTP listens on.'),
    auth: apiAuth,
    requests_per_minute_max: wholeNumber(
      5_000,
      [10, 10_000_000],
      'Requests of one address in a minute. Two a call at 20 call starts a second, and as much ' +
        'again for others, is 4,800.',
    ),
    trusted_proxies: z
      .array(addressOrCidr)
      .max(100)
      .prefault([])
      .describe(
        'Proxies of yours in front of this port, such as 192.0.2.7 or 10.0.0.0/8: whom they name ' +
          'in X-Forwarded-For is the one that limits count and the audit log names. Of all ' +
          'others that header is not believed.',
      ),
    ai: apiAi,
    metrics_token: secret('Lets whoever bears it read /metrics through a proxy.'),
  })
  .prefault({})
  .describe('The HTTP side: health, metrics, announcing calls.');

const vad = z
  .strictObject({
    gate: z
      .enum(['off', 'local'])
      .default('off')
      .describe(
        'Who may interrupt the agent. off: everybody that the provider hears. local: only ' +
          'speech that our own detector confirms, so that an echo of the agent does not cut it ' +
          'off.',
      ),
    detector: z
      .enum(['silero', 'energy'])
      .default('silero')
      .describe(
        'What tells speech: silero, a small network that knows voices from noise, or energy, ' +
          'which takes any lasting loud sound for speech.',
      ),
    webrtc_aggressiveness: z
      .literal([0, 1, 2, 3])
      .default(1)
      .describe(
        'How strict it is, 0 to 3: how sure the network must be, or by how much speech must ' +
          'stand out of the noise, and for how long.',
      ),
    enhanced_enabled: yesOrNo(
      true,
      'Hold speech against the noise of the line and the level of the agent, not the threshold ' +
        'alone.',
    ),
    confidence_threshold: z
      .number()
      .min(0.1)
      .max(1)
      .default(0.6)
      .describe('Share of a stretch that must be loud to count as speech. 1: without a gap.'),
    energy_threshold: wholeNumber(
      1_500,
      [1, 32_767],
      'RMS of 16-bit samples that speech reaches over an agent at -20 dBFS.',
    ),
  })
  .prefault({})
  .describe(
    'Our own detector of speech, and when it decides. Under the provider local it finds the ' +
      'turns of callers, by detector and webrtc_aggressiveness.',
  );

const session = z
  .strictObject({
    calls_max: wholeNumber(100, [1, 10_000], 'Calls at once; one more is refused.'),
    loop_lag_max_ms: wholeNumber(
      10,
      [2, 1_000],
      'New calls are refused while the event loop is later than this (p99 of a second).',
    ),
    drain_timeout_s: wholeNumber(
      30,
      [0, 86_400],
      'How long a shutdown waits for calls before it ends them.',
    ),
    call_length_max_s: wholeNumber(3_600, [10, 86_400], 'A call that is longer gets the goodbye.'),
    cost_max_usd: z
      .number()
      .min(0.001)
      .max(1_000)
      .nullable()
      .default(null)
      .describe(
        'A call whose replies have cost more, by the prices that are configured, gets the ' +
          'goodbye. null: no limit; a model without prices has no cost.',
      ),
    silence_prompt_s: wholeNumber(
      15,
      [3, 3_600],
      'Silence of both sides until the caller is asked whether they are still there.',
    ),
    text_idle_timeout_s: wholeNumber(
      1_800,
      [10, 86_400],
      'A conversation in writing in which nobody writes for so long is ended.',
    ),
    silence_goodbye_s: wholeNumber(15, [3, 3_600], 'Silence from there to the goodbye.'),
    reply_timeout_ms: wholeNumber(
      8_000,
      [1_000, 120_000],
      'A reply that is owed for so long: the hold prompt; for twice as long: a new link.',
    ),
    reply_queue_max_s: wholeNumber(
      300,
      [5, 3_600],
      'Agent audio that may wait to be played; above it the reply is cancelled.',
    ),
    reconnect_attempts_max: wholeNumber(5, [0, 100], 'New links in a row before the apology.'),
    reconnect_delay_min_ms: wholeNumber(250, [10, 60_000], 'Before the first new link.'),
    reconnect_delay_max_ms: wholeNumber(
      4_000,
      [10, 60_000],
      'The delay doubles up to this with every failure.',
    ),
    tools_per_turn_max: wholeNumber(8, [0, 100], 'Tool calls that one turn may lead to.'),
    tools_per_call_max: wholeNumber(100, [0, 10_000], 'Tool calls in a whole call.'),
    tool_filler_after_ms: wholeNumber(
      1_500,
      [200, 60_000],
      'A tool that takes longer is covered by the hold prompt.',
    ),
    closing_timeout_s: wholeNumber(
      10,
      [1, 120],
      'How long a goodbye may take to begin; once it sounds, it is played to its end.',
    ),
  })
  .prefault({})
  .describe('Limits of a call.');

const persona = z.strictObject({
  instructions: z
    .string()
    .trim()
    .min(1)
    .max(100_000)
    .describe('Who the agent is and what it does: the prompt of the model.'),
  greeting: optionalText(
    'What it says first, word for word. null: it waits for the caller.',
    10_000,
  ),
  voice: optionalText("The voice it speaks with. null: the provider's."),
  voices: z
    .strictObject({
      openai_realtime: optionalText('The voice at openai_realtime. null: voice.'),
      local: optionalText('The voice at local. null: voice.'),
    })
    .prefault({})
    .describe('Voices by provider: each has names of its own for them.'),
  language: optionalText('What it speaks, as in en or pt-BR. null: the model decides.'),
  tools: z
    .array(z.string().regex(/^[\w.-]{1,64}$/, 'the name of a tool'))
    .max(128)
    .prefault(['hangup_call'])
    .describe('Names of the tools that it may use.'),
  handoffs: z
    .array(z.string().regex(/^[\w-]{1,64}$/, 'the key of a persona'))
    .max(32)
    .prefault([])
    .describe(
      'Personas that it may hand the call over to, by the tool handoff. A call may use the tools ' +
        'of its first persona and of all that can be reached from there; min_trust holds as ever.',
    ),
  min_trust: z
    .enum(trustLevels)
    .default('anonymous')
    .describe('Callers we are less sure of do not get this persona.'),
  provider: providerName
    .nullable()
    .prefault(null)
    .describe('A provider for this persona alone. null: default_provider.'),
  limits: z
    .strictObject({
      call_length_max_s: ownLimit([10, 86_400], 'session.call_length_max_s'),
      silence_prompt_s: ownLimit([3, 3_600], 'session.silence_prompt_s'),
      tools_per_turn_max: ownLimit([0, 100], 'session.tools_per_turn_max'),
      tools_per_call_max: ownLimit([0, 10_000], 'session.tools_per_call_max'),
    })
    .prefault({})
    .describe('Limits of its calls that differ from those of session.'),
});

const logging = z
  .strictObject({
    level: logLevel.default('info').describe('The lowest level that is written.'),
    providers: logLevels('Levels of single providers: openai: debug.'),
    components: logLevels('Levels of other components: session: debug, audiosocket: warn.'),
  })
  .prefault({})
  .describe('What is logged. Secrets, digits and audio never are.');

const journal = z
  .strictObject({
    dir: z
      .string()
      .min(1)
      .default('data/journal')
      .describe('The folder of the record of all calls; for one process alone.'),
    retention_days: wholeNumber(30, [1, 3_650], 'Older records are deleted.'),
    segment_mb: wholeNumber(64, [1, 1_024], 'A file that has reached this is followed by another.'),
  })
  .prefault({})
  .describe('What happened in each call, on disk.');

const database = z
  .strictObject({
    url: secret(
      'postgres:// URL of Postgres or Supabase, through a pooler if you like. null: the embedded ' +
        'database, which is for trial.',
    ),
    direct_url: secret(
      'The same database around the pooler, by a login that may create schemas and roles; for ' +
        '`offhook migrate`. null: url.',
    ),
    connections_max: wholeNumber(10, [1, 1_000], 'Connections to Postgres at once.'),
    dir: z
      .string()
      .min(1)
      .default('data/store')
      .describe('The folder of the embedded database; for one process alone, not on NFS.'),
    retention_days: wholeNumber(
      30,
      [1, 3_650],
      'Sessions that began earlier are deleted, with all that is kept of them here.',
    ),
    audit_retention_days: wholeNumber(
      365,
      [30, 3_650],
      'Older entries of audit_log are deleted. The last 30 days the database keeps from the ' +
        'gateway, whatever stands here.',
    ),
    supabase_url: optionalText(
      'The address of a Supabase project, where others keep it in SUPABASE_URL. Offhook does not ' +
        'use it: it is not the address of its database.',
    ),
  })
  .prefault({})
  .describe('Where menus, ledgers, the copy of the journal and the like are kept.');

const telemetry = z
  .strictObject({
    endpoint: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null)
      .describe(
        'An OTLP collector that takes traces by HTTP, such as http://127.0.0.1:4318. null: no ' +
          'traces.',
      ),
    headers: secret('What the collector asks for, as in authorization=Bearer abc,x-team=voice.'),
    service_name: z
      .string()
      .trim()
      .min(1)
      .max(255)
      .default('offhook')
      .describe('What this gateway is called in traces.'),
    sample_ratio: z.number().min(0).max(1).default(1).describe('So many calls are traced, 0 to 1.'),
    content: yesOrNo(
      false,
      'Put what was said, and what tools were asked and answered, into the traces too.',
    ),
  })
  .prefault({})
  .describe('Traces of calls for OpenTelemetry: call, turn, tool, reply of the model.');

const openai = z
  .strictObject({
    debug_logging: yesOrNo(
      true,
      'Write every request to OpenAI into the table openai_debug_events: latency, usage, cost, ' +
        'outcome, and nothing of what was said.',
    ),
    request_tags: optionalText('Tags on each of these rows, with commas between them.'),
    request_quota_tag: optionalText('Whose quota these requests are, on each of the rows.', 64),
  })
  .prefault({})
  .describe('What is kept of requests to OpenAI.');

/** The keys of `config/ai-agent.yaml`. Everything has a default but the words of a persona. */
export const configSchema = z.strictObject({
  default_provider: providerName
    .prefault('local')
    .describe('Who speaks with callers, unless the call or its persona says otherwise.'),
  default_persona: chosenKey
    .default('assistant')
    .describe('Who callers get unless the call says otherwise.'),
  personas: z
    .record(chosenKey, persona)
    .prefault({})
    .describe(
      'The agents, by key, above those of personas/*.yaml. assistant is there unless you write ' +
        'another of that name.',
    ),
  providers: z
    .strictObject({ openai_realtime: openaiRealtime, local })
    .prefault({})
    .describe('How to reach each provider.'),
  stt,
  llm,
  tts,
  audiosocket,
  asterisk,
  api,
  turn: z
    .strictObject({
      authority: z
        .enum(['provider', 'gateway'])
        .default('provider')
        .describe(
          "Who creates and interrupts replies: the vendor's turn detection by itself, or we.",
        ),
    })
    .prefault({})
    .describe('Whose turn it is.'),
  vad,
  gate: z
    .strictObject({
      tailMs: wholeNumber(
        250,
        [0, 5_000],
        'The local gate stays shut so long after the last agent audio was played: room for its ' +
          'echo.',
      ),
    })
    .prefault({})
    .describe('The gate of vad.gate: local.'),
  session,
  directory,
  voicemail,
  mail,
  own_tools: declaredTools,
  http_tools: httpTools,
  prompts: z
    .strictObject({
      dir: optionalText(
        'A folder with apology.wav, hold.wav, goodbye.wav, silence.wav and unavailable.wav. ' +
          'null: the recordings that come with Offhook.',
      ),
    })
    .prefault({})
    .describe('What callers hear when no model can speak.'),
  journal,
  store: z
    .enum(['auto', 'embedded', 'none'])
    .default('auto')
    .describe(
      'auto: database.url, or without one the embedded database, but not in production. ' +
        'embedded: the embedded database, in production too. none: no database; calls are kept ' +
        'in the journal alone.',
    ),
  database,
  production: yesOrNo(false, 'Refuse what is for trial only. NODE_ENV=production sets it.'),
  openai,
  logging,
  telemetry,
  privacy: z
    .strictObject({
      recording: z.enum(['off']).default('off').describe('This version records no call.'),
      dtmf: z
        .enum(['masked'])
        .default('masked')
        .describe('The digits that callers press are written as *.'),
    })
    .prefault({})
    .describe('What is kept of callers.'),
});

/**
 * The configuration in force: names as in the file, every default filled in, nothing can change.
 */
export type Config = Frozen<z.output<typeof configSchema>>;

export type Frozen<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
  : Value;
