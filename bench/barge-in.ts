/**
 * A caller who cuts in: how soon the agent is silent, and whether the model is told the truth about
 * what was heard. 100 calls at once, by the audio that the callers have received.
 */
import { systemClock } from '../src/runtime/clock.ts';
import { type BenchOptions, percentile, Report, Times } from './bench.ts';
import { startGateway } from './gateway.process.ts';
import { type Interruption, Load, type LoadSettings } from './load.process.ts';

const calls = 100;
const rounds = 6;
/** Longer than any interruption waits. */
const replyMs = 4_000;
const frameMs = 20;

interface Case extends Pick<LoadSettings, 'format' | 'wire'> {
  readonly name: string;
  readonly says: 'ramp' | 'ladder';
}

const cases: readonly Case[] = [
  { name: 'slin24 by pcm24', format: 'slin24', wire: 'pcm24', says: 'ramp' },
  { name: 'slin by pcm24', format: 'slin', wire: 'pcm24', says: 'ladder' },
  { name: 'µ-law by pcmu', format: 'ulaw', wire: 'pcmu', says: 'ladder' },
];

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('barge-in');
  const times = await Times.begin(report, systemClock());
  const latest = [];
  for (const one of cases) {
    const found = await interrupted(one);
    reportTruth(report, one, found);
    const latenessMs = found.map(({ lastFrameMs }) => lastFrameMs);
    const name = `${one.name}: last agent frame after speech_started, p99`;
    latest.push({ name, value: percentile(latenessMs, 99), unit: 'ms', most: 20 });
  }
  await times.judge(latest);
  return report.finish(options);
}

async function interrupted({ format, wire, says }: Case): Promise<Interruption[]> {
  const load = await Load.start({
    by: 'audiosocket',
    format,
    wire,
    says,
    replyMs,
    isTalkative: false,
  });
  const gateway = await startGateway({ modelUrl: load.modelUrl, format, wire });
  try {
    await load.connect({ port: gateway.callPort, calls, isSpeaking: true });
    return await load.interrupt(rounds);
  } finally {
    await load.stop();
    await gateway.stop();
  }
}

/** `audio_end_ms` against the recording of the caller. */
function reportTruth(report: Report, { name }: Case, found: readonly Interruption[]): void {
  const told = found.flatMap(({ shownMs, truncatedAtMs }) =>
    truncatedAtMs === null ? [] : shownMs - truncatedAtMs,
  );
  report.figure(
    `${name}: interruptions told to the model`,
    told.length,
    `of ${found.length}`,
    'all',
    told.length === found.length,
  );
  report.atMost(`${name}: heard and not told, most`, Math.max(...told), 'ms', frameMs);
  report.atLeast(`${name}: heard and not told, least`, Math.min(...told), 'ms', 0);
}
