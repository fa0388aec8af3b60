import type { Log } from '../observe/observe.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import type { Leg } from '../transports/transport.ts';
import type { AriClient } from './ari.ts';
import { type MediaAddress, mediaMsMax, ownPrefix } from './ari-calls.ts';
import type { AriChannels } from './ari-channels.ts';
import type { CallRegistry } from './call-registry.ts';

/** Asterisk ends the ringing by itself; so much later we do. */
const ringGraceMs = 2_000;

export interface SecondLegsParts {
  readonly client: AriClient;
  readonly channels: AriChannels;
  readonly registry: Pick<CallRegistry, 'announce'>;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly media: () => MediaAddress;
}

/** Somebody has picked up and hears us by a leg of our own. */
export interface SecondLeg {
  readonly leg: Leg;
  readonly channelId: string;
  readonly bridgeId: string;
  /** They are let go. Safe to call twice; not to be called once the caller was handed over. */
  drop(): void;
}

/** Why nobody picked up. */
export type Unanswered = 'busy' | 'rejected' | 'no-answer' | 'failed';

export interface SecondCall {
  /** Of the directory: `PJSIP/kitchen`. */
  readonly endpoint: string;
  readonly callerId: string | null;
  readonly ringMsMax: number;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** Calls people on behalf of a caller, and brings each to us by AudioSocket. */
export class SecondLegs {
  readonly #parts: SecondLegsParts;
  /** UUIDs of media channels that are about to call us. */
  readonly #expected = new Map<string, (leg: Leg) => void>();

  constructor(parts: SecondLegsParts) {
    this.#parts = parts;
  }

  /** Whether a leg that has come is one of ours: then it is no new call. */
  claim(leg: Leg): boolean {
    const take = this.#expected.get(leg.id);
    this.#expected.delete(leg.id);
    take?.(leg);
    return take !== undefined;
  }

  /** Rings until somebody picks up and can be spoken with, or nobody does. Never rejects. */
  async call(wanted: SecondCall): Promise<SecondLeg | Unanswered> {
    const { random, client, log } = this.#parts;
    const channelId = random.id(`${ownPrefix}second-`);
    const bridgeId = random.id(`${ownPrefix}bridge-`);
    const drop = once(() => {
      for (const request of [client.hangUp(channelId), client.closeBridge(bridgeId)]) {
        request.catch((thrown) => this.#goneAlready(thrown));
      }
    });
    wanted.signal.addEventListener('abort', drop, { once: true });
    try {
      await this.#ring(channelId, wanted);
      const leg = await this.#bringHere(channelId, bridgeId);
      // A signal that fired meanwhile has dropped them already.
      if (!wanted.signal.aborted) return { leg, channelId, bridgeId, drop };
      letGo(leg);
      return 'failed';
    } catch (thrown) {
      drop();
      log.info('the second leg did not come', { reason: messageOf(thrown) });
      return unansweredBy(thrown);
    } finally {
      wanted.signal.removeEventListener('abort', drop);
    }
  }

  async #ring(channelId: string, wanted: SecondCall): Promise<void> {
    const { channels, client } = this.#parts;
    const { endpoint, callerId, ringMsMax, signal } = wanted;
    if (signal.aborted) throw new GatewayError('TOOL_ABORTED', 'the caller has gone');
    const timeoutS = Math.max(1, Math.round(ringMsMax / 1_000));
    const originate = { channelId, endpoint, callerId, timeoutS, appArgs: 'second' };
    await channels.started(channelId, ringMsMax + ringGraceMs, () => client.originate(originate));
  }

  /** A bridge of the channel that picked up and one that is our AudioSocket. */
  async #bringHere(channelId: string, bridgeId: string): Promise<Leg> {
    const { channels, client, registry, random, media } = this.#parts;
    const uuid = random.uuid();
    const mediaId = random.id(`${ownPrefix}media-`);
    const arrival = this.#arrivalOf(uuid);
    let isGone = false;
    // Who hangs up takes the leg along.
    const onGone = () => {
      isGone = true;
      client.hangUp(mediaId).catch((thrown) => this.#goneAlready(thrown));
    };
    channels.watch(channelId, { onGone });
    try {
      registry.announce({ uuid, variables: {} });
      await client.openBridge(bridgeId);
      await client.addToBridge(bridgeId, [channelId]);
      await channels.started(mediaId, mediaMsMax, () =>
        client.openMedia({ channelId: mediaId, uuid, ...media() }),
      );
      await client.addToBridge(bridgeId, [mediaId]);
      const leg = await arrival.leg;
      if (isGone) throw new GatewayError('CALL_UNANSWERED', 'hung up at once', { cause: 16 });
      return leg;
    } catch (thrown) {
      arrival.cancel();
      throw thrown;
    } finally {
      channels.forget(mediaId);
    }
  }

  #goneAlready(thrown: unknown): void {
    this.#parts.log.debug('ARI: gone already', { reason: messageOf(thrown) });
  }

  #arrivalOf(uuid: string): { readonly leg: Promise<Leg>; cancel(): void } {
    let timer: Timer | null = null;
    const leg = new Promise<Leg>((resolve, reject) => {
      this.#expected.set(uuid, resolve);
      timer = this.#parts.clock.setTimer(mediaMsMax, () => {
        this.#expected.delete(uuid);
        const message = `no AudioSocket of the second leg within ${mediaMsMax} ms`;
        reject(new GatewayError('CALL_UNANSWERED', message));
      });
    });
    // Whoever gives up earlier does not hear of it.
    leg.catch(() => undefined);
    void leg.then(
      () => timer?.cancel(),
      () => undefined,
    );
    return {
      leg,
      cancel: () => {
        timer?.cancel();
        // One that comes all the same is let go.
        if (this.#expected.has(uuid)) this.#expected.set(uuid, letGo);
        else void leg.then(letGo, () => undefined);
      },
    };
  }
}

function letGo(leg: Leg): void {
  leg.open(() => undefined);
  leg.send({ type: 'hang-up' });
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}

/** Causes of Q.850 that mean more than that the call failed. */
function unansweredBy(thrown: unknown): Unanswered {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'CALL_UNANSWERED') return 'failed';
  switch (thrown.details['cause']) {
    case 17:
      return 'busy';
    case 21:
      return 'rejected';
    case null:
    case 16:
    case 18:
    case 19:
      return 'no-answer';
    default:
      return 'failed';
  }
}
