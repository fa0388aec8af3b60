import type { Log } from '../observe/observe.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import type { AriClient } from './ari.ts';
import type { AriChannels } from './ari-channels.ts';
import type { AriChannel, AriEvent } from './ari-wire.ts';
import type { CallRegistry } from './call-registry.ts';
import { uuidText } from './wire.ts';

/** Asterisk connects to us within 2 s (`MAX_CONNECT_TIMEOUT_MSEC` of res_audiosocket) or not. */
export const mediaMsMax = 5_000;

/** Channels and bridges of our making are named so: no others come by the dialplan. */
export const ownPrefix = 'offhook-';

/** Where Asterisk finds our AudioSocket port, and what it is to send there. */
export interface MediaAddress {
  readonly externalHost: string;
  readonly format: string;
}

export interface AriCallsParts {
  readonly client: AriClient;
  readonly channels: AriChannels;
  readonly registry: Pick<CallRegistry, 'announce' | 'isExpected'>;
  readonly random: Random;
  readonly log: Log;
  /** Asked for when a call comes: the port is known once it is open. */
  readonly media: () => MediaAddress;
}

/** Where the caller's channel is. */
type Place =
  | { readonly is: 'opening' | 'with-agent' | 'on-hold' }
  /** In the bridge of the second leg. */
  | { readonly is: 'handed-over'; readonly secondId: string };

interface CallerCall {
  readonly uuid: string;
  readonly channelId: string;
  readonly mediaId: string;
  readonly bridgeId: string;
  place: Place;
}

/**
 * Calls whose channel the dialplan gave into our hands by `Stasis(app,UUID)` instead of
 * `AudioSocket()`: each is joined with a channel that is our AudioSocket, so that the session sees
 * no difference, and can be put on hold and handed over. When the agent lets go, the dialplan goes
 * on behind `Stasis()`.
 */
export class AriCalls {
  readonly #parts: AriCallsParts;
  readonly #calls = new Map<string, CallerCall>();

  constructor(parts: AriCallsParts) {
    this.#parts = parts;
  }

  /** Whether the call's channel is in our hands. */
  has(uuid: string): boolean {
    return this.#calls.has(uuid);
  }

