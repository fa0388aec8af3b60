import { needsApiKey } from '../config/cross-checks.ts';
import type { Config, ConfiguredProvider } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import { warnOfModelEnd } from '../providers/openai-realtime/model-end.ts';
import { openaiRealtimeProvider } from '../providers/openai-realtime/openai-realtime-provider.ts';
import { defaultTiming, type TokenPrices } from '../providers/openai-realtime/options.ts';
import type { Provider } from '../providers/provider.ts';
import { connectInMemory } from '../realtime-server/memory-pipe.ts';
import { RealtimeServer } from '../realtime-server/realtime-server.ts';
import type { EmulatorScript } from '../realtime-server/script.ts';
import { scriptBrain } from '../realtime-server/script-brain.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import { probeTcp } from '../runtime/tcp-probe.ts';
import { defaultWebSocketLimits, webSocketConnector } from '../runtime/web-socket.ts';
import type { Recordings } from '../speech/recordings.ts';
import type { LocalEngine } from './local-engine.ts';
import { WatchedProvider } from './watched-provider.ts';

type RealtimeSettings = Config['providers']['openai_realtime'];

export interface ProviderShelfParts {
  /** The configuration in force. */
  readonly config: () => Config;
  /** What the provider `local` says in place of our own engine, with its recordings. */
  readonly script: EmulatorScript | null;
  readonly samples: Recordings;
  readonly engine: LocalEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The providers of each configuration that was ever in force, made when a call first needs one. */
export class ProviderShelf implements Closer {
  readonly #parts: ProviderShelfParts;
  readonly #made = new WeakMap<Config, Map<ConfiguredProvider, WatchedProvider>>();

  constructor(parts: ProviderShelfParts) {
    this.#parts = parts;
  }

  find(name: ConfiguredProvider): Provider {
    return this.#watched(name).provider;
  }

  /** Why a link to that provider could not be had now; `null`: nothing speaks against it. */
  refusal(name: ConfiguredProvider): Promise<GatewayError | null> {
    return this.#watched(name).refusal();
  }

