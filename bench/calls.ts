/**
 * Whole calls through whole processes: what a call costs the gateway, held against a forwarder that
 * does nothing with what it moves, against the gateway as it is usually written, and against the
 * layer of a vendor's own kit. CPU of the gateway's process alone; callers and model are another.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { frameBytes, mulaw8k, pcm } from '../src/audio/format.ts';
import { AppendWriter } from '../src/providers/openai-realtime/append.ts';
import { audioSocketFormats, headerBytes } from '../src/transports/audiosocket/wire.ts';
import { type BenchOptions, type Measured as Cost, Report, reportRatio } from './bench.ts';
import { startGateway } from './gateway.process.ts';
import type { Wire } from './load.audio.ts';
import { answerOf, Load, type Measured } from './load.process.ts';
import { loadPeer, peerMissing } from './peer.load.ts';

const calls = 300;
/** Two or three sentences. */
const replyMs = 10_000;
/** From the last call's beginning: the code is compiled, the replies have begun. */
const settleMs = 3_000;
const measureMs = 6_000;
const searchMs = 3_000;
/** Tried in order until the naive gateway falls short. */
const naiveCalls = [25, 50, 75, 100, 125, 150, 200];
const deliveredLeast = 0.99;
const onTimeLeast = 99.9;

/** A gateway to be measured, in a process of its own. */
interface Subject {
  readonly callPort: number;
  /** CPU of all its threads so far. */
  cpuMs(): Promise<number>;
  /** Frames it had none for in mid-reply; `null` where it does not say. */
  underruns(): Promise<number | null>;
  stop(): Promise<void>;
}

type Start = (modelUrl: string, wire: Wire) => Promise<Subject>;

const modelFormats = { pcm24: pcm(24_000), pcmu: mulaw8k };
/** The callers for whom each wire is taken by itself (`wire: auto`). */
const formats = { pcm24: 'slin', pcmu: 'ulaw' } as const;

interface Run extends Measured {
  readonly calls: number;
  /** CPU of one second of one call, ms. */
  readonly cpuMs: number;
  /** Agent speech that reached the callers, as a part of what was due. */
  readonly delivered: number;
  readonly underruns: number | null;
}

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('calls');
  await againstFloor(report, 'pcm24', 0.6);
  await againstFloor(report, 'pcmu', 0.75);
  if (await loadPeer('speex-resampler')) await againstNaive(report);
  else report.notJudged('calls: against the naive gateway', '×', '>= 3', peerMissing);
  return report.finish(options);
}

async function againstFloor(report: Report, wire: Wire, least: number): Promise<void> {
  const at = { wire, calls, forMs: measureMs };
  const there = [await measured(startFloor, at), await measured(startOurs, at)] as const;
  const back = [await measured(startOurs, at), await measured(startFloor, at)] as const;
  const ours = [there[1], back[0]];
  const floor = [there[0], back[1]];
  const name = `${calls} calls by ${wire}`;
  report.inform(`${name}: CPU of a call`, cost(ours).microseconds / 1000, 'ms per second');
  report.inform(`${name}: CPU of the floor`, cost(floor).microseconds / 1000, 'ms per second');
  const title = `${name}: the floor's CPU in ours`;
  const isWhole = [...ours, ...floor].every(({ delivered }) => delivered >= deliveredLeast);
  if (isWhole) reportRatio(report, title, { ours: cost(ours), peer: cost(floor), least });
  else report.notJudged(title, '×', `>= ${least}`, 'machine busy, not every frame was moved');
  reportService(report, name, { ours, floor });
}

/** What callers got for it. Where the floor cannot give it either, it is the machine. */
function reportService(
  report: Report,
  name: string,
  { ours, floor }: { readonly ours: readonly Run[]; readonly floor: readonly Run[] },
): void {
  const title = `${name}: frames within ±20 ms of due`;
  const floorPercent = onTimePercent(floor);
  if (floorPercent >= onTimeLeast) report.atLeast(title, onTimePercent(ours), '%', onTimeLeast);
  else {
    const reason = `machine busy, of the floor's only ${floorPercent.toFixed(2)} %`;
    report.notJudged(title, '%', `>= ${onTimeLeast}`, reason);
  }
  const underruns = sumOf(ours, (run) => run.underruns ?? 0);
  const lateDeltas = sumOf(ours, (run) => run.lateDeltas);
  if (underruns > 0 && lateDeltas > 0) {
    const reason = `machine busy, the model itself was late with ${lateDeltas} deltas`;
    report.notJudged(`${name}: underruns`, '', '<= 0', reason);
  } else {
    report.atMost(`${name}: underruns`, underruns, '', 0);
  }
  const busy = 100 * Math.max(...ours.map((run) => run.loadUtilization));
  report.inform(`${name}: loop of the load busy`, busy, '%');
}

function onTimePercent(runs: readonly Run[]): number {
  return (100 * sumOf(runs, (run) => run.onTimeFrames)) / sumOf(runs, (run) => run.frames);
}

