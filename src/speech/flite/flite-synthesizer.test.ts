import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { mulaw8k } from '../../audio/format.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import { fakeThreads } from '../testing/fake-threads.ts';
import { FliteSynthesizer, type FliteSynthesizerParts } from './flite-synthesizer.ts';
import type { FliteWork } from './flite-work.ts';

const sound = (byte: number): FliteWork['answer'] => ({
  type: 'sound',
  bytes: Uint8Array.of(byte, byte),
});

function synthesizerOf(more: Partial<FliteSynthesizerParts> = {}) {
  const clock = new VirtualClock();
  const { started, open } = fakeThreads<FliteWork>();
  const warned: unknown[] = [];
  const limits: string[] = [];
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_message, fields) => warned.push(fields?.['voice']),
    error: () => undefined,
    child: () => log,
  };
  const metrics: Metrics = {
    count: (_name, labels) => limits.push(Object.values(labels).join()),
    set: () => undefined,
    add: () => undefined,
    observe: () => undefined,
  };
  const synthesizer = new FliteSynthesizer({ clock, log, metrics, open, ...more });
  const speak = (text: string, voice = 'marin', signal = new AbortController().signal) =>
    synthesizer.speak({ text, voice, format: mulaw8k, signal });
  const asked = () =>
    started.map((thread) =>
      thread.requests.slice(1).map(({ type, ...request }) => {
        assert.ok(type === 'ask' && 'ask' in request && request.ask.type === 'speak');
        return `${request.ask.voice}: ${request.ask.text}`;
      }),
    );
  return { synthesizer, speak, clock, started, warned, limits, asked };
}

test('nothing is started before the first sentence, and a thread has one at a time', async () => {
  const { speak, started, asked } = synthesizerOf();
  assert.equal(started.length, 0);
  const spoken = [speak('One.'), speak('Two.', 'echo')];
  assert.deepEqual(asked(), [['slt: One.']]);
  const thread = started[0]!;
  await thread.answer(0, sound(0));
  await thread.answer(1, sound(1));
  assert.deepEqual(asked(), [['slt: One.', 'rms: Two.']]);
  await thread.answer(2, sound(2));
  assert.deepEqual(await Promise.all(spoken), [Uint8Array.of(1, 1), Uint8Array.of(2, 2)]);
});

test('a sentence that was said is not made again, and nobody can spoil it', async () => {
  const { speak, started, asked } = synthesizerOf();
  const first = speak('Hello.');
  await started[0]!.answer(0, sound(0));
  await started[0]!.answer(1, sound(7));
  (await first).fill(0);
  (await speak('Hello.')).fill(1);
  assert.deepEqual(await speak('Hello.', 'coral'), Uint8Array.of(7, 7));
  assert.deepEqual(asked(), [['slt: Hello.']]);
});

test('a sentence aborted while it waits is never made; in the making it is ignored', async () => {
  const { speak, started, asked } = synthesizerOf();
  const cut = new AbortController();
  const spoken = [
    speak('One.', 'slt', cut.signal),
    speak('Two.', 'slt', cut.signal),
    speak('Three.'),
  ];
  await started[0]!.answer(0, sound(0));
  const rejected = Promise.all(
    spoken.slice(0, 2).map((one) => assert.rejects(one, (reason) => reason === 'barge-in')),
  );
  cut.abort('barge-in');
  await rejected;
  await started[0]!.answer(1, sound(1));
  await started[0]!.answer(2, sound(3));
  assert.deepEqual(asked(), [['slt: One.', 'slt: Three.']]);
  assert.deepEqual(await spoken[2], Uint8Array.of(3, 3));
  await assert.rejects(speak('Four.', 'slt', cut.signal), (reason) => reason === 'barge-in');
});

test('beyond the sentences that may wait, and of too long a text, one is told', async () => {
  const { synthesizer, speak, limits } = synthesizerOf({ waitingMax: 1 });
  const spoken = [speak('x'.repeat(601)), speak('Waits.')].map((one) => assert.rejects(one));
  await assert.rejects(speak('Too many.'), { code: 'SPEECH_ENGINE_BUSY' });
  assert.deepEqual(limits, ['speech_text', 'speech_waiting']);
  await synthesizer.close();
  await Promise.all(spoken);
});

