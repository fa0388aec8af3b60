/** The resamplers: how true they are, how late, and how fast beside others. */
import { type ConverterFactory, createConverterFactory } from '../src/audio/converter.ts';
import { type AudioFormat, frameBytes, mulaw8k, pcm, type RateHz } from '../src/audio/format.ts';
import { createResamplerFactory, type ResamplerFactory } from '../src/audio/resample.ts';
import { sine, whiteNoise } from '../src/audio/tone.ts';
import { decibels, fitTone, rmsOf } from '../src/audio/tone-fit.ts';
import { seededRandom } from '../src/runtime/random.ts';
import {
  type BenchOptions,
  garbagePerFrame,
  inProcess,
  type Measured,
  measureFairly,
  Report,
  reportRatio,
  type Variant,
} from './bench.ts';
import { peerMissing } from './peer.load.ts';
import {
  buildCSpeex,
  type Conversion,
  type CSpeex,
  echogarden,
  speexResampler,
} from './resample.peers.ts';

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('resample');
  const best = createResamplerFactory();
  report.note(`kernel: ${best.kernel}`);
  reportQuality(report, best);
  const cSpeex = buildCSpeex();
  if (!cSpeex) report.note('skipped: C speexdsp (needs cc and libspeexdsp-dev)');
  const noise = whiteNoise(seededRandom(1), 480);
  const up: Conversion = { fromHz: 8000, toHz: 24000, frame: noise.slice(0, 160) };
  const down: Conversion = { fromHz: 24000, toHz: 8000, frame: noise };
  await reportSpeed(report, up, { best, cSpeex, npmLeast: 10, cLeast: 2.5 });
  await reportSpeed(report, down, { best, cSpeex, npmLeast: 9, cLeast: 1.9 });
  cSpeex?.remove();
  reportConverter(report, createConverterFactory(best));
  return report.finish(options);
}

/** Half a second of -6 dBFS, and all that comes out but the beginning. */
function through(factory: ResamplerFactory, route: readonly RateHz[], samples: Int16Array) {
  let out = samples;
  for (const [at, toHz] of route.slice(1).entries()) {
    const resampler = factory.open(route[at]!, toHz);
    const frames: number[] = [];
    for (let from = 0; from < out.length; from += resampler.blockSamples) {
      const block = out.subarray(from, from + resampler.blockSamples);
      resampler.source.samples.set(block);
      frames.push(...resampler.target.samples.subarray(0, resampler.run(block.length)));
    }
    resampler.close();
    out = Int16Array.from(frames);
  }
  return out.subarray(out.length / 5);
}

function tonesHz(firstHz: number, lastHz: number): number[] {
  return Array.from({ length: (lastHz - firstHz) / 100 + 1 }, (_, at) => firstHz + 100 * at);
}

function fitsOf(factory: ResamplerFactory, route: readonly RateHz[], hertz: readonly number[]) {
  return hertz.map((hz) => {
    const tone = sine({ rateHz: route[0]!, hz, sampleCount: route[0]! / 2, phase: 0.3 });
    return fitTone(through(factory, route, tone), route.at(-1)!, hz);
  });
}

function reportQuality(report: Report, factory: ResamplerFactory): void {
  const rejections = tonesHz(4200, 11_800).map((hz) => {
    const tone = sine({ rateHz: 24000, hz, sampleCount: 12_000, phase: 0.3 });
    return decibels(rmsOf(tone) / rmsOf(through(factory, [24000, 8000], tone)));
  });
  const worst = Math.min(...rejections);
  report.atLeast('24→8 kHz: worst alias rejection, 4.2 to 11.8 kHz', worst, 'dB', 80);
  const routes: readonly (readonly RateHz[])[] = [
    [24000, 8000],
    [8000, 24000],
  ];
  for (const route of routes) {
    const title = route.map((rateHz) => rateHz / 1000).join('→');
    const gains = fitsOf(factory, route, tonesHz(300, 3400)).map((fit) => decibels(fit.amplitude));
    const ripple = Math.max(...gains) - Math.min(...gains);
    report.atMost(`${title} kHz: ripple, 300 to 3400 Hz`, ripple, 'dB', 0.01);
    const snr = fitsOf(factory, route, tonesHz(100, 3400)).map((fit) => fit.snrDb);
    report.atLeast(`${title} kHz: worst SNR, 100 to 3400 Hz`, Math.min(...snr), 'dB', 86);
    report.atMost(`${title} kHz: delay`, measuredDelayMs(factory, route), 'ms', 4.2);
  }
  const there = fitsOf(factory, [8000, 24000, 8000], tonesHz(100, 3400)).map((fit) => fit.snrDb);
  report.atLeast('8→24→8 kHz: worst SNR', Math.min(...there), 'dB', 85);
  report.atLeast('24→8 kHz: speech over aliased hiss', speechOverHissDb(factory), 'dB', 80);
}

/**
 * Where the energy of a click lies, in less it lay before. 20 ms out for 20 ms in: no more waits.
 */
function measuredDelayMs(factory: ResamplerFactory, route: readonly RateHz[]): number {
  const [fromHz, toHz] = [route[0]!, route[1]!];
  const click = new Int16Array(fromHz / 10);
  click[click.length / 2] = 20_000;
  const out = through(factory, route, click);
  let energy = 0;
  let moment = 0;
  out.forEach((sample, at) => {
    energy += sample ** 2;
    moment += (at + toHz / 50) * sample ** 2;
  });
  return (moment / energy / toHz) * 1000 - 50;
}