function sumOf(runs: readonly Run[], of: (run: Run) => number): number {
  return runs.reduce((sum, run) => sum + of(run), 0);
}

async function againstNaive(report: Report): Promise<void> {
  const wire = 'pcm24';
  // Its timer loses a part of the frames of a single call already: it cannot deliver more.
  const alone = await measured(startNaive, { wire, calls: 1, forMs: searchMs });
  report.note(`naive gateway, 1 call: ${percent(alone.delivered)} of what is due delivered`);
  let best = alone;
  for (const count of naiveCalls) {
    const found = await naiveRun(report, count, alone);
    if (!found) break;
    best = found;
  }
  const at = { wire, calls: best.calls, forMs: searchMs } as const;
  const ours = [await measured(startOurs, at), await measured(startOurs, at)];
  const naive = [best, await measured(startNaive, at)];
  const name = `${best.calls} calls, the most of the naive gateway`;
  report.inform(`${name}: its CPU of a call`, cost(naive).microseconds / 1000, 'ms per second');
  reportRatio(report, `${name}: against it`, { ours: cost(ours), peer: cost(naive), least: 3 });
  // With few calls each of them is mostly wake-ups and system calls: nobody is below the floor.
  const floor = await measured(startFloor, at);
  report.inform(`${name}: the floor's CPU of a call`, floor.cpuMs, 'ms per second');
  const ceiling = cost(naive).microseconds / 1000 / floor.cpuMs;
  report.inform(`${name}: the floor against it`, ceiling, '×');
  const twilio = await measured(startTwilio, { ...at, wire: 'pcmu' });
  report.inform(
    `${best.calls} calls through TwilioRealtimeTransportLayer, unpaced: CPU of a call`,
    twilio.cpuMs,
    'ms per second',
  );
}

/** `null` when it falls short twice. */
async function naiveRun(report: Report, count: number, alone: Run): Promise<Run | null> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const found = await measured(startNaive, { wire: 'pcm24', calls: count, forMs: searchMs });
    const part = found.delivered / alone.delivered;
    report.note(`naive gateway, ${count} calls: ${percent(part)} of what it delivers to one`);
    if (part >= deliveredLeast) return found;
  }
  return null;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** The better of two runs, and how far they differ. */
function cost(runs: readonly Run[]): Cost {
  const times = runs.map(({ cpuMs }) => cpuMs);
  const best = Math.min(...times);
  return { microseconds: best * 1000, spread: Math.max(...times) / best - 1 };
}

async function measured(
  start: Start,
  at: { readonly wire: Wire; readonly calls: number; readonly forMs: number },
): Promise<Run> {
  const { wire, calls: count, forMs } = at;
  const load = await Load.start({
    by: start === startTwilio ? 'twilio' : 'audiosocket',
    format: formats[wire],
    wire,
    says: 'tone',
    replyMs,
    isTalkative: true,
  });
  const subject = await start(load.modelUrl, wire);
  try {
    await load.connect({ port: subject.callPort, calls: count, isSpeaking: true });
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const before = { cpuMs: await subject.cpuMs(), underruns: await subject.underruns() };
    const found = await load.measure(forMs);
    const cpuMs = (await subject.cpuMs()) - before.cpuMs;
    const underruns = await subject.underruns();
    return {
      ...found,
      calls: count,
      cpuMs: cpuMs / count / (found.durationMs / 1000),
      delivered: found.speechFrames / ((count * found.durationMs) / 20),
      underruns: underruns === null ? null : underruns - (before.underruns ?? 0),
    };
  } finally {
    await load.stop();
    await subject.stop();
  }
}

const startOurs: Start = async (modelUrl, wire) => {
  const gateway = await startGateway({ modelUrl, format: formats[wire], wire });
  const underruns = () => gateway.metric('offhook_playout_underruns_total');
  return { ...gateway, underruns };
};

const startFloor: Start = (modelUrl, wire) => {
  const appendedBytes = frameBytes(modelFormats[wire]);
  const append = new AppendWriter().write(new Uint8Array(appendedBytes), 0, appendedBytes);
  const callerFrameBytes = headerBytes + frameBytes(audioSocketFormats[formats[wire]]);
  return startPeer('floor.child.ts', [`${callerFrameBytes}`, append.toString(), modelUrl]);
};

const startNaive: Start = (modelUrl) => startPeer('naive.child.ts', [modelUrl]);

const startTwilio: Start = (modelUrl) => startPeer('twilio.child.ts', [modelUrl]);

async function startPeer(file: string, options: readonly string[]): Promise<Subject> {
  const child: ChildProcess = fork(join(import.meta.dirname, file), options);
  return {
    callPort: await answerOf<number>(child),
    cpuMs: async () => {
      const answer = answerOf<number>(child);
      child.send('cpu');
      return answer;
    },
    underruns: async () => null,
    stop: async () => {
      if (child.connected) child.disconnect();
    },
  };
}
