import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { GatewayState, GatewayView } from './api/gateway-view.ts';
import { CallRegistry, type CallRegistryParts } from './asterisk/call-registry.ts';
import { parseNextStep } from './asterisk/wire.ts';
import { type ConverterFactory, createConverterFactory } from './audio/converter.ts';
import { createResamplerFactory } from './audio/resample.ts';
import type { Config } from './config/schema.ts';
import { aiConversations } from './main/ai-door.ts';
import { apiAccess } from './main/api-auth.ts';
import { asteriskControl, asteriskTools } from './main/asterisk-control.ts';
import { assertExpectable, planOf } from './main/call-plan.ts';
import { callTelemetry } from './main/call-telemetry.ts';
import { callTools, optionalToolNames, transcriptOutbox } from './main/call-tools.ts';
import { followedJournal, type JournalFollower } from './main/followed-journal.ts';
import { localEngine, type SpeechThreads } from './main/local-engine.ts';
import { openDoors } from './main/open-doors.ts';
import { openStore } from './main/open-store.ts';
import { ProviderShelf } from './main/provider-shelf.ts';
import { rehearse } from './main/rehearsal.ts';
import { sessionParts } from './main/session-parts.ts';
import { type Shared, shippedPrompts, version } from './main/shared.ts';
import { type SpeechDetectors, speechDetectors } from './main/speech-detectors.ts';
import { startJournal } from './main/start-journal.ts';
import { talkPage } from './main/talk-page.ts';
import { loopLag } from './observe/loop-lag.ts';
import { metricsRegistry } from './observe/metrics.ts';
import type { Log, Metrics } from './observe/observe.ts';
import type { EmulatorScript } from './realtime-server/script.ts';
import { systemClock } from './runtime/clock.ts';
import type { Closer } from './runtime/closer.ts';
import { type Random, systemRandom } from './runtime/random.ts';
import type { SessionDeps } from './session/session.ts';
import { type CallPlan, Sessions } from './session/sessions.ts';
import { recordings } from './speech/recordings.ts';
import type { FileJournal } from './store/journal.ts';
import type { Database } from './store/store.ts';
import type { JournalThread } from './store/worker-port.ts';
import type { Transactions } from './tools/data-query.ts';
import { type ToolRegistry, toolRegistry } from './tools/registry.ts';
import type { CallRecord } from './tools/transcript-text.ts';
import { VocabularyReader } from './tools/vocabulary.ts';
import type { Leg } from './transports/transport.ts';

/** Node looks at its own event loop this often: fine enough to see a lost frame coming. */
const loopResolutionMs = 10;

export interface GatewayParts {
  /** The configuration in force, read again for every call: a reload touches only new ones. */
  readonly config: () => Config;
  /** Makes the log; the metrics count what it cannot write. */
  readonly makeLog: (metrics: Metrics) => Log;
  /** Takes secrets out of a line of JSON. */
  readonly scrub: (json: string) => string;
  /** What the provider `local` says in place of our own engine. */
  readonly script: EmulatorScript | null;
  readonly speechThreads?: SpeechThreads;
  /** Started before, to load while the configuration was read; else one is started here. */
  readonly journalThread?: JournalThread;
}

/** A gateway that takes calls. */
export interface Gateway extends Closer {
  readonly apiUrl: string;
  readonly audioSocketPort: number;
  readonly sessions: Sessions;
  readonly journal: FileJournal;
  readonly database: Database;
  readonly log: Log;
  /**
   * All is loaded that calls need; from then on `/readyz` says so. Earlier calls are taken and
   * wait. Never rejects.
   */
  readonly warmed: Promise<void>;
  /** Takes no more calls and lets those in progress end, up to the configured time. */
  drain(): Promise<void>;
  /** Hangs up what is still in progress and shuts every door. */
  close(): Promise<void>;
}

/**
 * Builds the whole gateway, once, and opens its doors. Rejects when one of them stays shut; then
 * nothing is left open.
 */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const opened: Closer[] = [];
  try {
    return await openGateway(parts, (part) => {
      opened.push(part);
      return part;
    });
  } catch (error) {
    for (const part of opened.reverse()) await part.close();
    throw error;
  }
}

