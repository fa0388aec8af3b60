/** G.711: every code right, and how fast beside npm `alawmulaw`. */
import { alaw, mulaw } from '../src/audio/g711.ts';
import { g191Alaw, g191Mulaw } from '../src/audio/testing/g191.ts';
import { whiteNoise } from '../src/audio/tone.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { type BenchOptions, inProcess, measureFairly, Report, reportRatio } from './bench.ts';
import { loadPeer, peerMissing } from './peer.load.ts';

/** Sample by sample: its whole-array functions allocate, and waver by 150 % with the collector. */
interface PeerLaw {
  encodeSample(sample: number): number;
  decodeSample(code: number): number;
}

interface PeerModule {
  readonly default: { readonly mulaw: PeerLaw };
}

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('g711');
  for (const [name, law, oracle] of [
    ['µ-law', mulaw, g191Mulaw],
    ['A-law', alaw, g191Alaw],
  ] as const) {
    const right = Array.from({ length: 65_536 }, (_, at) => at - 32_768).filter(
      (sample) => law.codeOf[sample & 0xffff] === oracle(sample),
    ).length;
    report.figure(
      `${name}: codes equal to ITU-T G.191`,
      right,
      'of 65536',
      '= 65536',
      right === 65_536,
    );
  }
  const peer = (await loadPeer('alawmulaw')) as PeerModule | null;
  if (peer) reportSpeed(report, peer.default.mulaw);
  else report.notJudged('µ-law against npm alawmulaw', '×', `>= ${speedUp}`, peerMissing);
  return report.finish(options);
}

/** A table instead of arithmetic; measured 8 times. */
const speedUp = 4;

/** µ-law alone: A-law is the same loop over another table. */
function reportSpeed(report: Report, peer: PeerLaw): void {
  const { codeOf, sampleOf } = mulaw;
  const samples = whiteNoise(seededRandom(1), 160);
  const codes = Uint8Array.from(samples, (sample) => codeOf[sample & 0xffff]!);
  const codesOut = new Uint8Array(160);
  const samplesOut = new Int16Array(160);
  const found = measureFairly([
    inProcess('encode', (times) => {
      for (let turn = 0; turn < times; turn += 1) {
        for (let at = 0; at < 160; at += 1) codesOut[at] = codeOf[samples[at]! & 0xffff]!;
      }
    }),
    inProcess('decode', (times) => {
      for (let turn = 0; turn < times; turn += 1) {
        for (let at = 0; at < 160; at += 1) samplesOut[at] = sampleOf[codes[at]!]!;
      }
    }),
    inProcess('peer encode', (times) => {
      for (let turn = 0; turn < times; turn += 1) {
        for (let at = 0; at < 160; at += 1) codesOut[at] = peer.encodeSample(samples[at]!);
      }
    }),
    inProcess('peer decode', (times) => {
      for (let turn = 0; turn < times; turn += 1) {
        for (let at = 0; at < 160; at += 1) samplesOut[at] = peer.decodeSample(codes[at]!);
      }
    }),
  ]);
  for (const task of ['encode', 'decode']) {
    const ours = found.get(task)!;
    report.inform(`µ-law: ${task}`, ours.microseconds, 'µs per 20 ms');
    const pair = { ours, peer: found.get(`peer ${task}`)!, least: speedUp };
    reportRatio(report, `µ-law: ${task} against npm alawmulaw`, pair);
  }
}
