import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type ApiServer, serveApi } from './api/api-server.ts';
import type { GatewayState, GatewayView } from './api/gateway-view.ts';
import type { AiDoor } from './api/routes/ai.ts';
import { CallRegistry } from './asterisk/call-registry.ts';
import { parseNextStep } from './asterisk/wire.ts';
import { type ConverterFactory, createConverterFactory } from './audio/converter.ts';
import { createResamplerFactory } from './audio/resample.ts';
import type { Config } from './config/schema.ts';
import { aiConversations } from './main/ai-door.ts';
import { type ApiAccess, apiAccess } from './main/api-auth.ts';
import { type AsteriskControl, asteriskControl, asteriskTools } from './main/asterisk-control.ts';
import { planOf } from './main/call-plan.ts';
import { callTelemetry } from './main/call-telemetry.ts';
import { callTools, optionalToolNames, transcriptOutbox } from './main/call-tools.ts';
import { followedJournal } from './main/followed-journal.ts';
import { localEngine } from './main/local-engine.ts';
import { openStore } from './main/open-store.ts';
import { ProviderShelf } from './main/provider-shelf.ts';
import { type SpeechDetectors, speechDetectors } from './main/speech-detectors.ts';
import { type TalkPage, talkPage } from './main/talk-page.ts';
import { loopLag } from './observe/loop-lag.ts';
import { metricsRegistry } from './observe/metrics.ts';
import type { Log, Metrics } from './observe/observe.ts';
import type { EmulatorScript } from './realtime-server/script.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Closer } from './runtime/closer.ts';
import { type Random, systemRandom } from './runtime/random.ts';
import { TcpListener } from './runtime/tcp-socket.ts';
import type { SessionDeps } from './session/session.ts';
import { Sessions } from './session/sessions.ts';
import { promptNames } from './session/state.ts';
import { PacingWheel } from './session/wheel.ts';
import { type Recordings, recordings } from './speech/recordings.ts';
import { type FileJournal, openJournal } from './store/journal.ts';
import { segmentReader } from './store/segment-files.ts';
import type { Recovery } from './store/segment-log.ts';
import type { Database, Journal, JournalEntry } from './store/store.ts';
import { workerPort } from './store/worker-port.ts';
import type { Transactions } from './tools/data-query.ts';
import { type ToolRegistry, toolRegistry } from './tools/registry.ts';
import { toolRunner } from './tools/runner.ts';
import type { CallRecord } from './tools/transcript-text.ts';
import { VocabularyReader } from './tools/vocabulary.ts';
import { AudioSocketTransport } from './transports/audiosocket/server.ts';
import { audioSocketFormats } from './transports/audiosocket/wire.ts';
import type { Leg } from './transports/transport.ts';

/** The recordings that come with Offhook, beside `src/` and `dist/` alike. */
export const shippedPrompts = join(import.meta.dirname, '..', 'prompts');

export const version = '0.1.0';
/** Node looks at its own event loop this often: fine enough to see a lost frame coming. */
const loopResolutionMs = 10;
const dayMs = 86_400_000;

export interface GatewayParts {
  /** The configuration in force, read again for every call: a reload touches only new ones. */
  readonly config: () => Config;
  /** Makes the log; the metrics count what it cannot write. */
  readonly makeLog: (metrics: Metrics) => Log;
  /** Takes secrets out of a line of JSON. */
  readonly scrub: (json: string) => string;
  /** What the provider `local` says in place of our own engine. */
  readonly script: EmulatorScript | null;
}

/** A gateway that takes calls. */
export interface Gateway extends Closer {
  readonly apiUrl: string;
  readonly audioSocketPort: number;
  readonly sessions: Sessions;
  readonly journal: FileJournal;
  readonly database: Database;
  readonly log: Log;
  /** Takes no more calls and lets those in progress end, up to the configured time. */
  drain(): Promise<void>;
  /** Hangs up what is still in progress and shuts every door. */
  close(): Promise<void>;
}

