import { z } from 'zod';
import { trustLevels } from '../runtime/trust.ts';
import { apiAi } from './api-ai-schema.ts';
import { apiAuth } from './api-auth-schema.ts';
import { asterisk } from './asterisk-schema.ts';
import { audiosocket } from './audiosocket-schema.ts';
import { declaredTools, directory, httpTools, mail, voicemail } from './call-tools-schema.ts';
import { llm, stt, tts } from './endpoints-schema.ts';
import {
  addressOrCidr,
  chosenKey,
  listenPort,
  loopbackHost,
  optionalText,
  ownLimit,
  secret,
  wholeNumber,
  yesOrNo,
} from './fields.ts';
import { local } from './local-schema.ts';
import { openaiRealtime } from './openai-realtime-schema.ts';
import { session } from './session-schema.ts';

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

const api = z
  .strictObject({
    host: loopbackHost('The address that HTTP listens on.'),
    port: listenPort(8787, 'The port that HTTP listens on.'),
    auth: apiAuth,
    requests_per_minute_max: wholeNumber(
      5_000,
      [10, 10_000_000],
      'Requests of one address (of IPv6 its /64) in a minute. Two a call at 20 call starts a ' +
        'second, and as much again for others, is 4,800.',
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
