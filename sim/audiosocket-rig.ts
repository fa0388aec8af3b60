import { createConverterFactory } from '../src/audio/converter.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import type { LegParts } from '../src/transports/audiosocket/leg.ts';
import {
  type AnnouncedCalls,
  type AudioSocketOptions,
  AudioSocketTransport,
  defaultAudioSocketOptions,
} from '../src/transports/audiosocket/server.ts';
import { audioSocketFormats } from '../src/transports/audiosocket/wire.ts';
import type { Leg, LegEvent } from '../src/transports/transport.ts';
import { AudioSocketCaller, copyOf } from './audiosocket-caller.ts';
import { type PipeEnd, PipeListener } from './byte-pipe.ts';
import { recordingLog, recordingMetrics } from './recorders.ts';
import { VirtualClock } from './virtual-clock.ts';

export const someUuid = '40325ec2-5efd-4bd3-805f-53576e581d13';

/** No call was announced, and nobody asks what comes next. */
const noCalls: AnnouncedCalls = {
  claim: () => null,
  release: () => undefined,
  transfer: () => undefined,
};

export interface AudioSocketRigOptions {
  readonly server?: Partial<AudioSocketOptions>;
  readonly leg?: Partial<LegParts>;
  readonly calls?: AnnouncedCalls;
  readonly listener?: PipeListener;
  readonly clock?: VirtualClock;
}

/** What a leg told, with audio copied: the leg uses its object again. */
export function recordEvents(leg: Leg): LegEvent[] {
  const events: LegEvent[] = [];
  leg.open((event) => {
    if (event.type !== 'caller-audio') events.push(event);
    else {
      const bytes = copyOf(event.bytes, event.offset, event.length);
      events.push({ type: 'caller-audio', bytes, offset: 0, length: bytes.length });
    }
  });
  return events;
}

/** The production transport on the virtual clock, and a way to call it. */
export async function audioSocketRig(options: AudioSocketRigOptions = {}) {
  const clock = options.clock ?? new VirtualClock();
  const log = recordingLog();
  const metrics = recordingMetrics();
  const listener = options.listener ?? new PipeListener({ clock, latencyMs: 1 });
  const parts = {
    clock,
    log,
    metrics,
    listener,
    calls: options.calls ?? noCalls,
    converterOf: createConverterFactory(createResamplerFactory()),
    format: audioSocketFormats.slin,
    farEndDelayMs: 0,
    ...options.leg,
  };
  const server = { ...defaultAudioSocketOptions, ...options.server };
  const transport = new AudioSocketTransport(parts, server);
  const legs: Leg[] = [];
  const closer = await transport.listen((leg) => legs.push(leg));
  return {
    clock,
    log,
    metrics,
    closer,
    legs,
    /** Connects without a word. */
    connect(from?: string): { readonly caller: AudioSocketCaller; readonly wire: PipeEnd } {
      const wire = listener.connect(from);
      return { caller: new AudioSocketCaller(wire), wire };
    },
    /** Connects, sends a UUID and waits for its leg. */
    call(uuid = someUuid, from?: string) {
      const { caller, wire } = this.connect(from);
      caller.sendUuid(uuid);
      clock.advance(10);
      const leg = legs.at(-1);
      if (leg?.id !== uuid) throw new Error(`no leg for ${uuid}`);
      return { caller, wire, leg, gatewayWire: wire.farEnd };
    },
  };
}
