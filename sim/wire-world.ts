import { createConverterFactory } from '../src/audio/converter.ts';
import { type AudioFormat, bytesPerMs } from '../src/audio/format.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import type { Log, Metrics } from '../src/observe/observe.ts';
import type { Persona } from '../src/personas/persona.ts';
import * as openai from '../src/providers/openai-realtime/openai-realtime-provider.ts';
import {
  defaultTiming,
  type LinkTiming,
  type TokenPrices,
} from '../src/providers/openai-realtime/options.ts';
import { plainOptions } from '../src/providers/openai-realtime/testing/plain-options.ts';
import type { Provider } from '../src/providers/provider.ts';
import { connectInMemory } from '../src/realtime-server/memory-pipe.ts';
import { RealtimeServer } from '../src/realtime-server/realtime-server.ts';
import { type EmulatorScriptSource, emulatorScript } from '../src/realtime-server/script.ts';
import { scriptBrain } from '../src/realtime-server/script-brain.ts';
import { type Random, seededRandom } from '../src/runtime/random.ts';
import type { Trust } from '../src/runtime/trust.ts';
import { Sessions } from '../src/session/sessions.ts';
import { defaultSettings, type SessionSettings } from '../src/session/settings.ts';
import { PacingWheel } from '../src/session/wheel.ts';
import type { SpeechEdge } from '../src/speech/detector.ts';
import { defaultEnergyDetectorSettings, EnergyDetector } from '../src/speech/energy-detector.ts';
import { entriesIn, memoryJournal } from '../src/store/memory-journal.ts';
import type { Journal } from '../src/store/store.ts';
import { handoff } from '../src/tools/handoff.ts';
import { hangUpCall } from '../src/tools/hang-up-call.ts';
import { toolRegistry } from '../src/tools/registry.ts';
import { toolRunner } from '../src/tools/runner.ts';
import type { Tool, ToolRunner } from '../src/tools/tool.ts';
import type { AudioSocketFormatName } from '../src/transports/audiosocket/wire.ts';
import { audioSocketFormats } from '../src/transports/audiosocket/wire.ts';
import { TextLeg } from '../src/transports/text/text-leg.ts';
import type { CallInfo, Leg } from '../src/transports/transport.ts';
import { audioSocketRig } from './audiosocket-rig.ts';
import { recordingLog, recordingMetrics } from './recorders.ts';
import { TaggedSound, tags } from './tagged-sound.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface WireWorldOptions {
  readonly seed?: number;
  readonly script: EmulatorScriptSource;
  readonly settings?: Partial<SessionSettings>;
  readonly persona?: Partial<Persona>;
  readonly otherPersonas?: readonly Persona[];
  /** Of callers who write. */
  readonly trust?: Trust;
  readonly format?: AudioSocketFormatName;
  readonly wire?: 'pcm24' | 'pcmu' | 'pcma' | 'auto';
  readonly timing?: Partial<LinkTiming>;
  /** What a model's tokens cost; nobody knows unless it is given. */
  readonly prices?: TokenPrices;
  readonly tools?: readonly Tool[];
  readonly sessionMsMax?: number;
  readonly callsMax?: number;
  readonly clock?: VirtualClock;
  readonly taps?: WireTaps;
}

/** The persona of simulations: it greets, and it may hang up. */
const simulatedPersona: Persona = {
  key: 'assistant',
  instructions: 'You are simulated.',
  greeting: 'Hello, how can I help you?',
  voice: null,
  language: null,
  tools: [hangUpCall.name],
  minTrust: 'anonymous',
};

/** A recording of a second, so that prompts can be waited for. */
export function promptOf(format: AudioFormat): Uint8Array {
  const bytes = new Uint8Array(1_000 * bytesPerMs(format));
  new TaggedSound(format).fill(bytes, bytes.length, tags.prompt);
  return bytes;
}

/** Puts something between the parts of a world, to see or count what passes. */
export interface WireTaps {
  wheel(wheel: PacingWheel): PacingWheel;
  provider(provider: Provider): Provider;
  leg(leg: Leg): Leg;
  journal(journal: Journal): Journal;
  tools(tools: ToolRunner): ToolRunner;
  metrics(metrics: Metrics): Metrics;
  edges(onEdge: (edge: SpeechEdge) => void): (edge: SpeechEdge) => void;
}

