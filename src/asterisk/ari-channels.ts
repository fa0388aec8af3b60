import type { Clock, Timer } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { AriEvent } from './ari-wire.ts';

/** What became of a channel that somebody watches. */
export interface ChannelWatcher {
  /** It is in our application. */
  onStarted?(): void;
  /** It left our application or was hung up; `cause` (Q.850) is not always known. Called once. */
  onGone(cause: number | null): void;
}

/** The lives of the channels we deal with, told to whoever watches each. */
export class AriChannels {
  readonly #clock: Clock;
  readonly #watchers = new Map<string, ChannelWatcher>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One watcher a channel: a later one takes the place of the one before. */
  watch(channelId: string, watcher: ChannelWatcher): void {
    this.#watchers.set(channelId, watcher);
  }

  /**
   * Watches a channel that `make` asks for, and settles when it is in our application. Rejects with
   * `CALL_UNANSWERED`, whose details hold the `cause`, when it is gone before or `msMax` is over.
   */
  async started(channelId: string, msMax: number, make: () => Promise<void>): Promise<void> {
    let timer: Timer | null = null;
    const started = new Promise<void>((resolve, reject) => {
      const fail = (message: string, cause: number | null) =>
        reject(new GatewayError('CALL_UNANSWERED', message, { cause }));
      timer = this.#clock.setTimer(msMax, () =>
        fail(`channel ${channelId} did not come within ${msMax} ms`, null),
      );
      this.watch(channelId, {
        onStarted: resolve,
        onGone: (cause) => fail(`channel ${channelId} is gone, cause ${cause}`, cause),
      });
    });
    try {
      // The event may come before the answer to the request that causes it, and either may fail.
      await Promise.all([make(), started]);
    } finally {
      (timer as Timer | null)?.cancel();
    }
  }

  /** Nobody wants to know any more. */
  forget(channelId: string): void {
    this.#watchers.delete(channelId);
  }

  onEvent(event: AriEvent): void {
    switch (event.type) {
      case 'StasisStart':
        this.#watchers.get(event.channel.id)?.onStarted?.();
        return;
      case 'StasisEnd':
        this.#gone(event.channel.id, null);
        return;
      case 'ChannelDestroyed':
        this.#gone(event.channel.id, event.cause);
        return;
      case 'ApplicationReplaced':
    }
  }

  /** Events were missed: whoever is not among these is gone. */
  onChannels(channelIds: ReadonlySet<string>): void {
    for (const channelId of [...this.#watchers.keys()]) {
      if (!channelIds.has(channelId)) this.#gone(channelId, null);
    }
  }

  #gone(channelId: string, cause: number | null): void {
    const watcher = this.#watchers.get(channelId);
    this.#watchers.delete(channelId);
    watcher?.onGone(cause);
  }
}
