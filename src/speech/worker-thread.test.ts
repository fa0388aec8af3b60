import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { WorkerCrew } from './worker-crew.ts';
import { workerThread } from './worker-thread.ts';

/** Answers what it is asked; asked to eat, it keeps all the memory that it gets. */
const glutton = `
  import { parentPort } from 'node:worker_threads';
  const eaten = [];
  parentPort.on('message', ({ id, ask }) => {
    while (ask === 'eat') eaten.push(Array.from({ length: 1e5 }, () => ({ eaten })));
    parentPort.postMessage({ type: 'answer', id, answer: 'done' });
  });
`;

interface Work {
  readonly ask: string;
  readonly answer: string;
  readonly tell: never;
  readonly news: never;
}

test('a thread that runs out of memory ends alone, says why, and is replaced', async () => {
  const [clock, log, metrics] = [new VirtualClock(), recordingLog(), recordingMetrics()];
  const crew = new WorkerCrew<Work>({
    ...{ name: 'gluttons', size: 1, probe: 'work', answerMsMax: 1e9, clock, log, metrics },
    open: workerThread(new URL(`data:text/javascript,${encodeURIComponent(glutton)}`), undefined, {
      heapMbMax: 32,
    }),
  });
  await crew.warm();
  const [member] = crew.members;
  await assert.rejects(member!.ask('eat'), { code: 'SPEECH_ENGINE_LOST', message: /memory limit/ });
  clock.advance(0);
  assert.equal(await member!.ask('work'), 'done');
  await crew.close();
});
