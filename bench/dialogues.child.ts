/** The callers of the dialogues, in a process of their own. Told what to do by `dialogues.ts`. */
import { systemClock } from '../src/runtime/clock.ts';
import { connectTcp } from '../src/runtime/tcp-socket.ts';
import { allLines, callBy } from '../test/dialogues/play-scenario.ts';
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
