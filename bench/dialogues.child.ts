/** The callers of the dialogues, in a process of their own. Told what to do by `dialogues.ts`. */
import { recordingLog, recordingMetrics } from '../sim/recorders.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { connectTcp } from '../src/runtime/tcp-socket.ts';
import { FliteSynthesizer } from '../src/speech/flite/flite-synthesizer.ts';
import { callBy, linesOf, type SpokenLine } from '../test/dialogues/play-scenario.ts';
import { scenarios } from '../test/dialogues/scenarios.ts';
import type { CallAnswer, CallOrder } from './dialogues.callers.ts';
import { turnsIn } from './dialogues.latency.ts';
import { FrameWatch, LoopWatch } from './dialogues.lateness.ts';

const clock = systemClock();
const lines = await allLines();
const loop = new LoopWatch(clock);

process.on('message', (order: CallOrder) => {
  void call(order).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function call({ uuid, port, title }: CallOrder): Promise<CallAnswer> {
  const spoken = lines.get(title) ?? [];
  const watch = new FrameWatch(() => loop.arrivalMs());
  const result = await callBy({ uuid, port, lines: spoken }, async (address) =>
    watch.around(await connectTcp(address)),
  );
  const { end, latenessMsMax } = result;
  const turns = turnsIn(result, spoken);
  return { uuid, end, latenessMsMax, turns, frameLatenessMs: watch.latenessMs };
}

/** What all callers say, made before the first call. */
async function allLines(): Promise<ReadonlyMap<string, readonly SpokenLine[]>> {
  const voice = new FliteSynthesizer({
    ...{ clock, log: recordingLog(), metrics: recordingMetrics() },
  });
  try {
    const spoken = await Promise.all(scenarios.map((scenario) => linesOf(scenario, voice)));
    return new Map(scenarios.map(({ title }, index) => [title, spoken[index]!]));
  } finally {
    await voice.close();
  }
}
