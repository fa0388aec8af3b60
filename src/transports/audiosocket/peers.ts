import type { Clock } from '../../runtime/clock.ts';

/** Why a connection is turned away; also the `limit` label of `offhook_limits_total`. */
export type PeerRefusal =
  | 'audiosocket-allow'
  | 'audiosocket-peer-connections'
  | 'audiosocket-peer-rate'
  | 'audiosocket-peers';

export interface PeerLimits {
  readonly connectionsMax: number;
  readonly connectionsPerSecondMax: number;
}

interface Peer {
  connectionCount: number;
  /** The second that is being counted, and what was admitted in it. */
  secondSinceMs: number;
  admittedInSecond: number;
  complainedAtMs: number;
  complaintsUntold: number;
}

/** Addresses that are remembered at once: an Asterisk is one. Beyond, new ones are turned away. */
const peersMax = 1024;
const complaintIntervalMs = 60_000;

/** Counts the connections of every address, and keeps one that misbehaves from filling the log. */
export class Peers {
  readonly #clock: Clock;
  readonly #limits: PeerLimits;
  readonly #isAllowed: (address: string) => boolean;
  readonly #peers = new Map<string, Peer>();
  /** Complaints about all who were never let in: they cannot push others out by their number. */
  readonly #strangers = newPeer();

  constructor(clock: Clock, limits: PeerLimits, isAllowed: (address: string) => boolean) {
    this.#clock = clock;
    this.#limits = limits;
    this.#isAllowed = isAllowed;
  }

  /** Gives why a new connection is turned away, or `null`: then `release` it when it has ended. */
  admit(address: string): PeerRefusal | null {
    if (!this.#isAllowed(address)) return 'audiosocket-allow';
    const peer = this.#find(address);
    if (!peer) return 'audiosocket-peers';
    if (peer.connectionCount >= this.#limits.connectionsMax) return 'audiosocket-peer-connections';
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - peer.secondSinceMs >= 1000) {
      peer.secondSinceMs = nowMs;
      peer.admittedInSecond = 0;
    }
    if (peer.admittedInSecond >= this.#limits.connectionsPerSecondMax)
      return 'audiosocket-peer-rate';
    peer.admittedInSecond += 1;
    peer.connectionCount += 1;
    return null;
  }

  release(address: string): void {
    const peer = this.#peers.get(address);
    if (peer) peer.connectionCount -= 1;
  }

  /**
   * Whether a complaint about this address may be logged: the first in a minute. Gives how many
   * went untold before it, or `null` to keep silent.
   */
  complain(address: string): number | null {
    const peer = this.#peers.get(address) ?? this.#strangers;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - peer.complainedAtMs < complaintIntervalMs) {
      peer.complaintsUntold += 1;
      return null;
    }
    const untoldCount = peer.complaintsUntold;
    peer.complainedAtMs = nowMs;
    peer.complaintsUntold = 0;
    return untoldCount;
  }

  #find(address: string): Peer | null {
    const known = this.#peers.get(address);
    if (known) return known;
    if (this.#peers.size >= peersMax) this.#forgetIdle();
    if (this.#peers.size >= peersMax) return null;
    const peer = newPeer();
    this.#peers.set(address, peer);
    return peer;
  }

  #forgetIdle(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [address, peer] of this.#peers) {
      const isQuiet =
        nowMs - Math.max(peer.complainedAtMs, peer.secondSinceMs) >= complaintIntervalMs;
      if (peer.connectionCount === 0 && isQuiet) this.#peers.delete(address);
    }
  }
}

function newPeer(): Peer {
  return {
    connectionCount: 0,
    secondSinceMs: Number.NEGATIVE_INFINITY,
    admittedInSecond: 0,
    complainedAtMs: Number.NEGATIVE_INFINITY,
    complaintsUntold: 0,
  };
}
