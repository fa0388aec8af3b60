import { frameMs } from '../src/audio/format.ts';
import { mulaw } from '../src/audio/g711.ts';
import {
  indexRamp,
  ladderHz,
  rampIndex,
  sine,
  strongestHz,
  toneLadder,
} from '../src/audio/tone.ts';

export type Wire = 'pcm24' | 'pcmu';
export type Sound = 'tone' | 'ramp' | 'ladder';

/** What the model says, cut into deltas of base64. */
export interface SpokenAudio {
  readonly deltaMs: number;
  readonly deltas: readonly string[];
}

const rates = { pcm24: 24_000, pcmu: 8_000 } as const;

/** The vendor sends about 100 ms of audio a message. */
const deltaMs = 100;

export function spokenAudio(sound: Sound, wire: Wire, durationMs: number): SpokenAudio {
  const rateHz = rates[wire];
  const sampleCount = (rateHz / 1000) * durationMs;
  const samples = {
    tone: () => sine({ rateHz, hz: 440, sampleCount, amplitude: 0.3 }),
    ramp: () => indexRamp(sampleCount),
    ladder: () => toneLadder({ rateHz, rungMs: frameMs, sampleCount }),
  }[sound]();
  const bytes = wire === 'pcm24' ? Buffer.from(samples.buffer) : companded(samples);
  const deltaBytes = (bytes.length / durationMs) * deltaMs;
  const deltas = Array.from({ length: durationMs / deltaMs }, (_, at) =>
    bytes.toString('base64', at * deltaBytes, (at + 1) * deltaBytes),
  );
  return { deltaMs, deltas };
}

function companded(samples: Int16Array): Buffer {
  return Buffer.from(Uint8Array.from(samples, (sample) => mulaw.codeOf[sample & 0xffff]!));
}

/** How much of the model's audio the frames that a caller has heard show, in ms. */
export function shownMs(sound: 'ramp' | 'ladder', frames: readonly Int16Array[]): number {
  const last = frames.at(-1);
  if (!last) return 0;
  return sound === 'ramp' ? rampShownMs(frames, last) : ladderShownMs(frames, last);
}

/** The ramp counts to 65,535 and over again; which time round it is, the count of frames tells. */
function rampShownMs(frames: readonly Int16Array[], last: Int16Array): number {
  const shown = rampIndex(last.at(-1)!) + 1;
  const period = 65_535;
  const heardSamples = frames.reduce((sum, { length }) => sum + length, 0);
  const rounds = Math.round((heardSamples - shown) / period);
  return (shown + rounds * period) / (rates.pcm24 / 1000);
}

function ladderShownMs(frames: readonly Int16Array[], last: Int16Array): number {
  const rung = ladderHz.indexOf(strongestHz(last, 8_000, ladderHz)) + 1;
  const rounds = Math.round((frames.length - rung) / ladderHz.length);
  return (rung + rounds * ladderHz.length) * frameMs;
}