/**
 * A voice (24 tones, 150 to 3347 Hz) with and without an equally loud hiss that only the 24 kHz
 * side can hold (24 tones, 4.3 to 8.7 kHz): how far what the hiss adds at 8 kHz lies below the
 * voice.
 */
function speechOverHissDb(factory: ResamplerFactory): number {
  const tones = (firstHz: number, stepHz: number) =>
    Float64Array.from({ length: 24_000 }, (_, index) => {
      let sum = 0;
      for (let tone = 0; tone < 24; tone += 1) {
        const hz = firstHz + stepHz * tone;
        sum += Math.sin((2 * Math.PI * hz * index) / 24000 + tone ** 2);
      }
      return 1300 * sum;
    });
  const voice = tones(150, 139);
  const hiss = tones(4300, 191);
  const alone = through(factory, [24000, 8000], Int16Array.from(voice, Math.round));
  const both = voice.map((sample, at) => sample + hiss[at]!);
  const mixed = through(factory, [24000, 8000], Int16Array.from(both, Math.round));
  return decibels(rmsOf(alone) / rmsOf(mixed.map((sample, at) => sample - alone[at]!)));
}

/** Copies a frame in, converts, copies the result out: what a caller of ours does. */
function ours(name: string, factory: ResamplerFactory, conversion: Conversion): Variant {
  const { fromHz, toHz, frame } = conversion;
  const resampler = factory.open(fromHz, toHz);
  const bytes = Buffer.from(frame.buffer);
  const target = Buffer.alloc(2 * resampler.samplesMax(frame.length));
  return inProcess(name, (times) => {
    for (let turn = 0; turn < times; turn += 1) {
      bytes.copy(resampler.source.bytes);
      resampler.target.bytes.copy(target, 0, 0, 2 * resampler.run(frame.length));
    }
  });
}

async function reportSpeed(
  report: Report,
  conversion: Conversion,
  peers: { best: ResamplerFactory; cSpeex: CSpeex | null; npmLeast: number; cLeast: number },
): Promise<void> {
  const title = `${conversion.fromHz / 1000}→${conversion.toHz / 1000} kHz`;
  const plain = createResamplerFactory({ kernel: 'plain' });
  const variants = [
    ours('SIMD', peers.best, conversion),
    ours('plain TypeScript', plain, conversion),
    await speexResampler(conversion),
    await echogarden(conversion),
    peers.cSpeex?.variant(conversion),
  ].filter((variant) => variant !== null && variant !== undefined);
  const found = measureFairly(variants);
  for (const [name, { microseconds }] of found) {
    report.inform(`${title}: ${name}`, microseconds, 'µs per 20 ms');
  }
  const compare = (name: string, pair: [string, string], least: number) => {
    const [oursFound, peer] = pair.map((variant) => found.get(variant)) as [Measured, Measured];
    if (peer) reportRatio(report, `${title}: ${name}`, { ours: oursFound, peer, least });
    else report.notJudged(`${title}: ${name}`, '×', `>= ${least}`, peerMissing);
  };
  compare('SIMD to npm speex-resampler q5', ['SIMD', 'npm speex-resampler q5'], peers.npmLeast);
  compare('plain to npm speex-resampler q5', ['plain TypeScript', 'npm speex-resampler q5'], 1.3);
  if (peers.cSpeex) compare('SIMD to C speexdsp q5', ['SIMD', 'C speexdsp q5'], peers.cLeast);
}

const framesPerSecond = 50;

/** What a second of a call costs in conversions, both ways, and what garbage each frame leaves. */
function reportConverter(report: Report, open: ConverterFactory): void {
  const legs: readonly (readonly [string, AudioFormat])[] = [
    ['µ-law 8 kHz', mulaw8k],
    ['PCM 8 kHz', pcm(8000)],
    ['PCM 16 kHz', pcm(16000)],
  ];
  for (const [name, leg] of legs) {
    const up = convertFrames(open, leg, pcm(24000));
    const down = convertFrames(open, pcm(24000), leg);
    const found = measureFairly([inProcess('up', up), inProcess('down', down)]);
    const perFrame = [...found.values()].reduce((sum, { microseconds }) => sum + microseconds, 0);
    const perSecond = (perFrame * framesPerSecond) / 1000;
    report.inform(`converting ${name} to 24 kHz and back`, perSecond, 'ms CPU per call-second');
    const garbage = (garbagePerFrame(up) + garbagePerFrame(down)) / 2;
    report.atMost(`garbage of converting ${name}`, garbage, 'bytes per frame', 16);
  }
}

function convertFrames(open: ConverterFactory, from: AudioFormat, to: AudioFormat) {
  const converter = open(from, to);
  const random = seededRandom(2);
  const source = Buffer.from(
    Array.from({ length: frameBytes(from) }, () => Math.floor(random.next() * 256)),
  );
  const target = Buffer.alloc(converter.bytesMax(source.length));
  return (times: number) => {
    for (let turn = 0; turn < times; turn += 1) {
      converter.convert(source, 0, source.length, target, 0);
    }
  };
}
