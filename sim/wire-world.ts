import { createConverterFactory } from '../src/audio/converter.ts';
import { type AudioFormat, bytesPerMs } from '../src/audio/format.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import type { Metrics } from '../src/observe/observe.ts';
import type { Persona } from '../src/personas/persona.ts';
import { openaiRealtimeProvider } from '../src/providers/openai-realtime/openai-realtime-provider.ts';
import { defaultTiming, type LinkTiming } from '../src/providers/openai-realtime/options.ts';
import { plainOptions } from '../src/providers/openai-realtime/testing/plain-options.ts';
import type { Provider } from '../src/providers/provider.ts';
import { connectInMemory } from '../src/realtime-server/memory-pipe.ts';
import { RealtimeServer } from '../src/realtime-server/realtime-server.ts';
import { type EmulatorScriptSource, emulatorScript } from '../src/realtime-server/script.ts';
import { scriptBrain } from '../src/realtime-server/script-brain.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { Sessions } from '../src/session/sessions.ts';
import { defaultSettings, type SessionSettings } from '../src/session/settings.ts';
import { PacingWheel } from '../src/session/wheel.ts';
import type { SpeechEdge } from '../src/speech/detector.ts';
import { defaultEnergyDetectorSettings, EnergyDetector } from '../src/speech/energy-detector.ts';
import { entriesIn, memoryJournal } from '../src/store/memory-journal.ts';
import type { Journal } from '../src/store/store.ts';
import { hangUpCall } from '../src/tools/hang-up-call.ts';
import { toolRegistry } from '../src/tools/registry.ts';
import { toolRunner } from '../src/tools/runner.ts';
import type { Tool, ToolRunner } from '../src/tools/tool.ts';
import type { AudioSocketFormatName } from '../src/transports/audiosocket/wire.ts';
import { audioSocketFormats } from '../src/transports/audiosocket/wire.ts';
import type { Leg } from '../src/transports/transport.ts';
import { audioSocketRig } from './audiosocket-rig.ts';
import { recordingLog, recordingMetrics } from './recorders.ts';
import { TaggedSound, tags } from './tagged-sound.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface WireWorldOptions {
  readonly seed?: number;
  readonly script: EmulatorScriptSource;
  readonly settings?: Partial<SessionSettings>;
  readonly persona?: Partial<Persona>;
  readonly format?: AudioSocketFormatName;
  readonly wire?: 'pcm24' | 'pcmu' | 'pcma' | 'auto';
  readonly timing?: Partial<LinkTiming>;
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

/**
 * The whole gateway on the virtual clock: production transport, sessions, provider and emulator,
 * joined by pipes in memory. Nothing of it is written again here.
 */
export async function wireWorld(options: WireWorldOptions) {
  const { taps } = options;
  const clock = options.clock ?? new VirtualClock();
  const random = seededRandom(options.seed ?? 1);
  const log = recordingLog();
  const metrics = recordingMetrics();
  const script = emulatorScript.parse(options.script);
  const server = new RealtimeServer({
    clock,
    random,
    brain: scriptBrain(script),
    faults: script.faults,
    ...(options.sessionMsMax === undefined ? {} : { sessionMsMax: options.sessionMsMax }),
  });
  const provider = openaiRealtimeProvider(
    {
      ...plainOptions,
      url: 'ws://emulator/v1/realtime',
      wire: options.wire ?? 'pcm24',
      transcriptionModel: 'gpt-live-transcribe',
      retentionRatio: 0.8,
      timing: { ...defaultTiming, ...options.timing },
    },
    { connect: connectInMemory(server, clock), clock, log, metrics },
  );
  const observed = tapped(taps?.provider, provider);
  const { journal, files } = memoryJournal({ clock, log, metrics, scrub: (json) => json });
  const registry = toolRegistry([hangUpCall, ...(options.tools ?? [])] as Tool[]);
  const settings: SessionSettings = { ...defaultSettings, ...options.settings };
  const persona: Persona = { ...simulatedPersona, ...options.persona };
  const sessions = new Sessions(
    {
      clock,
      wheel: tapped(taps?.wheel, new PacingWheel(clock, () => undefined)),
      converters: createConverterFactory(createResamplerFactory()),
      detectors: (format, onEdge) =>
        new EnergyDetector(format, defaultEnergyDetectorSettings, tapped(taps?.edges, onEdge)),
      tools: tapped(taps?.tools, toolRunner({ registry, clock, log, metrics })),
      prompts: { audio: (_name, format) => promptOf(format) },
      journal: tapped<Journal>(taps?.journal, journal),
      log,
      metrics: tapped<Metrics>(taps?.metrics, metrics),
    },
    {
      random,
      plan: () => ({
        provider: observed,
        persona,
        settings,
        turnDetection: {
          kind: 'server_vad',
          threshold: 0.5,
          prefixPaddingMs: 300,
          silenceMs: 500,
          eagerness: 'auto',
          authority: settings.authority,
        },
      }),
      callsMax: () => options.callsMax ?? 100,
      isBusy: () => false,
    },
  );
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
    /** Places a call and takes it. */
    call(uuid?: string) {
      const { caller, wire, leg, gatewayWire } = rig.call(uuid);
      return { caller, wire, gatewayWire, leg, session: sessions.open(tapped(taps?.leg, leg)) };
    },
  };
}

function tapped<Part>(tap: ((part: Part) => Part) | undefined, part: Part): Part {
  return tap ? tap(part) : part;
}
