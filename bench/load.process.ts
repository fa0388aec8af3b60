import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Sound, Wire } from './load.audio.ts';
import type { HeardInAll } from './load.callers.ts';

export interface LoadSettings {
  readonly by: 'audiosocket' | 'twilio';
  readonly format: 'slin' | 'slin24' | 'ulaw';
  readonly wire: Wire;
  /** What each reply of the model is; `null`: it listens. */
  readonly says: Sound | null;
  readonly replyMs: number;
  /** Whether the model speaks all the time, from each call's start on. */
  readonly isTalkative: boolean;
}

export type LoadOrder =
  | {
      readonly type: 'connect';
      readonly port: number;
      readonly calls: number;
      readonly isSpeaking: boolean;
    }
  | { readonly type: 'measure'; readonly durationMs: number }
  | { readonly type: 'interrupt'; readonly rounds: number };

export interface Measured extends HeardInAll {
  readonly durationMs: number;
  readonly appends: number;
  readonly appendBytes: number;
  readonly lateDeltas: number;
  /** How busy the loop of the load itself was: near 1 it, not the gateway, is measured. */
  readonly loadUtilization: number;
}

export interface Interruption {
  /** From the moment the event could be read until the last frame of the agent; 0: none came. */
  readonly lastFrameMs: number;
  readonly frames: number;
  /** How much of the reply the frames that were heard show. */
  readonly shownMs: number;
  /** What the model was told; `null`: nothing. */
  readonly truncatedAtMs: number | null;
}

/** Callers and a model in a process of their own. */
export class Load {
  readonly modelUrl: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, modelUrl: string) {
    this.#child = child;
    this.modelUrl = modelUrl;
  }

  static async start(settings: LoadSettings): Promise<Load> {
    const child = fork(join(import.meta.dirname, 'load.child.ts'), [JSON.stringify(settings)]);
    return new Load(child, await answerOf<string>(child));
  }

  /** Resolves when every call has a conversation; from then on callers speak, if they shall. */
  async connect(order: Omit<Extract<LoadOrder, { type: 'connect' }>, 'type'>): Promise<void> {
    await this.#ask({ type: 'connect', ...order });
  }

  measure(durationMs: number): Promise<Measured> {
    return this.#ask({ type: 'measure', durationMs });
  }

  interrupt(rounds: number): Promise<Interruption[]> {
    return this.#ask({ type: 'interrupt', rounds });
  }

  async stop(): Promise<void> {
    if (!this.#child.connected) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await exited;
  }

  #ask<Answer>(order: LoadOrder): Promise<Answer> {
    const answer = answerOf<Answer>(this.#child);
    this.#child.send(order);
    return answer;
  }
}

/** The next message of a child; rejects when it ends instead. */
export function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a process of the bench ended before it answered'));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as Answer);
    });
  });
}
