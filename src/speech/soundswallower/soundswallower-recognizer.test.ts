import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { createConverterFactory } from '../../audio/converter.ts';
import { pcm } from '../../audio/format.ts';
import { createResamplerFactory } from '../../audio/resample.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import type { Grammar, Phrase } from '../grammar.ts';
import { recordingIn } from '../recordings.ts';
import { fakeThreads, settled } from '../testing/fake-threads.ts';
import type { RecognizerWork } from './recognizer-work.ts';
import { type SoundSwallowerParts, SoundSwallowerRecognizer } from './soundswallower-recognizer.ts';

const said = (text: string): Phrase => ({
  is: 'sequence',
  parts: text.split(' ').map((word): Phrase => ({ is: 'word', word })),
});

const grammarOf = (...sentences: readonly string[]): Grammar => ({
  root: 'sentence',
  rules: new Map([
    ['sentence', { is: 'choice', of: sentences.map((text) => ({ phrase: said(text) })) }],
  ]),
});

function recognizerOf(more: Partial<SoundSwallowerParts> = {}) {
  const clock = new VirtualClock();
  const limits: string[] = [];
  const log: Log = {
    ...{ debug: () => undefined, info: () => undefined },
    ...{ warn: () => undefined, error: () => undefined, child: () => log },
  };
  const metrics: Metrics = {
    count: (_name, labels) => limits.push(Object.values(labels).join()),
    ...{ set: () => undefined, add: () => undefined, observe: () => undefined },
  };
  const phones = async (words: readonly string[]) =>
    new Map(words.filter((word) => word === 'isombe').map((word) => [word, 'IH S OW M B EH']));
  const parts = { clock, log, metrics, phones, threadCount: 1, ...more };
  return { recognizer: new SoundSwallowerRecognizer(parts), clock, limits };
}

function withFakes(threadCount = 1) {
  const { started, open } = fakeThreads<RecognizerWork>();
  return { ...recognizerOf({ open, threadCount }), started };
}

type Fakes = ReturnType<typeof withFakes>['started'];

/** Answers what a first `expect` asks of the thread, whose probe is ask 0. */
async function expectOn(thread: Fakes[number], expected: Promise<void>): Promise<void> {
  await thread.answer(0, { type: 'ready' });
  await thread.answer(1, { type: 'unknown-words', words: [] });
  await thread.answer(2, { type: 'ready' });
  await expected;
}

/** What a thread was told or asked, but for probes. */
const doneBy = (thread: Fakes[number]): readonly string[] =>
  thread.requests.map((request) => (request.type === 'ask' ? request.ask : request.tell).type);

test('sound goes to the thread in pieces of 100 ms, and partials come back', async () => {
  const { recognizer, started } = withFakes();
  const partials: string[] = [];
  const session = recognizer.open((text) => partials.push(text));
  const expected = session.expect(grammarOf('yes please'));
  await expectOn(started[0]!, expected);
  session.start();
  for (let frame = 0; frame < 7; frame += 1) session.push(new Int16Array(160));
  started[0]!.say({ type: 'partial', utterance: 1, text: 'yes' });
  const heard = session.finish();
  const pushed = doneBy(started[0]!).filter((type) => type === 'push').length;
  assert.equal(pushed, 2);
  started[0]!.say({ type: 'partial', utterance: 1, text: 'too late' });
  await started[0]!.answer(3, { type: 'recognition', recognition: { is: 'refused' } });
  assert.deepEqual(await heard, { is: 'refused' });
  assert.deepEqual(partials, ['yes']);
});

test('of two grammars the one expected last counts, whichever is ready first', async () => {
  const { recognizer, started } = withFakes();
  const last = grammarOf('yes please');
  const other = recognizer.open(() => undefined);
  const expected = other.expect(last);
  await expectOn(started[0]!, expected);
  const session = recognizer.open(() => undefined);
  const stale = session.expect(grammarOf('no thank you'));
  await session.expect(last);
  await started[0]!.answer(3, { type: 'unknown-words', words: [] });
  await started[0]!.answer(4, { type: 'ready' });
  await stale;
  for (const each of [other, session]) each.start();
  const keys = started[0]!.requests.flatMap((request) =>
    request.type === 'tell' && request.tell.type === 'start' ? request.tell.key : [],
  );
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});

test('a grammar of 20,000 words is refused, and the one before it is listened for', async () => {
  const { recognizer, started } = withFakes();
  const session = recognizer.open(() => undefined);
  const thread = await first(started, session);
  await expectOn(thread, Promise.resolve());
  const names = Array.from({ length: 20_000 }, (_, index) => `name${index}`);
  const refused = { code: 'REQUEST_INVALID', message: /20000 words, above the limit of 5000/ };
  await assert.rejects(session.expect(grammarOf(...names)), refused);
  session.start();
  assert.deepEqual(doneBy(thread), ['probe', 'unknown-words', 'prepare', 'start']);
});

test('an utterance is cut at 15 s, once', async () => {
  const { recognizer, started, limits } = withFakes();
  const session = recognizer.open(() => undefined);
  await expectOn(started[0] ?? (await first(started, session)), Promise.resolve());
  session.start();
  for (let second = 0; second < 17; second += 1) session.push(new Int16Array(8000));
  const pushed = doneBy(started[0]!).filter((type) => type === 'push').length;
  assert.equal(pushed, 150);
  assert.deepEqual(limits, ['speech_recognized']);
});

