import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { CallResult } from '../src/cli/place-call.ts';
import type { SpokenTurn } from './dialogues.latency.ts';
import { answerOf } from './load.process.ts';

export interface CallOrder {
  readonly uuid: string;
  readonly port: number;
  /** Of the scenario. */
  readonly title: string;
}

/** What a caller has heard. */
export interface CallAnswer extends Pick<CallResult, 'end' | 'latenessMsMax'> {
  readonly uuid: string;
  readonly turns: readonly SpokenTurn[];
  /** Of every frame of the agent, against the pace of its call. */
  readonly frameLatenessMs: readonly number[];
}

/** Callers in a process of their own, so that the gateway's loop is alone with its calls. */
export class Callers {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (answer: CallAnswer) => void>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (answer: CallAnswer) => this.#waiting.get(answer.uuid)?.(answer));
  }

  /** Resolves when all that they will say has been made. */
  static async start(): Promise<Callers> {
    const child = fork(join(import.meta.dirname, 'dialogues.child.ts'));
    await answerOf(child);
    return new Callers(child);
  }

  call(order: CallOrder): Promise<CallAnswer> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the process of the callers ended in a call'));
      this.#child.once('exit', onExit);
      this.#waiting.set(order.uuid, (answer) => {
        this.#child.off('exit', onExit);
        this.#waiting.delete(order.uuid);
        resolve(answer);
      });
      this.#child.send(order);
    });
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
