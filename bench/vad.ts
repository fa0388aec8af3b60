/** The detector of speech: what it costs a call, how soon it hears, what does not deceive it. */
import { type AudioFormat, frameBytes, frameMs, mulaw8k, pcm } from '../src/audio/format.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { hopMs } from '../src/speech/vad/hop-listener.ts';
import { openSilero, type Silero } from '../src/speech/vad/silero.ts';
import type { SileroDetectorSettings } from '../src/speech/vad/silero-detector.ts';
import { hopSamples, SpeechMemory } from '../src/speech/vad/speech-network.ts';
import {
  findEdges,
  findOnsets,
  type MakeDetector,
} from '../src/speech/vad/testing/detector-trial.ts';
import { plainNetwork } from '../src/speech/vad/testing/plain-network.ts';
import {
  atLevel,
  humanFolder,
  otherSounds,
  pause,
  pinkNoise,
  speechIn,
  withoutHumans,
} from '../src/speech/vad/testing/sounds.ts';
import { readWeights } from '../src/speech/vad/weights.ts';
import {
  type BenchOptions,
  garbagePerFrame,
  inProcess,
  measureFairly,
  percentile,
  Report,
  Times,
} from './bench.ts';

/** The defaults of `vad` in the configuration. */
const settings: SileroDetectorSettings = {
  aggressiveness: 1,
  confidenceThreshold: 0.6,
  energyThreshold: 1500,
  isEnhanced: true,
};

/** Takes turns on one network, as the calls of a gateway do. */
const callCount = 50;
const hopMicrosecondsMax = 60;

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('vad');
  const clock = systemClock();
  const times = await Times.begin(report, clock);
  const beginMs = clock.monotonicMs();
  const silero = openSilero();
  if (silero === null) {
    report.notJudged('everything', '', '', 'this machine has no SIMD in WebAssembly');
    return report.finish(options);
  }
  report.inform('reading weights, warming up', clock.monotonicMs() - beginMs, 'ms');
  const make: MakeDetector = (onEdge) => silero.detector(pcm(8000), settings, onEdge);
  reportOtherSounds(report, make);
  reportOnsets(report, make);
  await reportCost(report, times, silero);
  return report.finish(options);
}

function reportOtherSounds(report: Report, make: MakeDetector): void {
  for (const [name, sound] of Object.entries(otherSounds)) {
    const edges = [-40, -26, -14].flatMap((dbfs) => findEdges(make, atLevel(sound(30_000), dbfs)));
    report.atMost(`starts in 30 s of ${name}, soft, middling, loud`, edges.length, '', 0);
  }
}

function reportOnsets(report: Report, make: MakeDetector): void {
  const title = 'people, start of speech to its confirmation';
  if (withoutHumans) {
    report.notJudged(`${title}, p50`, 'ms', '<= 140', withoutHumans);
    return;
  }
  const people = speechIn(humanFolder, 6);
  for (const [name, background] of [
    ['on a silent line', pause(20)],
    ['noise 20 dB below', atLevel(pinkNoise(20_000), -40)],
    ['noise 10 dB below', atLevel(pinkNoise(20_000), -30)],
    ['noise 5 dB below', atLevel(pinkNoise(20_000), -25)],
  ] as const) {
    const { startMs, endMs, missedCount, extraCount } = findOnsets(make, people, background);
    const isSilent = name === 'on a silent line';
    if (isSilent) report.atMost(`${title}, p50`, percentile(startMs, 50), 'ms', 140);
    else report.inform(`${name}: start, p50`, percentile(startMs, 50), 'ms');
    report.inform(`${name}: start, p90`, percentile(startMs, 90), 'ms');
    report.inform(`${name}: end beyond the hang-over, p50`, percentile(endMs, 50) - 500, 'ms');
    report.inform(`${name}: starts in mid-speech, of ${people.length}`, extraCount, '');
    report.atMost(`${name}: missed, of ${people.length}`, missedCount, '', 0);
  }
}

async function reportCost(report: Report, times: Times, silero: Silero): Promise<void> {
  const legs = [
    ['µ-law 8 kHz', mulaw8k],
    ['PCM 24 kHz', pcm(24_000)],
  ] as const;
  const works = legs.map(([name, format]) => ({ name, work: hearFrames(silero, format) }));
  const found = measureFairly([
    ...works.map(({ name, work }) => inProcess(name, work)),
    inProcess('plain', judgeHops()),
  ]);
  const perHop = works.map(({ name }) => ({
    name: `${name}: a hop of ${hopMs} ms, ${callCount} calls in turn`,
    value: (found.get(name)!.microseconds * hopMs) / frameMs,
    unit: 'µs',
    most: hopMicrosecondsMax,
  }));
  for (const { name, work } of works) {
    report.atMost(`${name}: garbage`, garbagePerFrame(work), 'bytes per frame', 32);
  }
  report.inform('the oracle in plain TypeScript: a hop', found.get('plain')!.microseconds, 'µs');
  await times.judge(perHop);
}

/** Frames of one second of noise, given to all calls in turn. */
function hearFrames(silero: Silero, format: AudioFormat): (times: number) => void {
  const detectors = Array.from({ length: callCount }, () =>
    silero.detector(format, settings, () => undefined),
  );
  const length = frameBytes(format);
  const second = Uint8Array.from({ length: 50 * length }, (_, at) => (at * 131 + (at >> 5)) & 0xff);
  return (times) => {
    for (let turn = 0; turn < times; turn += 1) {
      detectors[turn % callCount]!.push(second, (turn % 50) * length, length);
    }
  };
}

function judgeHops(): (times: number) => void {
  const network = plainNetwork(readWeights());
  const memory = new SpeechMemory();
  const hop = Float32Array.from({ length: hopSamples }, (_, at) => Math.sin(at / 3));
  return (times) => {
    for (let turn = 0; turn < times; turn += 1) network.probability(hop, memory);
  };
}
