/**
 * Twelve spoken calls to our own engine, eight at once, over AudioSocket in real time: each judged
 * by what is in the database and in the journal afterwards, and all by what the line carried: how
 * soon callers were answered, and whether every frame came in time.
 */
import { setTimeout } from 'node:timers/promises';
import { type LogLine, recordingLog } from '../sim/recorders.ts';
import { frameMs } from '../src/audio/format.ts';
import { fill } from '../src/cli/demo.ts';
import { withPrivateGateway } from '../src/cli/private-gateway.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { messageOf } from '../src/runtime/errors.ts';
import {
  judge,
  type PlayedScenario,
  playScenario,
  toldBy,
} from '../test/dialogues/play-scenario.ts';
import { type Scenario, scenarioSettings, scenarios } from '../test/dialogues/scenarios.ts';
import { type BenchOptions, percentile, Report, Times } from './bench.ts';
import { type CallAnswer, Callers } from './dialogues.callers.ts';
import { hearingOf } from './dialogues.latency.ts';

/** Those who have most to say come first: eight talk at once. */
const callsAtOnce = 8;
/** People do not pick up in the same millisecond, nor speak in step. */
const betweenCallsMs = 250;
/** `providers.local.hang_over_ms`, which no setting changes here. */
const hangOverMsUsual = 500;
/** Whoever hears a frame this late has run out of sound. */
const lateMs = 20;

interface Call extends PlayedScenario {
  readonly scenario: Scenario;
  readonly result: CallAnswer;
}

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('dialogues');
  const times = await Times.begin(report, systemClock());
  const log = recordingLog();
  const calls = await playAll(log);
  reportOutcomes(report, calls);
  const errors = log.lines.filter(({ level }) => level === 'error' || level === 'warn');
  for (const { message, fields } of errors) report.note(`${message} ${JSON.stringify(fields)}`);
  await reportTimes(report, times, calls, log.lines);
  return report.finish(options);
}

function reportOutcomes(report: Report, calls: readonly Call[]): void {
  const objections = calls.map((call) => [call, objectionTo(call)] as const);
  const right = objections.filter(([, objection]) => objection === null);
  report.atLeast('calls that went as they should', right.length, 'calls', scenarios.length);
  for (const [call, objection] of objections) {
    if (objection === null) continue;
    report.note(`${call.scenario.title}: ${objection}\n${toldBy(call)}`);
  }
}

/** The first line of what is wrong with it; `null`: nothing. */
function objectionTo(call: Call): string | null {
  try {
    judge(call.scenario, call);
    return null;
  } catch (error) {
    return messageOf(error).split('\n')[0] ?? 'wrong';
  }
}

async function reportTimes(
  report: Report,
  times: Times,
  calls: readonly Call[],
  log: readonly LogLine[],
): Promise<void> {
  const turns = calls.flatMap(({ result, entries }) =>
    result.turns.flatMap((turn) => {
      const hearing = hearingOf(turn, entries, log);
      if (turn.isOverAgent || turn.answerMs === null || hearing === null) return [];
      const hangOverMs = hearing.hangOverMs ?? hangOverMsUsual;
      const answerMs = turn.answerMs - turn.speechEndMs - hangOverMs;
      return { hangOverMs, answerMs, recognitionMs: hearing.recognitionMs };
    }),
  );
  const inform = (name: string, values: readonly number[]) => {
    for (const percent of [50, 95]) {
      report.inform(`${name}, p${percent}`, percentile(values, percent), 'ms');
    }
  };
  report.inform('turns without talking over the agent', turns.length, '');
  inform(
    'hang-over in force',
    turns.map(({ hangOverMs }) => hangOverMs),
  );
  inform(
    'recognition after it',
    turns.map(({ recognitionMs }) => recognitionMs),
  );
  const answers = turns.map(({ answerMs }) => answerMs);
  const frames = calls.flatMap(({ result }) => result.frameLatenessMs);
  const late = calls.flatMap(({ scenario, result }) =>
    [...result.frameLatenessMs.entries()]
      .filter(([, latenessMs]) => latenessMs > lateMs)
      .map(
        ([frame, ms]) => `${scenario.title}: ${(frame * frameMs) / 1000} s, ${ms.toFixed(0)} ms`,
      ),
  );
  if (late.length > 0) report.note(`late frames:\n${late.join('\n')}`);
  report.inform('frames to callers', frames.length, '');
  report.inform('frames, lateness p99.9', percentile(frames, 99.9), 'ms');
  report.inform('frames, lateness of the worst', Math.max(...frames), 'ms');
  await times.judge([
    {
      name: 'answer after the hang-over, p50',
      value: percentile(answers, 50),
      unit: 'ms',
      most: 200,
    },
    {
      name: 'answer after the hang-over, p95',
      value: percentile(answers, 95),
      unit: 'ms',
      most: 500,
    },
    { name: `frames over ${lateMs} ms late`, value: late.length, unit: '', most: 0 },
  ]);
}

/** Plays all, a few at once. */
async function playAll(log: ReturnType<typeof recordingLog>): Promise<readonly Call[]> {
  const callers = await Callers.start();
  try {
    return await withPrivateGateway(
      { script: null, settings: scenarioSettings, prepare: fill, log },
      async (gateway) => {
        await gateway.warmed;
        // Who announces calls is in this process too: its HTTP client takes 20 ms to load.
        await fetch(`${gateway.apiUrl}/healthz`);
        const left = scenarios.toSorted((one, other) => other.lines.length - one.lines.length);
        const calls: Call[] = [];
        const callOneByOne = async (index: number) => {
          await setTimeout(index * betweenCallsMs);
          for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
            const { title } = scenario;
            const port = gateway.audioSocketPort;
            const played = await playScenario(scenario, gateway, (uuid) =>
              callers.call({ uuid, port, title }),
            );
            calls.push({ ...played, scenario });
          }
        };
        await Promise.all(Array.from({ length: callsAtOnce }, (_, index) => callOneByOne(index)));
        return calls;
      },
    );
  } finally {
    callers.stop();
  }
}