  #watched(name: ConfiguredProvider): WatchedProvider {
    const config = this.#parts.config();
    const made = this.#made.get(config) ?? new Map<ConfiguredProvider, WatchedProvider>();
    this.#made.set(config, made);
    const known = made.get(name);
    if (known) return known;
    const { clock } = this.#parts;
    const watched =
      name === 'local'
        ? new WatchedProvider(localProvider(config, this.#parts), { clock, probe: noProbe })
        : new WatchedProvider(vendorProvider(config, this.#parts), {
            clock,
            probe: () => probeTcp({ ...farEnd(config), msMax: probeMsMax }),
          });
    made.set(name, watched);
    return watched;
  }

  /** Loads our own engine beside all else, if calls may come to it. */
  async warm(): Promise<void> {
    const { script, engine } = this.#parts;
    const { default_provider, personas } = this.#parts.config();
    const named = Object.values(personas).map(({ provider }) => provider);
    const isLocal = [default_provider, ...named].includes('local');
    if (isLocal && script === null) await engine.warm();
  }

  /** No provider is of use any more. */
  async close(): Promise<void> {
    await this.#parts.engine.close();
  }

  /** Says when the vendor will switch off the model that is configured. */
  async warnOfEnd(): Promise<void> {
    const { default_provider, providers } = this.#parts.config();
    const settings = providers.openai_realtime;
    if (default_provider !== 'openai_realtime' || settings.api_key === null) return;
    const log = this.#parts.log.child('providers.openai');
    await warnOfModelEnd(
      settings.model,
      (model) => fetchModel(model, settings, this.#parts.clock),
      log,
    );
  }
}

/** It is in this very process. */
const noProbe = async (): Promise<void> => undefined;

/** Two lost packets of TCP's handshake (RFC 6298: sent again after 1 s). */
const probeMsMax = 2_000;

function farEnd({ providers }: Config): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(providers.openai_realtime.base_url);
  const usual = protocol === 'wss:' || protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

/**
 * Asks the vendor for one model, beside the Realtime endpoint: `wss://…/realtime` →
 * `https://…/models`.
 */
export async function fetchModel(
  model: string,
  settings: RealtimeSettings,
  clock: Clock,
): Promise<unknown> {
  const url = settings.base_url.replace(/^ws/, 'http').replace(/\/realtime\/?$/, '/models');
  const headers = { authorization: `Bearer ${settings.api_key}` };
  const abort = new AbortController();
  const timer = clock.setTimer(settings.connect_timeout_ms, () => abort.abort());
  try {
    const { signal } = abort;
    const answer = await fetch(`${url}/${encodeURIComponent(model)}`, { headers, signal });
    if (!answer.ok) throw new Error(`HTTP ${answer.status} from ${url}`);
    return await answer.json();
  } finally {
    timer.cancel();
  }
}

/** Our own engine behind the same protocol, or a script in its place. */
function localProvider(config: Config, parts: ProviderShelfParts): Provider {
  const { clock, random, log, metrics, script, samples, engine } = parts;
  const brain =
    script === null
      ? engine.brain
      : scriptBrain(script, (name, format) => samples.audio(name, format));
  const server = new RealtimeServer({
    clock,
    random,
    brain,
    faults: script?.faults ?? [],
    onNote: (note) => {
      if (note.type === 'limit') metrics.count('offhook_limits_total', { limit: note.limit });
    },
  });
  const provider = openaiRealtimeProvider(
    {
      name: 'local',
      logComponent: 'providers.local',
      url: 'ws://local/v1/realtime',
      model: script === null ? 'offhook-local' : `script-${script.name}`,
      voice: config.providers.local.voice,
      apiKey: null,
      needsApiKey: false,
      organization: null,
      project: null,
      safetyIdentifier: null,
      wire: 'auto',
      // A script without words for the caller has none to give.
      transcriptionModel: script?.callerSays.length === 0 ? null : 'local',
      noiseReduction: null,
      language: null,
      idleTimeoutMs: null,
      reasoningEffort: null,
      maxOutputTokens: null,
      retentionRatio: null,
      sendsPrompt: true,
      prices: null,
      timing: defaultTiming,
    },
    { connect: connectInMemory(server, clock), clock, log, metrics },
  );
  if (script === null) return readyAs(provider, engine, metrics);
  log.info('provider local speaks from a script: nobody thinks behind it', { script: script.name });
  return provider;
}

/** `provider`, which is no readier than the engine behind it. */
function readyAs(
  provider: Provider,
  engine: Pick<LocalEngine, 'refusal'>,
  metrics: Metrics,
): Provider {
  return {
    ...provider,
    readiness() {
      const error = engine.refusal;
      if (error === null) return provider.readiness();
      metrics.set('offhook_provider_ready', { provider: provider.name }, 0);
      return { isReady: false, error };
    },
  };
}

function vendorProvider(config: Config, { clock, log, metrics }: ProviderShelfParts): Provider {
  const settings = config.providers.openai_realtime;
  const connect = webSocketConnector({
    ...defaultWebSocketLimits,
    handshakeMsMax: settings.connect_timeout_ms,
  });
  return openaiRealtimeProvider(
    {
      name: 'openai_realtime',
      logComponent: 'providers.openai',
      url: settings.base_url,
      model: settings.model,
      voice: settings.voice,
      apiKey: settings.api_key,
      needsApiKey: needsApiKey(settings.base_url),
      organization: settings.organization,
      project: settings.project,
      safetyIdentifier: settings.safety_identifier,
      wire: settings.wire,
      transcriptionModel: settings.transcription.model,
      noiseReduction: settings.noise_reduction,
      language: settings.transcription.language,
      idleTimeoutMs: settings.turn_detection.idle_timeout_ms,
      reasoningEffort: settings.reasoning_effort,
      maxOutputTokens: settings.max_output_tokens,
      retentionRatio: settings.retention_ratio,
      sendsPrompt: false,
      prices: pricesOf(settings),
      timing: {
        connectMsMax: settings.connect_timeout_ms,
        setupMsMax: settings.setup_timeout_ms,
        pingEveryMs: settings.ping_every_ms,
        pongMsMax: settings.ping_timeout_ms,
        sessionMsMax: settings.session_max_ms,
        rollOverBeforeMs: settings.roll_over_before_ms,
      },
    },
    { connect, clock, log, metrics },
  );
}

function pricesOf({ model, prices_usd_per_million }: RealtimeSettings): TokenPrices | null {
  const prices = prices_usd_per_million[model];
  if (!prices) return null;
  return {
    inputText: prices.input_text,
    cachedText: prices.cached_text,
    outputText: prices.output_text,
    inputAudio: prices.input_audio,
    cachedAudio: prices.cached_audio,
    outputAudio: prices.output_audio,
  };
}
