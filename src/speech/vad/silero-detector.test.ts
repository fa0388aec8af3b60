import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createConverterFactory } from '../../audio/converter.ts';
import { alaw8k, bytesPerMs, mulaw8k, pcm } from '../../audio/format.ts';
import { createResamplerFactory } from '../../audio/resample.ts';
import { writeWav } from '../../audio/wav.ts';
import type { SpeechEdge } from '../detector.ts';
import { recordingIn } from '../recordings.ts';
import { openSilero } from './silero.ts';
import type { SileroDetectorSettings } from './silero-detector.ts';
import {
  assertSelective,
  type Edge,
  findEdges,
  findOnsets,
  type MakeDetector,
  type Onsets,
} from './testing/detector-trial.ts';
import {
  atLevel,
  bytesOf,
  humanFolder,
  joined,
  otherSounds,
  pause,
  pinkNoise,
  promptsFolder,
  speechIn,
  withoutHumans,
} from './testing/sounds.ts';

const silero = openSilero();
assert.ok(silero !== null, 'this machine has SIMD');

const defaults: SileroDetectorSettings = {
  aggressiveness: 1,
  confidenceThreshold: 0.6,
  energyThreshold: 1500,
  isEnhanced: true,
};

const make =
  (settings: Partial<SileroDetectorSettings> = {}): MakeDetector =>
  (onEdge) =>
    silero.detector(pcm(8000), { ...defaults, ...settings }, onEdge);

const names = (edges: readonly Edge[]): SpeechEdge[] => edges.map(({ edge }) => edge);
const prompts = speechIn(promptsFolder, 1);
const middleOf = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[values.length >> 1]!;

for (const [name, sound] of Object.entries(otherSounds)) {
  test(`[V9] [B4] 30 s of ${name} are no speech, soft, middling or loud`, () => {
    for (const levelDbfs of [-40, -26, -14]) {
      assert.deepEqual(findEdges(make(), atLevel(sound(30_000), levelDbfs)), []);
    }
  });
}

for (const agentDbfs of [-14, -20, -26]) {
  test(`[V9] [B4] Silero, agent at ${agentDbfs} dBFS: no echo interrupts, a caller does`, () => {
    assertSelective(make(), prompts, agentDbfs);
  });

  const skip = withoutHumans;
  test(`[V9] Silero: the same for human speech at ${agentDbfs} dBFS`, { skip }, () => {
    assertSelective(make(), speechIn(humanFolder, 20), agentDbfs);
  });
}

function assertPrompt(onsets: Onsets, startMsMax: number): void {
  const said = JSON.stringify(onsets);
  assert.equal(onsets.missedCount, 0, said);
  assert.equal(onsets.extraCount, 0, said);
  assert.ok(middleOf(onsets.startMs) <= startMsMax, said);
  assert.ok(middleOf(onsets.endMs) <= 700, said);
}

test('the recordings that come with Offhook are heard within 140 ms, also in noise', () => {
  assertPrompt(findOnsets(make(), prompts), 140);
  assertPrompt(findOnsets(make(), prompts, atLevel(pinkNoise(10_000), -40)), 140);
});

test('people are heard within 140 ms, 160 ms in noise 10 dB below', { skip: withoutHumans }, () => {
  const people = speechIn(humanFolder, 12);
  assertPrompt(findOnsets(make(), people), 140);
  assertPrompt(findOnsets(make(), people, atLevel(pinkNoise(10_000), -30)), 160);
});

test('a soft talker at -45 dBFS is heard on a quiet line', () => {
  const [first] = findEdges(make(), atLevel(prompts[0]!, -45));
  assert.equal(first?.edge, 'speech-start');
});

test('after a minute of noise a voice is heard at most 100 ms later than at first', () => {
  const voice = joined(atLevel(prompts[0]!, -20), pause(1_000));
  const noise = atLevel(pinkNoise(60_000), -40);
  const [atFirst, later] = [findEdges(make(), voice), findEdges(make(), joined(noise, voice))];
  assert.deepEqual(names(later), names(atFirst));
  const delayMs = later[0]!.atMs - 60_000 - atFirst[0]!.atMs;
  assert.ok(delayMs <= 100, `${delayMs} ms later`);
});