/** What every part of a world is handed. */
interface Surroundings {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * The whole gateway on the virtual clock: production transport, sessions, provider and emulator,
 * joined by pipes in memory. Nothing of it is written again here.
 */
export async function wireWorld(options: WireWorldOptions) {
  const { taps, clock = new VirtualClock() } = options;
  const log = recordingLog();
  const metrics = recordingMetrics();
  const surroundings = { clock, random: seededRandom(options.seed ?? 1), log, metrics };
  const { server, provider, script } = emulatedProvider(options, surroundings);
  const { journal, files } = memoryJournal({ clock, log, metrics, scrub: (json) => json });
  const sessions = sessionsOf(options, surroundings, { provider, journal });
  const rig = await audioSocketRig({
    clock,
    leg: { format: audioSocketFormats[options.format ?? 'slin'] },
  });
  return {
    clock,
    log,
    metrics,
    server,
    provider,
    sessions,
    journal,
    /** The disk: full or broken at will. */
    files,
    script,
    rig,
    entries: () => entriesIn(files),
    /** Takes a caller who writes. */
    write(call: Partial<CallInfo> = {}) {
      const id = 'writer';
      const info = { callId: id, variables: {}, ...call };
      const leg = new TextLeg({ id, call: info, trust: options.trust ?? 'anonymous' });
      return { leg, session: sessions.open(tapped(taps?.leg, leg)) };
    },
    /** Places a call and takes it. */
    call(uuid?: string) {
      const { caller, wire, leg, gatewayWire } = rig.call(uuid);
      return { caller, wire, gatewayWire, leg, session: sessions.open(tapped(taps?.leg, leg)) };
    },
  };
}

/** The provider of production, whose far end is the emulator with this script. */
function emulatedProvider(options: WireWorldOptions, surroundings: Surroundings) {
  const { clock, random, log, metrics } = surroundings;
  const script = emulatorScript.parse(options.script);
  const server = new RealtimeServer({
    clock,
    random,
    brain: scriptBrain(script),
    faults: script.faults,
    ...(options.sessionMsMax === undefined ? {} : { sessionMsMax: options.sessionMsMax }),
  });
  const provider = openai.openaiRealtimeProvider(
    {
      ...plainOptions,
      url: 'ws://emulator/v1/realtime',
      wire: options.wire ?? 'pcm24',
      transcriptionModel: 'gpt-live-transcribe',
      retentionRatio: 0.8,
      timing: { ...defaultTiming, ...options.timing },
      prices: options.prices ?? null,
    },
    { connect: connectInMemory(server, clock), clock, log, metrics },
  );
  return { server, provider, script };
}

function sessionsOf(
  options: WireWorldOptions,
  { clock, random, log, metrics }: Surroundings,
  parts: { readonly provider: Provider; readonly journal: Journal },
): Sessions {
  const { taps } = options;
  const registry = toolRegistry([hangUpCall, handoff, ...(options.tools ?? [])] as Tool[]);
  const settings: SessionSettings = { ...defaultSettings, ...options.settings };
  const persona: Persona = { ...simulatedPersona, ...options.persona };
  const personas = [persona, ...(options.otherPersonas ?? [])];
  const provider = tapped(taps?.provider, parts.provider);
  return new Sessions(
    {
      clock,
      wheel: tapped(taps?.wheel, new PacingWheel(clock, () => undefined)),
      converters: createConverterFactory(createResamplerFactory()),
      detectors: (format, onEdge) =>
        new EnergyDetector(format, defaultEnergyDetectorSettings, tapped(taps?.edges, onEdge)),
      tools: tapped(taps?.tools, toolRunner({ registry, clock, log, metrics })),
      prompts: { audio: (_name, format) => promptOf(format) },
      journal: tapped(taps?.journal, parts.journal),
      log,
      metrics: tapped(taps?.metrics, metrics),
    },
    {
      random,
      plan: () => ({
        provider,
        persona,
        personaOf: (key) => personas.find((one) => one.key === key),
        settings,
        turnDetection: { ...turnDetection, authority: settings.authority },
      }),
      callsMax: () => options.callsMax ?? 100,
      isBusy: () => false,
    },
  );
}

/** How the emulator is told to hear turns; who answers them is the settings' affair. */
const turnDetection = {
  kind: 'server_vad',
  threshold: 0.5,
  prefixPaddingMs: 300,
  silenceMs: 500,
  eagerness: 'auto',
} as const;

function tapped<Part>(tap: ((part: Part) => Part) | undefined, part: Part): Part {
  return tap ? tap(part) : part;
}
