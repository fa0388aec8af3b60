import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { fill } from '../../src/cli/demo.ts';
import type { CallerLine } from '../../src/cli/place-call.ts';
import { withPrivateGateway } from '../../src/cli/private-gateway.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { FliteSynthesizer } from '../../src/speech/flite/flite-synthesizer.ts';
import {
  judge,
  linesOf,
  type PlayedScenario,
  playScenario,
  toldBy,
} from '../dialogues/play-scenario.ts';
import { type Scenario, scenarios } from '../dialogues/scenarios.ts';

/** In real time a call takes up to 50 s; two cores bear so many with room to spare. */
const callsAtOnce = 6;
const settings = { 'session.silence_prompt_s': '6', 'session.silence_goodbye_s': '6' };
const limits = { timeout: 150_000 };

/** Plays all, a few at once. */
async function playAll(): Promise<ReadonlyMap<Scenario, PlayedScenario>> {
  const spoken = await allSpoken();
  const played = new Map<Scenario, PlayedScenario>();
  return await withPrivateGateway({ script: null, settings, prepare: fill }, async (gateway) => {
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

suite('calls to our own engine', () => {
  let played: ReturnType<typeof playAll>;
  before(() => {
    played = playAll();
  });
  for (const scenario of scenarios) {
    test(`[V5] ${scenario.title}`, limits, async (t) => {
      const call = (await played).get(scenario);
      assert.ok(call);
      t.diagnostic(toldBy(call));
      judge(scenario, call);
    });
  }
});
