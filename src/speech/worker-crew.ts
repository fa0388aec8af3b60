import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { type ErrorCode, GatewayError, messageOf } from '../runtime/errors.ts';

/** A crash loop: so many threads of a crew that end within `loopWindowMs`. */
const loopEndsMin = 3;
const loopWindowMs = 30_000;
/**
 * After a crash loop a thread is trusted that has worked for so long: some die of their first job.
 */
const provenMs = 5_000;
/** Before the second start in a row; the first follows at once. Doubles up to the last. */
const restartDelayMsMin = 500;
const restartDelayMsMax = 10_000;

/** To a thread. `tell` wants no answer. */
export type ThreadRequest<Ask, Tell> =
  | { readonly type: 'ask'; readonly id: number; readonly ask: Ask }
  | { readonly type: 'tell'; readonly tell: Tell };

/** From a thread. `news` answers nothing. */
export type ThreadReply<Answer, News> =
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | {
      readonly type: 'failure';
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly type: 'news'; readonly news: News };

/** A thread as its crew sees it. */
export interface ThreadPort<Ask, Tell> {
  post(request: ThreadRequest<Ask, Tell>): void;
  /** Ends the thread, whatever it is doing. `onEnded` may or may not follow. */
  end(): Promise<void>;
}

export interface ThreadEvents<Answer, News> {
  onReply(reply: ThreadReply<Answer, News>): void;
  onEnded(reason: string): void;
}

/** Starts a thread. What it has to load, it loads before its first answer. */
export type OpenThread<Ask, Tell, Answer, News> = (
  events: ThreadEvents<Answer, News>,
) => ThreadPort<Ask, Tell>;

/** How the work of a crew looks in both directions. */
export interface Craft {
  readonly ask: unknown;
  readonly answer: unknown;
  readonly tell: unknown;
  readonly news: unknown;
}

export interface CrewOptions<Work extends Craft> {
  /** For logs: `synthesizer`. */
  readonly name: string;
  readonly size: number;
  readonly open: OpenThread<Work['ask'], Work['tell'], Work['answer'], Work['news']>;
  /** Asked of every thread first: who answers it has loaded everything and works. */
  readonly probe: Work['ask'];
  /** A thread that owes an answer for longer is ended, and another one started. */
  readonly answerMsMax: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What a thread says unasked. */
  readonly onNews?: (member: CrewMember<Work>, news: Work['news']) => void;
  /** A member came up, went down, or the crew's health changed. */
  readonly onChange?: (member: CrewMember<Work>) => void;
}

/**
 * Threads that do one kind of work, each restarted when it dies. None is started before it is
 * wanted. The asks that a thread owed an answer reject with `SPEECH_ENGINE_LOST`.
 */
export class WorkerCrew<Work extends Craft> {
  readonly members: readonly CrewMember<Work>[];
  readonly #clock: Clock;
  #endedAtMs: number[] = [];
  #isLooping = false;

  constructor(options: CrewOptions<Work>) {
    this.#clock = options.clock;
    const restartDelayMs = (): number => this.#judgeEnd();
    this.members = Array.from(
      { length: options.size },
      () => new CrewMember(options, restartDelayMs),
    );
  }

  /** False from the judgement of a crash loop until a thread has worked for some seconds. */
  get isHealthy(): boolean {
    if (!this.#isLooping) return true;
    const provenAtMs = this.#clock.monotonicMs() - provenMs;
    return this.members.some(({ worksSinceMs }) => (worksSinceMs ?? Infinity) <= provenAtMs);
  }

  /** Starts every thread that has not been started. Rejects when one of them cannot be. */
  async warm(): Promise<void> {
    await Promise.all(this.members.map((member) => member.warm()));
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.close()));
  }

  /** A thread ends now: how long to wait before it is replaced. */
  #judgeEnd(): number {
    const wasHealthy = this.isHealthy;
    const nowMs = this.#clock.monotonicMs();
    this.#endedAtMs = [...this.#endedAtMs.filter((atMs) => nowMs - atMs < loopWindowMs), nowMs];
    const endCount = this.#endedAtMs.length;
    this.#isLooping = endCount >= loopEndsMin || !wasHealthy;
    if (endCount === 1) return 0;
    return Math.min(restartDelayMsMin * 2 ** (endCount - 2), restartDelayMsMax);
  }
}

interface Debt<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: GatewayError) => void;
  readonly timer: Timer;
}

type Life<Work extends Craft> =
  | { readonly is: 'unborn' }
  | {
      readonly is: 'up';
      readonly port: ThreadPort<Work['ask'], Work['tell']>;
      readonly probed: Promise<unknown>;
    }
  | { readonly is: 'pausing'; readonly timer: Timer }
  | { readonly is: 'closed' };

/** One place in a crew: a thread, or the wait for the next. */
export class CrewMember<Work extends Craft> {
  readonly #options: CrewOptions<Work>;
  readonly #restartDelayMs: () => number;
  readonly #debts = new Map<number, Debt<Work['answer']>>();
  #life: Life<Work> = { is: 'unborn' };
  #worksSinceMs: number | null = null;
  #threadNumber = 0;
  #lastAskId = 0;

  /** Made by its crew, which says when to start the next thread, the last one having ended. */
  constructor(options: CrewOptions<Work>, restartDelayMs: () => number) {
    this.#options = options;
    this.#restartDelayMs = restartDelayMs;
  }