test('a thread that dies loses its own sentence; those that wait get the next', async () => {
  const { speak, clock, started, asked } = synthesizerOf();
  const lost = assert.rejects(speak('One.'), { code: 'SPEECH_ENGINE_LOST' });
  const second = speak('Two.');
  await started[0]!.die();
  await lost;
  clock.advance(0);
  await started[1]!.answer(0, sound(0));
  await started[1]!.answer(1, sound(2));
  assert.deepEqual(await second, Uint8Array.of(2, 2));
  assert.deepEqual(asked(), [['slt: One.'], ['slt: Two.']]);
});

test('while threads die as they come nobody waits, until one works', async () => {
  const { synthesizer, speak, clock, started } = synthesizerOf();
  const waiting = ['One.', 'Two.'].map((text) =>
    assert.rejects(speak(text), { code: 'SPEECH_ENGINE_LOST' }),
  );
  for (let round = 0; round < 3; round += 1) {
    await started.at(-1)!.die();
    clock.advance(round < 2 ? 500 : 0);
  }
  await Promise.all(waiting);
  assert.equal(synthesizer.isHealthy, false);
  await assert.rejects(speak('Three.'), { code: 'SPEECH_ENGINE_LOST' });
  clock.advance(1_000);
  await started.at(-1)!.answer(0, sound(0));
  const spoken = speak('Four.');
  await started.at(-1)!.answer(1, sound(4));
  assert.deepEqual(await spoken, Uint8Array.of(4, 4));
  assert.equal(synthesizer.isHealthy, false);
  clock.advance(5_000);
  assert.equal(synthesizer.isHealthy, true);
});

test('an unknown voice sounds like the default and is warned of once', async () => {
  const { speak, started, warned, asked } = synthesizerOf();
  const spoken = [speak('One.', 'nobody'), speak('Two.', 'nobody')];
  await started[0]!.answer(0, sound(0));
  await started[0]!.answer(1, sound(1));
  await started[0]!.answer(2, sound(2));
  await Promise.all(spoken);
  assert.deepEqual(warned, ['nobody']);
  assert.deepEqual(asked(), [['slt: One.', 'slt: Two.']]);
});

test('a sentence goes before the phones that wait, which are found a few at a time', async () => {
  const { synthesizer, speak, started } = synthesizerOf();
  const words = Array.from({ length: 20 }, (_, index) => `word${index}`);
  const found = synthesizer.phones(words);
  const spoken = speak('Good day.');
  const thread = started[0]!;
  const asks = () =>
    thread.requests.slice(1).map((request) => {
      assert.ok(request.type === 'ask');
      return request.ask.type === 'speak' ? request.ask.text : request.ask.words;
    });
  const phonesOf = (some: readonly string[]) => ({
    ...{ type: 'phones' as const },
    byWord: new Map(some.map((word) => [word, word.toUpperCase()])),
  });
  await thread.answer(0, sound(0));
  await thread.answer(1, phonesOf(words.slice(0, 8)));
  await thread.answer(2, sound(1));
  assert.deepEqual(await spoken, Uint8Array.of(1, 1));
  await thread.answer(3, phonesOf(words.slice(8, 16)));
  await thread.answer(4, phonesOf(['word16']));
  assert.deepEqual(asks(), [words.slice(0, 8), 'Good day.', words.slice(8, 16), words.slice(16)]);
  assert.deepEqual([...(await found).keys()], words.slice(0, 17), 'three cannot be said');
});

test('the phones of a word are found once, however many ask, and again after a loss', async () => {
  const { synthesizer, clock, started } = synthesizerOf();
  const lost = [1, 2].map(() =>
    assert.rejects(synthesizer.phones(['isombe']), { code: 'SPEECH_ENGINE_LOST' }),
  );
  await started[0]!.die();
  await Promise.all(lost);
  assert.equal(started[0]!.requests.length, 2, 'the probe, and one ask for both');
  clock.advance(0);
  await started[1]!.answer(0, sound(0));
  const found = [1, 2].map(() => synthesizer.phones(['isombe']));
  await started[1]!.answer(1, { type: 'phones', byWord: new Map([['isombe', 'IH S']]) });
  await Promise.all(found);
  assert.deepEqual(await synthesizer.phones(['isombe']), new Map([['isombe', 'IH S']]));
  assert.equal(started[1]!.requests.length, 2);
});