  onEvent(event: AriEvent): void {
    if (event.type !== 'StasisStart') return;
    if (event.channel.id.startsWith(ownPrefix)) return;
    const uuid = uuidText.safeParse(event.args[0]);
    if (uuid.success && !this.#calls.has(uuid.data)) void this.#take(event.channel, uuid.data);
    else this.#refuse(event);
  }

  /** The caller hears music instead of the agent. Rejects when Asterisk will not. */
  async hold(uuid: string): Promise<void> {
    const { client } = this.#parts;
    const call = this.#callOf(uuid);
    call.place = { is: 'on-hold' };
    await client.removeFromBridge(call.bridgeId, call.channelId);
    await client.startMusic(call.channelId);
  }

  /** The caller is with the agent again, however far `hold` had come. */
  async resume(uuid: string): Promise<void> {
    const { client } = this.#parts;
    const call = this.#callOf(uuid);
    await this.#quietly(client.stopMusic(call.channelId));
    await client.addToBridge(call.bridgeId, [call.channelId]);
    call.place = { is: 'with-agent' };
  }

  /** The caller speaks with the second leg from now on, and with no agent any more. */
  async handOver(
    uuid: string,
    second: { readonly channelId: string; readonly bridgeId: string },
  ): Promise<void> {
    const { client, channels } = this.#parts;
    const call = this.#callOf(uuid);
    await this.#quietly(client.stopMusic(call.channelId));
    await client.addToBridge(second.bridgeId, [call.channelId]);
    call.place = { is: 'handed-over', secondId: second.channelId };
    channels.watch(second.channelId, {
      onGone: () => {
        void this.#quietly(client.closeBridge(second.bridgeId));
        void this.#quietly(client.continueInDialplan(call.channelId));
      },
    });
  }

  /** Gives every caller back to the dialplan: nobody will be there to do it later. */
  async releaseAll(): Promise<void> {
    const { client } = this.#parts;
    const left = [...this.#calls.values()].filter(({ place }) => place.is !== 'handed-over');
    this.#calls.clear();
    await Promise.all(
      left.map(({ channelId }) => this.#quietly(client.continueInDialplan(channelId))),
    );
  }

  #callOf(uuid: string): CallerCall {
    const call = this.#calls.get(uuid);
    if (call) return call;
    throw new GatewayError('NOT_FOUND', `call ${uuid} is not in the hands of ARI`, { uuid });
  }

  async #take(channel: AriChannel, uuid: string): Promise<void> {
    const { client, channels, registry, random, log, media } = this.#parts;
    const call: CallerCall = {
      uuid,
      channelId: channel.id,
      mediaId: random.id(`${ownPrefix}media-`),
      bridgeId: random.id(`${ownPrefix}bridge-`),
      place: { is: 'opening' },
    };
    this.#calls.set(uuid, call);
    channels.watch(channel.id, { onGone: () => this.#callerGone(call) });
    try {
      if (!registry.isExpected(uuid)) registry.announce(announcementOf(uuid, channel));
      await client.openBridge(call.bridgeId);
      await client.addToBridge(call.bridgeId, [call.channelId]);
      const { mediaId: channelId } = call;
      await channels.started(channelId, mediaMsMax, () =>
        client.openMedia({ channelId, uuid, ...media() }),
      );
      channels.watch(channelId, { onGone: () => this.#agentGone(call) });
      await client.addToBridge(call.bridgeId, [channelId]);
      call.place = { is: 'with-agent' };
    } catch (thrown) {
      log.error('a call could not be joined with its agent', { uuid, reason: messageOf(thrown) });
      void this.#quietly(client.hangUp(call.mediaId));
      this.#agentGone(call);
    }
  }

  #refuse({ channel, args }: Extract<AriEvent, { type: 'StasisStart' }>): void {
    const { client, log } = this.#parts;
    const reason = 'its first argument is no UUID, or one that is live';
    log.warn('a channel is given back to the dialplan', { reason, channel: channel.name, args });
    void this.#quietly(client.continueInDialplan(channel.id));
  }

  /** The agent has let go: the dialplan takes over, unless the caller was handed over. */
  #agentGone(call: CallerCall): void {
    const { client } = this.#parts;
    void this.#quietly(client.closeBridge(call.bridgeId));
    if (call.place.is === 'handed-over' || !this.#calls.has(call.uuid)) return;
    const wasOnHold = call.place.is === 'on-hold';
    void this.#quietly(wasOnHold ? client.stopMusic(call.channelId) : Promise.resolve()).then(() =>
      this.#quietly(client.continueInDialplan(call.channelId)),
    );
  }

  #callerGone(call: CallerCall): void {
    const { client, channels } = this.#parts;
    this.#calls.delete(call.uuid);
    channels.forget(call.mediaId);
    void this.#quietly(client.hangUp(call.mediaId));
    void this.#quietly(client.closeBridge(call.bridgeId));
    if (call.place.is === 'handed-over') void this.#quietly(client.hangUp(call.place.secondId));
  }

  /** Clearing up: what is gone already need not go. */
  async #quietly(request: Promise<void>): Promise<void> {
    try {
      await request;
    } catch (thrown) {
      const isGone = thrown instanceof GatewayError && thrown.details['status'] === 404;
      const reason = messageOf(thrown);
      if (isGone) this.#parts.log.debug('ARI: gone already', { reason });
      else this.#parts.log.warn('ARI would not', { reason });
    }
  }
}

/** What Asterisk itself knows of a call that nobody announced. */
function announcementOf(uuid: string, { caller, dialplan }: AriChannel) {
  return {
    uuid,
    ...(caller.number === '' ? {} : { callerNumber: caller.number.slice(0, 64) }),
    ...(dialplan.exten === '' ? {} : { dialledNumber: dialplan.exten.slice(0, 64) }),
    variables: {},
  };
}