  /** Whether asks are taken: false between two threads. */
  get isUp(): boolean {
    return this.#life.is === 'up' || this.#life.is === 'unborn';
  }

  /** When the thread had loaded everything; `null`: none has. */
  get worksSinceMs(): number | null {
    return this.#worksSinceMs;
  }

  /** Grows with every thread that is started here: what an older one was told is forgotten. */
  get threadNumber(): number {
    return this.#threadNumber;
  }

  /** Asks that have no answer yet. */
  get debtCount(): number {
    return this.#debts.size;
  }

  /** Starts the thread if there is none. Resolves when it works. */
  async warm(): Promise<void> {
    if (this.#life.is === 'unborn') this.#start();
    if (this.#life.is !== 'up') throw this.#lost('is not running');
    await this.#life.probed;
  }

  /** Rejects with `SPEECH_ENGINE_LOST` when the thread ends before it answers. */
  ask(ask: Work['ask']): Promise<Work['answer']> {
    if (this.#life.is === 'unborn') this.#start();
    if (this.#life.is !== 'up') return Promise.reject(this.#lost('is not running'));
    return this.#post(this.#life.port, ask);
  }

  /** False when there is no thread to tell. */
  tell(tell: Work['tell']): boolean {
    if (this.#life.is === 'unborn') this.#start();
    if (this.#life.is !== 'up') return false;
    this.#life.port.post({ type: 'tell', tell });
    return true;
  }

  async close(): Promise<void> {
    const life = this.#life;
    this.#life = { is: 'closed' };
    if (life.is === 'pausing') life.timer.cancel();
    this.#rejectDebts('was closed');
    if (life.is === 'up') await life.port.end();
  }

  #start(): void {
    this.#threadNumber += 1;
    const threadNumber = this.#threadNumber;
    const isCurrent = (): boolean => this.#life.is === 'up' && threadNumber === this.#threadNumber;
    const port = this.#options.open({
      onReply: (reply) => {
        if (isCurrent()) this.#onReply(reply);
      },
      onEnded: (reason) => {
        if (isCurrent()) this.#onEnded(reason);
      },
    });
    const probed = this.#post(port, this.#options.probe).then(() => {
      this.#worksSinceMs = this.#options.clock.monotonicMs();
      this.#options.onChange?.(this);
    });
    // A thread that dies first is told of by its end; who warms it up is told by this promise.
    probed.catch(() => undefined);
    this.#life = { is: 'up', port, probed };
  }

  #post(port: ThreadPort<Work['ask'], Work['tell']>, ask: Work['ask']): Promise<Work['answer']> {
    this.#lastAskId += 1;
    const id = this.#lastAskId;
    const { answerMsMax, clock } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(answerMsMax, () =>
        this.#onEnded(`no answer within ${answerMsMax} ms`),
      );
      this.#debts.set(id, { resolve, reject, timer });
      port.post({ type: 'ask', id, ask });
    });
  }

  #onReply(reply: ThreadReply<Work['answer'], Work['news']>): void {
    if (reply.type === 'news') {
      this.#options.onNews?.(this, reply.news);
      return;
    }
    const debt = this.#debts.get(reply.id);
    if (debt === undefined) return;
    this.#debts.delete(reply.id);
    debt.timer.cancel();
    if (reply.type === 'answer') debt.resolve(reply.answer);
    else debt.reject(new GatewayError(reply.code, reply.message));
  }

  #onEnded(reason: string): void {
    if (this.#life.is !== 'up') return;
    const { clock, log, metrics, name } = this.#options;
    const { port } = this.#life;
    const delayMs = this.#restartDelayMs();
    this.#worksSinceMs = null;
    metrics.count('offhook_speech_thread_ends_total', { crew: name });
    log.error('speech thread ended', { crew: name, reason, restartDelayMs: delayMs });
    const timer = clock.setTimer(delayMs, () => {
      this.#start();
      this.#options.onChange?.(this);
    });
    this.#life = { is: 'pausing', timer };
    this.#rejectDebts(reason);
    void port.end();
    this.#options.onChange?.(this);
  }

  #rejectDebts(reason: string): void {
    const debts = [...this.#debts.values()];
    this.#debts.clear();
    for (const debt of debts) {
      debt.timer.cancel();
      debt.reject(this.#lost(reason));
    }
  }

  #lost(reason: string): GatewayError {
    const { name } = this.#options;
    return new GatewayError('SPEECH_ENGINE_LOST', `a thread of the ${name}: ${reason}`, {
      crew: name,
    });
  }
}

/**
 * A thread's own side: answers every ask with what `answer` comes to. Asks are begun in the order
 * in which they came. A `GatewayError` keeps its code; anything else is `SPEECH_ENGINE_FAILED`.
 */
export function serveAsks<Ask, Tell, Answer, News>(
  post: (reply: ThreadReply<Answer, News>) => void,
  work: { answer(ask: Ask): Answer | Promise<Answer>; onTell?(tell: Tell): void },
): (request: ThreadRequest<Ask, Tell>) => Promise<void> {
  return async (request) => {
    if (request.type === 'tell') {
      work.onTell?.(request.tell);
      return;
    }
    const { id } = request;
    try {
      post({ type: 'answer', id, answer: await work.answer(request.ask) });
    } catch (error) {
      const code = error instanceof GatewayError ? error.code : 'SPEECH_ENGINE_FAILED';
      post({ type: 'failure', id, code, message: messageOf(error) });
    }
  };
}
