import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { silentLog } from '../observe/testing/silent.ts';
import { GatewayError } from '../runtime/errors.ts';
import { fakeThreads } from './testing/fake-threads.ts';
import { type CrewOptions, serveAsks, type ThreadReply, WorkerCrew } from './worker-crew.ts';

interface Work {
  readonly ask: string;
  readonly answer: string;
  readonly tell: string;
  readonly news: string;
}

function crewOf(size: number, more: Partial<CrewOptions<Work>> = {}) {
  const clock = new VirtualClock();
  const { started, open } = fakeThreads<Work>();
  const metrics = recordingMetrics();
  const name = 'choir';
  const crew = new WorkerCrew<Work>({
    ...{ name, size, open, clock, metrics, log: silentLog, probe: 'la?', answerMsMax: 1_000 },
    ...more,
  });
  return { crew, clock, metrics, started, member: crew.members[0]! };
}

const isLost = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'SPEECH_ENGINE_LOST';

test('no thread starts before it is wanted; each is asked the probe first', async () => {
  const { started, member } = crewOf(2);
  assert.equal(started.length, 0);
  const sung = member.ask('song');
  assert.equal(started.length, 1);
  assert.deepEqual(
    started[0]!.requests.map((request) => request.type === 'ask' && request.ask),
    ['la?', 'song'],
  );
  await started[0]!.answer(1, 'second first');
  assert.equal(await sung, 'second first');
  assert.equal(member.debtCount, 1);
});

test('warming up waits for the probe of every thread and can be done twice', async () => {
  const { crew, started } = crewOf(2);
  const warmed = crew.warm();
  await started[0]!.answer(0, 'la');
  await started[1]!.answer(0, 'la');
  await warmed;
  await crew.warm();
  assert.equal(started.length, 2);
});

test('a thread that dies loses what it owed, is replaced, and its words are void', async () => {
  const { clock, started, member } = crewOf(1);
  const sung = member.ask('song');
  const lost = assert.rejects(sung, isLost);
  await started[0]!.die();
  await lost;
  assert.equal(member.isUp, false);
  await assert.rejects(member.ask('while away'), isLost);
  assert.equal(member.tell('while away'), false);
  clock.advance(0);
  assert.equal(member.isUp, true);
  assert.equal(member.threadNumber, 2);
  const again = member.ask('song');
  await started[0]!.answer(1, 'from the grave');
  await started[1]!.answer(1, 'well');
  assert.equal(await again, 'well');
});

test('three ends within half a minute are a crash loop until a thread has worked', async () => {
  const { crew, clock, metrics, started, member } = crewOf(1);
  await assert.rejects(Promise.all([crew.warm(), started[0]!.die()]), isLost);
  clock.advance(0);
  await started[1]!.die();
  assert.equal(crew.isHealthy, true);
  clock.advance(499);
  assert.equal(started.length, 2);
  clock.advance(1);
  await started[2]!.die();
  assert.equal(crew.isHealthy, false);
  clock.advance(999);
  assert.equal(started.length, 3);
  clock.advance(1);
  assert.equal(crew.isHealthy, false);
  assert.equal(metrics.values.get('offhook_speech_thread_ends_total/choir'), 3);
  await started[3]!.answer(0, 'la');
  assert.equal(crew.isHealthy, false);
  clock.advance(5_000);
  assert.equal(crew.isHealthy, true);
  assert.equal(member.isUp, true);
});

test('threads that start well and die of their first job are a crash loop as well', async () => {
  const { crew, clock, started, member } = crewOf(1, { answerMsMax: 1e9 });
  member.tell('begin');
  for (const delayMs of [0, 500, 1_000, 2_000, 4_000]) {
    await started.at(-1)!.answer(0, 'la');
    await started.at(-1)!.die();
    const startedCount = started.length;
    clock.advance(delayMs - 1);
    assert.equal(started.length, startedCount, `another one before ${delayMs} ms`);
    clock.advance(1);
    assert.equal(started.length, startedCount + 1);
    assert.equal(crew.isHealthy, started.length < 4);
  }
});

