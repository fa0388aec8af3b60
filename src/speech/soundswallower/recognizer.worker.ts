import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../runtime/assert.ts';
import { GatewayError } from '../../runtime/errors.ts';
import { seededRandom } from '../../runtime/random.ts';
import { giveWay } from '../give-way.ts';
import { serveAsks, type ThreadRequest } from '../worker-crew.ts';
import { Engine } from './engine.ts';
import { Listener, type ListenerSettings } from './listener.ts';
import type { RecognizerWork } from './recognizer-work.ts';

type Ask = RecognizerWork['ask'];
type Answer = RecognizerWork['answer'];
type Tell = RecognizerWork['tell'];

/** Any: the same grammar is to give the same pairs of words in every thread. */
const seed = 1;

const port = parentPort;
assert(port !== null, 'this file is started as a worker thread');
giveWay();
const settings: ListenerSettings = workerData;
const engine = Engine.load();
const listener = engine.then(
  (loaded) =>
    new Listener(
      loaded,
      settings,
      () => seededRandom(seed),
      (utterance, text) =>
        port.postMessage({ type: 'news', news: { type: 'partial', utterance, text } }),
    ),
);

async function answer(ask: Ask): Promise<Answer> {
  switch (ask.type) {
    case 'probe':
      await listener;
      return { type: 'ready' };
    case 'unknown-words':
      return { type: 'unknown-words', words: (await engine).unknownWords(ask.words) };
    case 'prepare':
      await (await listener).prepare(ask.key, ask.grammar, ask.phones);
      return { type: 'ready' };
    case 'finish':
      return { type: 'recognition', recognition: await (await listener).finish(ask.utterance) };
  }
}

async function doAsTold(tell: Tell): Promise<void> {
  const listening = await listener;
  switch (tell.type) {
    case 'start':
      return listening.start(tell.utterance, tell.key);
    case 'push':
      return listening.push(tell.utterance, tell.samples);
    case 'drop':
      return listening.drop(tell.utterance);
    case 'forget':
      return listening.forget(tell.key);
  }
}

/** What the engine throws leaves its memory in doubt: this thread ends and another one starts. */
function orEnd<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    if (!(error instanceof GatewayError)) process.exit(1);
    throw error;
  });
}

const serve = serveAsks<Ask, never, Answer, RecognizerWork['news']>(
  (reply) => port.postMessage(reply),
  { answer: (ask) => orEnd(answer(ask)) },
);
// One at a time: a decoder that is made or started is waited for.
let last: Promise<void> = Promise.resolve();
port.on('message', (request: ThreadRequest<Ask, Tell>) => {
  const { type } = request;
  last = last.then(() => (type === 'tell' ? orEnd(doAsTold(request.tell)) : serve(request)));
});