test('the hang-over in force decides how soon speech ends', () => {
  const voice = joined(atLevel(prompts[0]!, -20), pause(1_500));
  const endMs = [300, 500, 900].map((hangOverMs) => {
    const edges = findEdges((onEdge) => {
      const detector = silero.detector(pcm(8000), defaults, onEdge);
      detector.setHangOverMs(hangOverMs);
      return detector;
    }, voice);
    return edges.at(-1)!.atMs - hangOverMs;
  });
  assert.ok(Math.max(...endMs) - Math.min(...endMs) <= 52, `${endMs}`);
});

test('a higher aggressiveness confirms later, the highest within 250 ms', () => {
  const startMs = ([0, 1, 2, 3] as const).map((aggressiveness) =>
    middleOf(findOnsets(make({ aggressiveness }), prompts).startMs),
  );
  assert.deepEqual(
    startMs,
    startMs.toSorted((left, right) => left - right),
  );
  assert.ok(startMs[3]! > startMs[0]! && startMs[3]! <= 250, `${startMs}`);
});

test('a higher confidence wants a voice with fewer gaps', () => {
  const syllable = atLevel(prompts[0]!, -20).subarray(1_600, 2_400);
  const stutter = joined(...Array.from({ length: 12 }, () => joined(syllable, pause(150))));
  const counts = [0.3, 1].map(
    (confidenceThreshold) => findEdges(make({ confidenceThreshold }), stutter).length,
  );
  assert.ok(counts[0]! > 0 && counts[1] === 0, `${counts}`);
});

test('the energy threshold holds callers against the agent, and only while it speaks', () => {
  const agent = atLevel(prompts[0]!, -20);
  const caller = atLevel(prompts[1]!, -26);
  const strict = make({ energyThreshold: 6000 });
  assert.deepEqual(findEdges(strict, caller, agent), []);
  assert.equal(findEdges(strict, caller)[0]?.edge, 'speech-start');
});

test('without enhancement the network alone judges, and an echo is a voice to it', () => {
  const agent = atLevel(prompts[0]!, -20);
  const echo = atLevel(prompts[0]!, -40);
  assert.equal(findEdges(make({ isEnhanced: false }), echo, agent)[0]?.edge, 'speech-start');
});

test('a reset forgets speech that goes on, and the next start is told again', () => {
  const edges: SpeechEdge[] = [];
  const detector = silero.detector(pcm(8000), defaults, (edge) => edges.push(edge));
  const voice = bytesOf(atLevel(prompts[0]!, -20).slice(0, 8_000));
  detector.push(voice, 0, voice.length);
  detector.reset();
  detector.push(voice, 0, voice.length);
  assert.deepEqual(edges, ['speech-start', 'speech-start']);
});

const converters = createConverterFactory(createResamplerFactory());
const apology = readFileSync(join(promptsFolder, 'apology.wav'));
const silenceWav = writeWav(8000, [pause(1_000)]);
const formats = [mulaw8k, alaw8k, pcm(8000), pcm(16_000), pcm(24_000), pcm(48_000)];

for (const format of formats) {
  test(`${format.encoding} at ${format.rateHz} Hz gives the same edges however it is cut`, () => {
    const voice = recordingIn(apology, format, converters).subarray(0, 1_500 * bytesPerMs(format));
    const bytes = Buffer.concat([voice, recordingIn(silenceWav, format, converters)]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (cuts) => {
        const edges: Edge[] = [];
        let pushedBytes = 0;
        const detector = silero.detector(format, defaults, (edge) =>
          edges.push({ edge, atMs: pushedBytes / bytesPerMs(format) }),
        );
        for (let turn = 0; pushedBytes < bytes.length; turn += 1) {
          const length = Math.min(cuts[turn % cuts.length]!, bytes.length - pushedBytes);
          pushedBytes += length;
          detector.push(bytes, pushedBytes - length, length);
        }
        assert.deepEqual(names(edges), ['speech-start', 'speech-end']);
        const longestCutMs = 3_000 / bytesPerMs(format);
        assert.ok(edges[0]!.atMs <= 250 + longestCutMs, `heard at ${edges[0]!.atMs} ms`);
        const endMs = edges[1]!.atMs;
        assert.ok(endMs >= 1_900 && endMs <= 2_200 + longestCutMs, `ended at ${endMs} ms`);
      }),
      { numRuns: 10 },
    );
  });
}