/** Starts the thread by expecting something. */
async function first(
  started: Fakes,
  session: ReturnType<SoundSwallowerRecognizer['open']>,
): Promise<Fakes[number]> {
  void session.expect(grammarOf('yes'));
  await settled();
  return started[0]!;
}

test('a thread that dies loses its utterance, and the next one has the grammar', async () => {
  const { recognizer, clock, started } = withFakes();
  const session = recognizer.open(() => undefined);
  await expectOn(await first(started, session), Promise.resolve());
  session.start();
  session.push(new Int16Array(1600));
  await started[0]!.die();
  await assert.rejects(session.finish(), { code: 'SPEECH_ENGINE_LOST' });
  clock.advance(0);
  assert.equal(started.length, 2);
  session.start();
  session.push(new Int16Array(800));
  assert.deepEqual(doneBy(started[1]!), ['probe', 'prepare', 'start', 'push']);
  const heard = session.finish();
  await started[1]!.answer(2, { type: 'recognition', recognition: { is: 'refused' } });
  assert.deepEqual(await heard, { is: 'refused' });
});

test('an utterance that begins while no thread is there is lost, not waited for', async () => {
  const { recognizer, started } = withFakes();
  const session = recognizer.open(() => undefined);
  await expectOn(await first(started, session), Promise.resolve());
  await started[0]!.die();
  session.start();
  session.push(new Int16Array(800));
  await assert.rejects(session.finish(), { code: 'SPEECH_ENGINE_LOST' });
});

test('a caller whose thread is down is heard by another one', async () => {
  const { recognizer, started } = withFakes(2);
  const session = recognizer.open(() => undefined);
  await expectOn(await first(started, session), Promise.resolve());
  await started[0]!.die();
  session.start();
  assert.deepEqual(doneBy(started[1]!), ['probe', 'prepare', 'start']);
});

test('threads that die as they come make it unhealthy until one works', async () => {
  const { recognizer, clock, started } = withFakes();
  void recognizer.warm().catch(() => undefined);
  for (let round = 0; round < 3; round += 1) {
    assert.equal(recognizer.isHealthy, true);
    await started.at(-1)!.die();
    clock.advance(1_000);
  }
  assert.equal(recognizer.isHealthy, false);
  await started.at(-1)!.answer(0, { type: 'ready' });
  clock.advance(5_000);
  assert.equal(recognizer.isHealthy, true);
});

test('who expects nothing is refused', async () => {
  const { recognizer } = withFakes();
  const session = recognizer.open(() => undefined);
  session.start();
  session.push(new Int16Array(800));
  assert.deepEqual(await session.finish(), { is: 'refused' });
});

const converters = createConverterFactory(createResamplerFactory());
const prompt = (name: string): Int16Array => {
  const path = join(import.meta.dirname, '../../../prompts', `${name}.wav`);
  const bytes = recordingIn(readFileSync(path), pcm(8000), converters);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
};

test('a thread hears the sentence that was said and refuses what is none', async () => {
  const { recognizer } = recognizerOf();
  const partial = Promise.withResolvers<string>();
  const session = recognizer.open(partial.resolve);
  const hear = async (name: string) => {
    session.start();
    session.push(prompt(name));
    return await session.finish();
  };
  await session.expect(grammarOf('one moment please', 'two isombe please', 'nothing else'));
  const heard = await hear('hold');
  const none = await hear('goodbye');
  await assert.rejects(session.expect(grammarOf('寿司')), { code: 'REQUEST_INVALID' });
  session.start();
  session.push(prompt('hold'));
  // The line is known after a second.
  session.push(new Int16Array(8_000));
  assert.match(await partial.promise, /^one/);
  const again = await session.finish();
  await recognizer.close();
  assert.deepEqual(heard, { is: 'words', text: 'one moment please', by: 'grammar' });
  assert.deepEqual(again, heard);
  assert.deepEqual(none, { is: 'refused' });
});

test('a few words are heard among hundreds of sentences, and on a line that hums', async () => {
  const { recognizer } = recognizerOf();
  const session = recognizer.open(() => undefined);
  const others = [
    'two teas',
    'the bill',
    'one moment',
    'no sugar',
    'three cakes',
    'some milk',
  ].flatMap((first) =>
    ['please', 'now', 'then', 'first', 'again', 'later', 'instead'].map(
      (last) => `${first} ${last}`,
    ),
  );
  const many = others.flatMap((text) => others.map((other) => `${text} and ${other}`));
  await session.expect(grammarOf('are you still there', ...others, ...many.slice(0, 400)));
  const hear = async (samples: Int16Array) => {
    session.start();
    session.push(samples);
    return await session.finish();
  };
  const spoken = prompt('silence');
  const clear = await hear(spoken);
  const humming = spoken.map(
    (sample, at) => sample + 300 * Math.sin((2 * Math.PI * 100 * at) / 8_000),
  );
  const onLine = await hear(humming);
  await recognizer.close();
  assert.deepEqual(clear, { is: 'words', text: 'are you still there', by: 'grammar' });
  assert.deepEqual(onLine, clear);
});