/** `held` parts are closed when the rest cannot be opened. */
async function openGateway(
  parts: GatewayParts,
  held: <Part extends Closer>(part: Part) => Part,
): Promise<Gateway> {
  const config = parts.config();
  // The database is opened below: it counts in metrics, which have to know the names of tools.
  const data: Transactions = { transaction: (...given) => store.database.transaction(...given) };
  const record: CallRecord = { entries: (sessionId) => journal.entries(sessionId) };
  const others = callTools(parts.config, { database: data, record });
  // Asterisk is controlled by what takes calls, further down.
  const tools = toolRegistry([...others, ...asteriskTools(config, () => asterisk)]);
  const shared = sharedBy(parts, tools);
  const { log, metrics } = shared;
  const lag = held(watchLoop(config, shared));
  const journal = held(await startJournal(config, tools, shared, parts));
  const store = held(openStore(parts.config, journal, shared));
  const telemetry = held(await callTelemetry(config, { log, version, scrub: parts.scrub }));
  const converters = createConverterFactory(createResamplerFactory());
  const detectors = speechDetectors(parts.config);
  const providers = held(providersFor(parts, shared, { data, detectors, converters }));
  const talk = talkPage(parts.config, shared);
  const outbox = held(transcriptOutbox(config, { ...shared, record }));
  const writing: JournalFollower = { follow: (entry) => ai.conversations.follow(entry) };
  const followed = followedJournal(journal, [talk.transport, telemetry, outbox, writing], log);
  const deps = sessionParts(config, shared, { tools, detectors, converters, journal: followed });
  const plan = (leg: Leg) => planOf(parts.config(), leg, providers);
  const planCall = (leg: Leg) => asterisk.planFor(plan(leg), leg);
  const { sessions, written } = sessionsFor(parts.config, deps, { ...shared, plan, planCall, lag });
  const ai = aiConversations(parts.config, { ...shared, providers, sessions: written });
  warnOfUnknownTools(config, tools, log);
  const calls = new CallRegistry({ ...shared, destinations: destinationsOf(parts.config) });
  const asterisk = held(asteriskControl(config, { ...shared, registry: calls, sessions }));
  let state: GatewayState = 'starting';
  const seen = { state: () => state, journal, loop: lag, calls: callsOf(calls, parts), metrics };
  const view = viewOf(seen, { config: parts.config, providers, sessions: [sessions, written] });
  const access = await apiAccess(config.api, { ...shared, database: store.database });
  held(access.audit);
  const inside = { shared, converters, calls, view, sessions, asterisk, access, talk, ai: ai.door };
  const doors = await openDoors(config, inside);
  asterisk.open(doors.audioSocketPort);
  const { api, audioSocket, audioSocketPort, browsers } = doors;
  log.info('Offhook serves', { api: api.url, talk: `${api.url}/talk`, audioSocketPort });
  void providers.warnOfEnd();
  const closing = new AbortController();
  const warmed = warm(parts, providers, { ...shared, signal: closing.signal }).then(() => {
    if (state === 'starting') state = 'serving';
  });
  return {
    apiUrl: api.url,
    audioSocketPort,
    sessions,
    journal,
    database: store.database,
    log,
    warmed,
    async drain() {
      state = 'draining';
      const deadlineMs = parts.config().session.drain_timeout_s * 1_000;
      await Promise.all([sessions.drain(deadlineMs), ai.conversations.drain(deadlineMs)]);
    },
    async close() {
      state = 'draining';
      closing.abort();
      for (const session of [...sessions.all(), ...written.all()]) session.close('drained');
      // In this order: no door leads to what is closed already, and the store copies the journal.
      const first = [asterisk, audioSocket, browsers, api, providers, access.audit];
      for (const each of [...first, outbox, journal, store, telemetry, lag]) await each.close();
    },
  };
}

/** What all parts have in common. */
function sharedBy({ makeLog }: GatewayParts, { names }: ToolRegistry) {
  const metrics = metricsRegistry({ toolNames: names, hasProcessSeries: true });
  return { clock: systemClock(), random: systemRandom(), log: makeLog(metrics), metrics };
}

/** Our own engine, if calls go to it. */
async function warm(
  { config, script }: Pick<GatewayParts, 'config' | 'script'>,
  providers: ProviderShelf,
  { clock, signal }: Pick<Shared, 'clock'> & { readonly signal: AbortSignal },
): Promise<void> {
  await providers.warm();
  const plan = planOf(config(), { call: {} }, providers);
  if (plan.provider.name === 'local' && script === null) await rehearse(plan, clock, signal);
}

/** Calls; and those who write, who take no place of a call and wait only for calls. */
function sessionsFor(
  config: () => Config,
  deps: SessionDeps,
  given: {
    readonly random: Random;
    readonly plan: (leg: Leg) => CallPlan;
    readonly planCall: (leg: Leg) => CallPlan;
    readonly lag: { readonly isBusy: boolean };
  },
): { readonly sessions: Sessions; readonly written: Sessions } {
  const { random, plan, planCall, lag } = given;
  const sessions = new Sessions(deps, {
    random,
    plan: planCall,
    callsMax: () => config().session.calls_max,
    isBusy: () => lag.isBusy,
  });
  const written = new Sessions(deps, {
    random,
    plan,
    callsMax: () => config().api.ai.sessions_max,
    isBusy: () => lag.isBusy && sessions.count > 0,
  });
  return { sessions, written };
}

/** The dialplan's side of calls: nobody is announced to an agent that there is not. */
function callsOf(calls: CallRegistry, { config }: GatewayParts): GatewayView['calls'] {
  return {
    announce(announcement) {
      assertExpectable(config(), announcement);
      calls.announce(announcement);
    },
    next: (callId) => calls.next(callId),
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

function watchLoop(config: Config, { clock, metrics }: Shared) {
  const histogram = monitorEventLoopDelay({ resolution: loopResolutionMs });
  histogram.enable();
  const lagMsMax = config.session.loop_lag_max_ms;
  return loopLag({ histogram, resolutionMs: loopResolutionMs, lagMsMax, clock, metrics });
}

/** The directory in force: what the dialplan shall do for each key. */
function destinationsOf(config: () => Config): CallRegistryParts['destinations'] {
  return {
    get(key) {
      const { directory } = config();
      return Object.hasOwn(directory, key) ? parseNextStep(directory[key]!.to) : undefined;
    },
  };
}
