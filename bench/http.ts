/**
 * `/ai/say` over the emulator in another process, held against a fastify route that exchanges the
 * same messages with it and does nothing else: replies a second, and beside them the CPU of the
 * process that answers. Every reply is checked to be that of its own question.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { systemClock } from '../src/runtime/clock.ts';
import {
  type BenchOptions,
  type Measured,
  percentile,
  Report,
  reportRatio,
  Times,
} from './bench.ts';
import { startGateway } from './gateway.process.ts';
import { ask, type Traffic } from './http.load.ts';
import { answerOf } from './load.process.ts';

const sessions = 32;
const questions = 60;
/** One after the other: what the gateway adds to a reply, when nobody else is in the way. */
const alone = { sessions: 1, questions: 200 };
/** Code is compiled, sessions were opened. */
const warmUp = { sessions: 16, questions: 60 };
const paceLeast = 0.6;
const addedMsMost = 3;
/** By which the messages of both may differ. */
const trafficSpreadMax = 0.1;

interface Subject {
  readonly port: number;
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

interface Run {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly messages: number;
  readonly bytes: number;
}

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('http');
  const times = await Times.begin(report, systemClock());
  const there = [await measured(startPeer), await measured(startOurs)] as const;
  const back = [await measured(startOurs), await measured(startPeer)] as const;
  const ours = [there[1], back[0]];
  const peer = [there[0], back[1]];
  for (const [name, runs] of [['/ai/say', ours] as const, ['the route', peer] as const]) {
    report.inform(`${name}: CPU of a reply`, cost(runs), 'µs');
    report.inform(`${name}: replies`, Math.max(...runs.map((each) => each.perSecond)), '/s');
    report.inform(`${name}: messages of a reply`, runs[0]!.messages, '');
    report.inform(`${name}: bytes of a reply`, runs[0]!.bytes, 'B');
  }
  const title = "/ai/say: replies against the route's";
  const spread = Math.abs(ours[0]!.bytes / peer[0]!.bytes - 1);
  if (spread <= trafficSpreadMax && ours[0]!.messages === peer[0]!.messages) {
    reportRatio(report, title, { ours: pace(ours), peer: pace(peer), least: paceLeast });
  } else report.notJudged(title, '×', `>= ${paceLeast}`, 'the two exchange other messages');
  report.inform("the route's CPU in that of /ai/say", cost(peer) / cost(ours), '×');
  const p50Ms = (runs: readonly Run[]) => Math.min(...runs.map((each) => each.p50Ms));
  report.inform('the route: p50 of one at a time', p50Ms(peer), 'ms');
  const added = p50Ms(ours) - p50Ms(peer);
  await times.judge([
    { name: 'added p50, one at a time', value: added, unit: 'ms', most: addedMsMost },
  ]);
  return report.finish(options);
}

/** From reply to reply in the better of two runs, and how far they differ. */
function pace(runs: readonly Run[]): Measured {
  const each = runs.map(({ perSecond }) => 1e6 / perSecond);
  const best = Math.min(...each);
  return { microseconds: best, spread: Math.max(...each) / best - 1 };
}

function cost(runs: readonly Run[]): number {
  return Math.min(...runs.map(({ cpuMicroseconds }) => cpuMicroseconds));
}

async function measured(start: (modelUrl: string) => Promise<Subject>): Promise<Run> {
  const model = fork(join(import.meta.dirname, 'http.model.child.ts'));
  const traffic = (): Promise<Traffic> => {
    const answer = answerOf<Traffic>(model);
    model.send('traffic');
    return answer;
  };
  const subject = await start(await answerOf<string>(model));
  try {
    await ask(subject.port, warmUp);
    const before = { cpuMs: await subject.cpuMs(), ...(await traffic()) };
    const { durationMs } = await ask(subject.port, { sessions, questions });
    const cpuMs = (await subject.cpuMs()) - before.cpuMs;
    const { bytes, messages } = await traffic();
    const count = sessions * questions;
    const { timesMs } = await ask(subject.port, alone);
    return {
      cpuMicroseconds: (1_000 * cpuMs) / count,
      perSecond: (1_000 * count) / durationMs,
      p50Ms: percentile(timesMs, 50),
      messages: Math.round((messages - before.messages) / count),
      bytes: (bytes - before.bytes) / count,
    };
  } finally {
    await subject.stop();
    model.disconnect();
  }
}

async function startOurs(modelUrl: string): Promise<Subject> {
  const gateway = await startGateway({ modelUrl, format: 'slin', wire: 'auto' });
  return { ...gateway, port: Number(new URL(gateway.apiUrl).port) };
}

async function startPeer(modelUrl: string): Promise<Subject> {
  const child = fork(join(import.meta.dirname, 'http.peer.child.ts'), [modelUrl]);
  return {
    port: await answerOf<number>(child),
    cpuMs() {
      const answer = answerOf<number>(child);
      child.send('cpu');
      return answer;
    },
    stop: async () => child.disconnect(),
  };
}
