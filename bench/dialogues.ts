/**
 * Twelve spoken calls to our own engine, over AudioSocket in real time, each judged by what is in
 * the database and in the journal afterwards.
 */
import { recordingLog, recordingMetrics } from '../sim/recorders.ts';
import { fill } from '../src/cli/demo.ts';
import type { CallerLine } from '../src/cli/place-call.ts';
import { withPrivateGateway } from '../src/cli/private-gateway.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { messageOf } from '../src/runtime/errors.ts';
import { FliteSynthesizer } from '../src/speech/flite/flite-synthesizer.ts';
import {
  judge,
  linesOf,
  type PlayedScenario,
  playScenario,
  toldBy,
} from '../test/dialogues/play-scenario.ts';
import { type Scenario, scenarios } from '../test/dialogues/scenarios.ts';
import { type BenchOptions, Report } from './bench.ts';

/** In real time a call takes up to 50 s; two cores bear so many with room to spare. */
const callsAtOnce = 6;
const settings = { 'session.silence_prompt_s': '6', 'session.silence_goodbye_s': '6' };

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('dialogues');
  let rightCount = 0;
  for (const [scenario, call] of await playAll()) {
    const objection = objectionTo(scenario, call);
    if (objection === null) rightCount += 1;
    else report.note(`${scenario.title}: ${objection}\n${toldBy(call)}`);
  }
  report.atLeast('calls that went as they should', rightCount, 'calls', scenarios.length);
  return report.finish(options);
}

/** The first line of what is wrong with it; `null`: nothing. */
function objectionTo(scenario: Scenario, call: PlayedScenario): string | null {
  try {
    judge(scenario, call);
    return null;
  } catch (error) {
    return messageOf(error).split('\n')[0] ?? 'wrong';
  }
}

/** Plays all, a few at once. */
async function playAll(): Promise<ReadonlyMap<Scenario, PlayedScenario>> {
  const spoken = await allSpoken();
  const played = new Map<Scenario, PlayedScenario>();
  return await withPrivateGateway({ script: null, settings, prepare: fill }, async (gateway) => {
    await gateway.warmed;
    const left = [...spoken];
    const callOneByOne = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [scenario, lines] = next;
        played.set(scenario, await playScenario(scenario, lines, gateway));
      }
    };
    await Promise.all(Array.from({ length: callsAtOnce }, callOneByOne));
    return played;
  });
}

async function allSpoken(): Promise<ReadonlyMap<Scenario, readonly CallerLine[]>> {
  const deps = { clock: systemClock(), log: recordingLog(), metrics: recordingMetrics() };
  const voice = new FliteSynthesizer(deps);
  try {
    const lines = await Promise.all(scenarios.map((scenario) => linesOf(scenario, voice)));
    return new Map(scenarios.map((scenario, index) => [scenario, lines[index]!]));
  } finally {
    await voice.close();
  }
}
