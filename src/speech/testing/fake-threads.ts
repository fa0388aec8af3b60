import type { Craft, OpenThread, ThreadEvents, ThreadPort, ThreadRequest } from '../worker-crew.ts';

/** More than any chain of promises between a reply and who asked has links. */
const promiseTurns = 50;

/** A thread of nobody: the test reads what it was sent and says what it replies. */
export class FakeThread<Work extends Craft> implements ThreadPort<Work['ask'], Work['tell']> {
  readonly #events: ThreadEvents<Work['answer'], Work['news']>;
  readonly requests: ThreadRequest<Work['ask'], Work['tell']>[] = [];
  isEnded = false;

  constructor(events: ThreadEvents<Work['answer'], Work['news']>) {
    this.#events = events;
  }

  post(request: ThreadRequest<Work['ask'], Work['tell']>): void {
    this.requests.push(request);
  }

  async end(): Promise<void> {
    this.isEnded = true;
  }

  /** Answers the ask that came at `index`, the probe being 0; lets those who wait for it run. */
  async answer(index: number, answer: Work['answer']): Promise<void> {
    this.#events.onReply({ type: 'answer', id: this.#askId(index), answer });
    await settled();
  }

  async fail(index: number, message: string): Promise<void> {
    const id = this.#askId(index);
    this.#events.onReply({ type: 'failure', id, code: 'SPEECH_ENGINE_FAILED', message });
    await settled();
  }

  say(news: Work['news']): void {
    this.#events.onReply({ type: 'news', news });
  }

  async die(reason = 'exit code 1'): Promise<void> {
    this.#events.onEnded(reason);
    await settled();
  }

  #askId(index: number): number {
    const asks = this.requests.filter((request) => request.type === 'ask');
    const ask = asks[index];
    if (ask === undefined) throw new RangeError(`The thread got ${asks.length} asks.`);
    return ask.id;
  }
}

/** Opens fake threads and keeps them, in the order in which they were started. */
export function fakeThreads<Work extends Craft>(): {
  readonly started: readonly FakeThread<Work>[];
  readonly open: OpenThread<Work['ask'], Work['tell'], Work['answer'], Work['news']>;
} {
  const started: FakeThread<Work>[] = [];
  return {
    started,
    open(events) {
      const thread = new FakeThread<Work>(events);
      started.push(thread);
      return thread;
    },
  };
}

/** Everything that waits for promises alone has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < promiseTurns; turn += 1) await undefined;
}
