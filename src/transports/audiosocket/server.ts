import type { ByteListener, ByteSocket } from '../../runtime/byte-socket.ts';
import type { Closer } from '../../runtime/closer.ts';
import type { CallInfo, Leg, Transport } from '../transport.ts';
import { allowedBy, assertListenSafe } from './allow-list.ts';
import { Connection, type Door, type Refusal } from './connection.ts';
import { AudioSocketLeg, type LegParts } from './leg.ts';
import { type PeerLimits, Peers } from './peers.ts';

/** What was announced about calls before they came: AudioSocket itself tells only a UUID. */
export interface AnnouncedCalls {
  /** What is known of the call that has come, once; `null`: not announced, too late or used up. */
  claim(callId: string): CallInfo | null;
  /** The caller's line has ended. */
  release(callId: string): void;
  /** The dialplan will ask where to take the caller. */
  transfer(callId: string, destinationKey: string): void;
}

export interface AudioSocketOptions {
  /** Addresses and CIDRs that may connect; empty: loopback only. */
  readonly allow: readonly string[];
  /** Refuse UUIDs that were not announced. */
  readonly requireRegistered: boolean;
  /** From connecting to the last byte of the UUID. Later there is no idle limit. */
  readonly uuidMsMax: number;
  /** Connections that have not sent their UUID yet, of all peers together. */
  readonly waitingMax: number;
  readonly peer: PeerLimits;
}

/** Asterisk sends the UUID at once. The numbers leave room for 1,000 calls from one Asterisk. */
export const defaultAudioSocketOptions: AudioSocketOptions = {
  allow: [],
  requireRegistered: false,
  uuidMsMax: 2000,
  waitingMax: 1024,
  peer: { connectionsMax: 2048, connectionsPerSecondMax: 500 },
};

export interface AudioSocketParts extends Omit<LegParts, 'noteTransfer'> {
  readonly listener: ByteListener;
  readonly calls: AnnouncedCalls;
}

/** Accepts callers from Asterisk, by the dialplan's application or by the channel driver. */
export class AudioSocketTransport implements Transport {
  readonly kind = 'audiosocket';
  readonly #parts: AudioSocketParts;
  readonly #legParts: LegParts;
  readonly #options: AudioSocketOptions;
  readonly #peers: Peers;
  /** Those that count against their peer's limits, and those of them without a UUID yet. */
  readonly #admitted = new Set<Connection>();
  readonly #waiting = new Set<Connection>();
  /** UUIDs of connections that are still open: none is opened twice. */
  readonly #liveIds = new Set<string>();

  /** Throws `CONFIG_INVALID` for an entry of `allow` that is no address. */
  constructor(parts: AudioSocketParts, options: AudioSocketOptions) {
    const { calls } = parts;
    this.#parts = parts;
    this.#legParts = { ...parts, noteTransfer: (id, key) => calls.transfer(id, key) };
    this.#options = options;
    this.#peers = new Peers(parts.clock, options.peer, allowedBy(options.allow));
  }

  /**
   * Rejects with `LISTEN_UNSAFE` or `LISTEN_FAILED`. Closing stops accepting and resets those who
   * have not sent a UUID; calls in progress go on.
   */
  async listen(onLeg: (leg: Leg) => void): Promise<Closer> {
    const { listener } = this.#parts;
    assertListenSafe(listener.host, this.#options.allow);
    const door = this.#doorTo(onLeg);
    const listening = await listener.listen((socket) => this.#accept(socket, door));
    return {
      close: () => {
        for (const connection of this.#waiting) connection.reset(null);
        return listening.close();
      },
    };
  }

  #accept(socket: ByteSocket, door: Door): void {
    const connection = new Connection(socket, door);
    socket.listen(connection);
    const refusal = this.#peers.admit(connection.address);
    if (refusal) {
      connection.reset(refusal);
      return;
    }
    this.#admitted.add(connection);
    this.#waiting.add(connection);
    if (this.#waiting.size > this.#options.waitingMax) connection.reset('audiosocket-waiting');
  }

  #doorTo(onLeg: (leg: Leg) => void): Door {
    return {
      clock: this.#parts.clock,
      uuidMsMax: this.#options.uuidMsMax,
      enter: (uuid, socket) => this.#enter(uuid, socket),
      onLeg,
      onRefused: (address, refusal) => this.#refused(address, refusal),
      onDecided: (connection) => this.#waiting.delete(connection),
      onEnd: (connection, leg) => {
        if (this.#admitted.delete(connection)) this.#peers.release(connection.address);
        if (!leg) return;
        this.#liveIds.delete(leg.id);
        this.#parts.calls.release(leg.id);
      },
    };
  }

  #enter(uuid: string, socket: ByteSocket): AudioSocketLeg | Refusal {
    if (this.#liveIds.has(uuid)) return 'audiosocket-uuid-live';
    const announced = this.#parts.calls.claim(uuid);
    if (!announced && this.#options.requireRegistered) return 'audiosocket-unregistered';
    this.#liveIds.add(uuid);
    return new AudioSocketLeg(socket, announced ?? { callId: uuid, variables: {} }, this.#legParts);
  }

  #refused(address: string, limit: Refusal): void {
    this.#parts.metrics.count('offhook_limits_total', { limit });
    const untoldCount = this.#peers.complain(address);
    if (untoldCount === null) return;
    this.#parts.log.warn('AudioSocket connection refused', { address, limit, untoldCount });
  }
}