/** What every part of the process shares. */
interface Shared {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Builds the whole gateway, once, and opens its doors. Rejects when one of them stays shut. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const config = parts.config();
  // The database is opened below: it counts in metrics, which have to know the names of tools.
  const data: Transactions = { transaction: (...given) => store.database.transaction(...given) };
  const record: CallRecord = { entries: (sessionId) => journal.entries(sessionId) };
  // Asterisk is controlled by what takes calls, further down.
  const transfers = asteriskTools(config, () => asterisk);
  const tools = toolRegistry([...callTools(config, { database: data, record }), ...transfers]);
  const metrics = metricsRegistry({ toolNames: tools.names, hasProcessSeries: true });
  const log = parts.makeLog(metrics);
  const shared: Shared = { clock: systemClock(), random: systemRandom(), log, metrics };
  const lag = watchLoop(config, shared);
  const journal = await journalFor(parts, tools, shared);
  const store = openStore(parts.config, journal, shared);
  const telemetry = await callTelemetry(config, { log, version, scrub: parts.scrub });
  const converters = createConverterFactory(createResamplerFactory());
  const detectors = speechDetectors(parts.config);
  const providers = providersFor(parts, shared, { data, detectors, converters });
  const talk = talkPage(parts.config, shared);
  const outbox = transcriptOutbox(config, { ...shared, record });
  const followers = [
    (entry: JournalEntry) => talk.transport.follow(entry),
    (entry: JournalEntry) => ai.conversations.follow(entry),
    telemetry.follow,
    outbox.follow,
  ];
  const followed = followedJournal(journal, followers, log);
  const running = { tools, detectors, converters, journal: followed };
  const plan = (leg: Leg) => asterisk.planFor(planOf(parts.config(), leg, providers), leg);
  const { random } = shared;
  const deps = sessionDeps(config, shared, running);
  const sessions = new Sessions(deps, {
    random,
    plan,
    callsMax: () => parts.config().session.calls_max,
    isBusy: () => lag.isBusy,
  });
  // Who writes takes no place of a call, and waits only for calls.
  const written = new Sessions(deps, {
    random,
    plan: (leg) => planOf(parts.config(), leg, providers),
    callsMax: () => config.api.ai.sessions_max,
    isBusy: () => lag.isBusy && sessions.count > 0,
  });
  const ai = aiConversations(parts.config, { ...shared, providers, sessions: written });
  warnOfUnknownTools(config, tools, log);
  const calls = registryOf(config, shared);
  const asterisk = asteriskControl(config, { ...shared, registry: calls, sessions });
  let state: GatewayState = 'starting';
  const seen = { state: () => state, journal, loop: lag, calls, metrics };
  const view = viewOf(seen, { config: parts.config, providers, sessions: [sessions, written] });
  const access = await apiAccess(config.api, { ...shared, database: store.database });
  const { door } = ai;
  const inside: Inside = {
    shared,
    converters,
    calls,
    view,
    sessions,
    asterisk,
    access,
    talk,
    ai: door,
  };
  const doors = await openDoors(config, inside).catch((error) => closeAndThrow(store, error));
  asterisk.open(doors.audioSocketPort);
  state = 'serving';
  void providers.warnOfEnd();
  void providers.warm();
  const { api, audioSocket, audioSocketPort, browsers } = doors;
  log.info('Offhook serves', { api: api.url, talk: `${api.url}/talk`, audioSocketPort });
  return {
    apiUrl: api.url,
    audioSocketPort,
    sessions,
    journal,
    database: store.database,
    log,
    async drain() {
      state = 'draining';
      const deadlineMs = parts.config().session.drain_timeout_s * 1_000;
      await Promise.all([sessions.drain(deadlineMs), ai.conversations.drain(deadlineMs)]);
    },
    async close() {
      state = 'draining';
      for (const session of [...sessions.all(), ...written.all()]) session.close('drained');
      // In this order: no door leads to what is closed already, and the store copies the journal.
      const first = [asterisk, audioSocket, browsers, api, providers, access.audit];
      for (const each of [...first, outbox, journal, store, telemetry, lag]) await each.close();
    },
  };
}

/** What operators may look at; the provider is the one of new calls. */
function viewOf(
  seen: Omit<GatewayView, 'providers' | 'sessions'>,
  from: {
    readonly config: () => Config;
    readonly providers: ProviderShelf;
    readonly sessions: readonly Sessions[];
  },
): GatewayView {
  return {
    ...seen,
    get providers() {
      return [from.providers.find(from.config().default_provider)];
    },
    sessions: () => from.sessions.flatMap((each) => each.all().map(({ summary }) => summary)),
  };
}

/** What every session of the process shares. */
function sessionDeps(
  config: Config,
  shared: Shared,
  given: {
    readonly tools: ToolRegistry;
    readonly detectors: SpeechDetectors;
    readonly converters: ConverterFactory;
    readonly journal: Journal;
  },
): SessionDeps {
  const { tools, detectors, converters, journal } = given;
  const { log } = shared;
  return {
    ...shared,
    wheel: wheelFor(shared),
    converters,
    detectors: (...line) => detectors.detector(...line),
    tools: toolRunner({ ...shared, registry: tools, log: log.child('tools') }),
    prompts: readyPrompts(config, converters, log),
    journal,
  };
}

/** Who may speak with callers, our own engine among them. */
function providersFor(
  parts: GatewayParts,
  shared: Shared,
  given: {
    readonly data: Transactions;
    readonly detectors: SpeechDetectors;
    readonly converters: ConverterFactory;
  },
): ProviderShelf {
  const vocabulary = new VocabularyReader({ ...shared, database: given.data });
  const engine = localEngine({ ...parts, ...shared, ...given, vocabulary });
  const samples = recordings(shippedPrompts, given.converters);
  return new ProviderShelf({ ...parts, ...shared, samples, engine });
}

/** A persona may name a tool that there is not: it is not offered to the model. */
function warnOfUnknownTools({ personas }: Config, known: ToolRegistry, log: Log): void {
  for (const [persona, { tools }] of Object.entries(personas)) {
    const absent = tools.filter((tool) => !known.find(tool));
    const unset = absent.filter((tool) => optionalToolNames.includes(tool));
    if (unset.length > 0) log.info('tools of a persona are not configured', { persona, unset });
    const unknown = absent.filter((tool) => !unset.includes(tool));
    if (unknown.length > 0)
      log.warn('a persona names tools that there are not', { persona, unknown });
  }
}