test('after a crash loop one thread that has worked for seconds is enough', async () => {
  const { crew, clock, started } = crewOf(2, { answerMsMax: 1e9 });
  const warming = assert.rejects(crew.warm(), isLost);
  for (let round = 0; round < 3; round += 1) {
    await started.at(-1)!.die();
    clock.advance(1_000);
  }
  await warming;
  assert.equal(crew.isHealthy, false);
  await started[0]!.answer(0, 'la');
  clock.advance(5_000);
  assert.equal(crew.isHealthy, true);
  await started.at(-1)!.die();
  assert.equal(crew.isHealthy, true);
});

test('ends far apart are no crash loop, and the wait between two starts is bounded', async () => {
  const { crew, clock, started, member } = crewOf(1, { answerMsMax: 1e9 });
  member.tell('begin');
  for (let round = 0; round < 5; round += 1) {
    await started.at(-1)!.die();
    clock.advance(30_000);
  }
  assert.equal(crew.isHealthy, true);
  assert.equal(started.length, 6);
  for (let round = 0; round < 20; round += 1) {
    await started.at(-1)!.die();
    clock.advance(10_000);
    assert.equal(started.length, 7 + round);
  }
  assert.equal(crew.isHealthy, false);
});

test('a thread that owes an answer for too long is ended and replaced', async () => {
  const { clock, started, member } = crewOf(1);
  const sung = assert.rejects(member.ask('endless song'), /no answer within 1000 ms/);
  clock.advance(1_000);
  await sung;
  assert.equal(started[0]!.isEnded, true);
  clock.advance(0);
  assert.equal(started.length, 2);
});

test('what a thread cannot do is told to who asked, and it lives on', async () => {
  const { started, member } = crewOf(1);
  const failed = assert.rejects(member.ask('too high'), { code: 'SPEECH_ENGINE_FAILED' });
  await started[0]!.fail(1, 'cannot');
  await failed;
  assert.equal(member.isUp, true);
  await started[0]!.answer(1, 'nobody waits for this');
});

test('news and changes come with the member that they are of', async () => {
  const seen: string[] = [];
  const { crew, clock, started, member } = crewOf(2, {
    onNews: (from, news) => seen.push(`${crew.members.indexOf(from)} says ${news}`),
    onChange: (from) => seen.push(`${crew.members.indexOf(from)} ${from.isUp ? 'up' : 'down'}`),
  });
  assert.equal(member.tell('listen'), true);
  started[0]!.say('do re mi');
  await started[0]!.answer(0, 'la');
  await started[0]!.die();
  clock.advance(0);
  assert.deepEqual(seen, ['0 says do re mi', '0 up', '0 down', '0 up']);
});

test('closing ends the threads, rejects what is owed and starts none again', async () => {
  const { crew, clock, started, member } = crewOf(2);
  const sung = assert.rejects(member.ask('song'), isLost);
  crew.members[1]!.tell('listen');
  await started[1]!.die();
  await crew.close();
  await crew.close();
  await sung;
  assert.equal(started[0]!.isEnded, true);
  await started[0]!.die();
  clock.advance(60_000);
  assert.equal(started.length, 2);
  assert.equal(clock.pendingCount, 0);
  await assert.rejects(member.ask('late'), isLost);
});

test('the side of the thread answers, and names by a code what it cannot do', async () => {
  const replies: ThreadReply<string, string>[] = [];
  const told: string[] = [];
  const serve = serveAsks<string, string, string, string>((reply) => replies.push(reply), {
    answer(ask) {
      if (ask === 'known') throw new GatewayError('REQUEST_INVALID', 'no such voice');
      if (ask === 'unknown') throw new Error('trap');
      return ask.toUpperCase();
    },
    onTell: (tell) => told.push(tell),
  });
  await serve({ type: 'tell', tell: 'listen' });
  for (const [id, ask] of ['fine', 'known', 'unknown'].entries()) {
    await serve({ type: 'ask', id, ask });
  }
  assert.deepEqual(told, ['listen']);
  assert.deepEqual(replies, [
    { type: 'answer', id: 0, answer: 'FINE' },
    { type: 'failure', id: 1, code: 'REQUEST_INVALID', message: 'no such voice' },
    { type: 'failure', id: 2, code: 'SPEECH_ENGINE_FAILED', message: 'trap' },
  ]);
});
