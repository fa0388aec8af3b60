import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AudioFormat, alaw8k, bytesPerMs, mulaw8k, pcm } from '../audio/format.ts';
import { alaw, mulaw } from '../audio/g711.ts';
import { seededRandom } from '../runtime/random.ts';
import type { SpeechEdge } from './detector.ts';
import { defaultEnergyDetectorSettings, EnergyDetector } from './energy-detector.ts';
import { assertSelective, type Edge, findEdges } from './vad/testing/detector-trial.ts';
import {
  atLevel,
  bytesOf,
  humanFolder,
  joined,
  pause,
  promptsFolder,
  speechIn,
  withoutHumans,
} from './vad/testing/sounds.ts';

type Settings = typeof defaultEnergyDetectorSettings;

function noise(durationMs: number, levelDbfs: number): Int16Array {
  const random = seededRandom(7);
  const white = Int16Array.from({ length: durationMs * 8 }, () => 20_000 * (random.next() - 0.5));
  return atLevel(white, levelDbfs);
}

function tone(durationMs: number, levelDbfs: number): Int16Array {
  const peak = 32_768 * Math.SQRT2 * 10 ** (levelDbfs / 20);
  return Int16Array.from({ length: durationMs * 8 }, (_, at) => peak * Math.sin(at * 0.35));
}

const make = (settings: Partial<Settings>) => (onEdge: (edge: SpeechEdge) => void) =>
  new EnergyDetector(pcm(8000), { ...defaultEnergyDetectorSettings, ...settings }, onEdge);

const edgesIn = (caller: Int16Array, options: { settings?: Partial<Settings> }): Edge[] =>
  findEdges(make(options.settings ?? {}), caller);

for (const agentDbfs of [-14, -20, -26]) {
  test(`[V9] agent at ${agentDbfs} dBFS: an echo is no interruption, a caller is`, () => {
    assertSelective(make({}), speechIn(promptsFolder, 1), agentDbfs);
  });

  const skip = withoutHumans;
  test(`[V9] the same holds for human speech at ${agentDbfs} dBFS`, { skip }, () => {
    assertSelective(make({}), speechIn(humanFolder, 10), agentDbfs);
  });
}

test('loud speech is confirmed in 90 ms and ends 500 ms after it stops', () => {
  const edges = edgesIn(joined(pause(200), tone(1_000, -20), pause(1_000)), {});
  assert.deepEqual(edges, [
    { edge: 'speech-start', atMs: 300 },
    { edge: 'speech-end', atMs: 1_700 },
  ]);
});

test('a click and a pause between words are no edges', () => {
  assert.deepEqual(edgesIn(joined(pause(500), tone(40, -10), pause(500)), {}), []);
  const sentence = joined(tone(400, -20), pause(400), tone(400, -20), pause(700));
  assert.deepEqual(
    edgesIn(sentence, {}).map(({ edge }) => edge),
    ['speech-start', 'speech-end'],
  );
});

test('steady loud noise is no speech after three seconds, a voice above it is', () => {
  const loudNoise = noise(5_000, -24);
  const voice = joined(loudNoise, tone(600, -8), noise(1_000, -24));
  const edges = edgesIn(voice, {});
  assert.deepEqual(
    edges.map(({ edge }) => edge),
    ['speech-start', 'speech-end', 'speech-start', 'speech-end'],
  );
  assert.ok(edges[1]!.atMs <= 3_000, `noise ended at ${edges[1]!.atMs} ms`);
  assert.ok(edges[2]!.atMs <= 5_120, `voice was heard at ${edges[2]!.atMs} ms`);
});

test('the fixed threshold alone judges when enhancement is off', () => {
  const settings = { isEnhanced: false };
  assert.equal(edgesIn(noise(5_000, -24), { settings }).length, 1);
  assert.equal(edgesIn(noise(5_000, -30), { settings }).length, 0);
});

test('a higher aggressiveness never confirms sooner', () => {
  const onsets = ([0, 1, 2, 3] as const).map((aggressiveness) => {
    return edgesIn(tone(1_000, -20), { settings: { aggressiveness } })[0]?.atMs;
  });
  assert.deepEqual(onsets, [60, 100, 120, 160]);
});

test('a higher confidence wants sound with fewer gaps', () => {
  const stutter = joined(...Array.from({ length: 20 }, () => joined(tone(40, -20), pause(20))));
  assert.equal(edgesIn(stutter, { settings: { confidenceThreshold: 0.6 } }).length, 1);
  assert.equal(edgesIn(stutter, { settings: { confidenceThreshold: 0.9 } }).length, 0);
});

test('a reset forgets speech that goes on, and the next start is told again', () => {
  const edges: string[] = [];
  const onEdge = (edge: string) => edges.push(edge);
  const detector = new EnergyDetector(pcm(8000), defaultEnergyDetectorSettings, onEdge);
  const loud = bytesOf(tone(200, -20));
  detector.push(loud, 0, loud.length);
  detector.reset();
  detector.push(loud, 0, loud.length);
  assert.deepEqual(edges, ['speech-start', 'speech-start']);
});

const voice = joined(pause(300), tone(500, -18), pause(900));
const formats: readonly [AudioFormat, Uint8Array][] = [
  [pcm(8000), bytesOf(voice)],
  [
    pcm(24_000),
    bytesOf(Int16Array.from({ length: voice.length * 3 }, (_, at) => voice[Math.floor(at / 3)]!)),
  ],
  [mulaw8k, Uint8Array.from(voice, (sample) => mulaw.codeOf[sample & 0xffff]!)],
  [alaw8k, Uint8Array.from(voice, (sample) => alaw.codeOf[sample & 0xffff]!)],
];

for (const [format, bytes] of formats) {
  test(`${format.encoding} at ${format.rateHz} Hz gives the same edges however it is cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (cuts) => {
        const edges: Edge[] = [];
        let pushedBytes = 0;
        const onEdge = (edge: SpeechEdge) =>
          edges.push({ edge, atMs: Math.floor(pushedBytes / bytesPerMs(format)) });
        const detector = new EnergyDetector(format, defaultEnergyDetectorSettings, onEdge);
        for (let turn = 0; pushedBytes < bytes.length; turn += 1) {
          const length = Math.min(cuts[turn % cuts.length]!, bytes.length - pushedBytes);
          pushedBytes += length;
          detector.push(bytes, pushedBytes - length, length);
        }
        const longestCutMs = 3_000 / bytesPerMs(format);
        assert.deepEqual(
          edges.map(({ edge }) => edge),
          ['speech-start', 'speech-end'],
        );
        assert.ok(edges[0]!.atMs >= 390 && edges[0]!.atMs <= 390 + longestCutMs);
        assert.ok(edges[1]!.atMs >= 1_300 && edges[1]!.atMs <= 1_300 + longestCutMs);
      }),
      { numRuns: 30 },
    );
  });
}