function wheelFor({ clock, log, metrics }: Shared): PacingWheel {
  return new PacingWheel(clock, (skippedMs) => {
    metrics.count('offhook_playout_resyncs_total', { transport: 'audiosocket' });
    log.warn('pacing starts anew after a pause of the process', { skippedMs });
  });
}

function watchLoop(config: Config, { clock, metrics }: Shared) {
  const histogram = monitorEventLoopDelay({ resolution: loopResolutionMs });
  histogram.enable();
  const lagMsMax = config.session.loop_lag_max_ms;
  return loopLag({ histogram, resolutionMs: loopResolutionMs, lagMsMax, clock, metrics });
}

async function journalFor(
  { config, scrub }: GatewayParts,
  tools: ToolRegistry,
  shared: Shared,
): Promise<FileJournal> {
  const { dir, retention_days, segment_mb } = config().journal;
  const openPort = workerPort({
    directory: dir,
    atEpochMs: shared.clock.epochMs(),
    segmentBytesMax: segment_mb * 1024 * 1024,
    retentionMs: retention_days * dayMs,
    repeatableTools: tools.names.filter((name) => tools.find(name)?.tool.repeatable),
  });
  const { journal, recovery } = await openJournal({
    ...shared,
    openPort,
    reader: segmentReader(dir),
    scrub,
  });
  logRecovery(recovery, shared.log);
  return journal;
}

function logRecovery({ tornBytes, badLineCount, lostSessions }: Recovery, log: Log): void {
  if (tornBytes > 0 || badLineCount > 0) {
    log.warn('the journal was cut short by a crash', { tornBytes, badLineCount });
  }
  for (const { sessionId, toolCalls } of lostSessions) {
    log.warn('a session was lost with its process', { sessionId, outcomeUnknown: toolCalls });
  }
}

/** Prompts are read and converted now, not while a caller waits for them. */
function readyPrompts(config: Config, converters: ConverterFactory, log: Log): Recordings {
  const prompts = recordings(config.prompts.dir ?? shippedPrompts, converters);
  const format = audioSocketFormats[config.audiosocket.format];
  for (const name of promptNames) {
    if (prompts.audio(name, format)) continue;
    log.warn('a recording is missing: callers hear nothing in its place', { prompt: name });
  }
  return prompts;
}

function registryOf(config: Config, shared: Shared): CallRegistry {
  const destinations = new Map(
    Object.entries(config.directory).map(([key, { to }]) => [key, parseNextStep(to)]),
  );
  return new CallRegistry({ ...shared, destinations });
}

async function closeAndThrow(open: Closer, error: unknown): Promise<never> {
  await open.close();
  throw error;
}

interface Inside {
  readonly shared: Shared;
  readonly converters: ConverterFactory;
  readonly calls: CallRegistry;
  readonly view: GatewayView;
  readonly sessions: Sessions;
  readonly asterisk: AsteriskControl;
  readonly access: ApiAccess;
  readonly talk: TalkPage;
  readonly ai: AiDoor;
}

interface Doors {
  readonly api: ApiServer;
  readonly audioSocket: Closer;
  readonly browsers: Closer;
  readonly audioSocketPort: number;
}

/** Callers by AudioSocket, operators by HTTP. When one door stays shut, so does the other. */
async function openDoors(
  config: Config,
  { shared, converters, calls, view, sessions, asterisk, access, talk, ai }: Inside,
): Promise<Doors> {
  const { audiosocket, api: http } = config;
  const listener = new TcpListener({ host: audiosocket.host, port: audiosocket.port });
  const transport = new AudioSocketTransport(
    {
      ...shared,
      log: shared.log.child('audiosocket'),
      listener,
      calls,
      converterOf: converters,
      format: audioSocketFormats[audiosocket.format],
      farEndDelayMs: audiosocket.far_end_delay_ms,
    },
    {
      allow: audiosocket.allow,
      requireRegistered: audiosocket.require_registered,
      uuidMsMax: audiosocket.uuid_timeout_ms,
      waitingMax: audiosocket.waiting_max,
      peer: {
        connectionsMax: audiosocket.peer_connections_max,
        connectionsPerSecondMax: audiosocket.peer_connections_per_s_max,
      },
    },
  );
  const audioSocket = await transport.listen((leg) => {
    if (!asterisk.claim(leg)) sessions.open(leg);
  });
  const browsers = await talk.transport.listen((leg) => sessions.open(leg));
  try {
    const log = shared.log.child('api');
    const limits = { requestsPerMinuteMax: http.requests_per_minute_max };
    const seen = { gateway: view, ...access, talk, ai, limits };
    const parts = { ...seen, log, random: shared.random, version };
    const api = await serveApi(parts, http);
    return { api, audioSocket, browsers, audioSocketPort: listener.port };
  } catch (error) {
    await audioSocket.close();
    throw error;
  }
}
