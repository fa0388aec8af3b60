import type { ByteSocket, ByteSocketEvents } from '../../runtime/byte-socket.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { hangUp } from './hang-up.ts';
import type { AudioSocketLeg } from './leg.ts';
import type { PeerRefusal } from './peers.ts';
import { UuidReader } from './wire.ts';

/** Why a connection did not become a call; also the `limit` label of `offhook_limits_total`. */
export type Refusal =
  | PeerRefusal
  | 'audiosocket-waiting'
  | 'audiosocket-uuid-timeout'
  | 'audiosocket-uuid-malformed'
  | 'audiosocket-uuid-live'
  | 'audiosocket-unregistered';

/** What a connection asks of the server it came to. */
export interface Door {
  readonly clock: Clock;
  /** From connecting to the last byte of the UUID, however it trickles. */
  readonly uuidMsMax: number;
  /** Makes the leg of a UUID, or says why not. */
  enter(uuid: string, socket: ByteSocket): AudioSocketLeg | Refusal;
  /** The leg can be opened: what came behind the UUID follows. */
  onLeg(leg: AudioSocketLeg): void;
  onRefused(address: string, refusal: Refusal): void;
  /** The connection no longer waits for its UUID. */
  onDecided(connection: Connection): void;
  /** Last of all. `leg` is set if the connection became a call. */
  onEnd(connection: Connection, leg: AudioSocketLeg | null): void;
}

type Phase =
  | { readonly is: 'waiting'; readonly reader: UuidReader; readonly deadline: Timer }
  | { readonly is: 'carrying'; readonly leg: AudioSocketLeg }
  | { readonly is: 'refused'; readonly farewell: Timer | null };

/** A TCP connection from its first byte to its end: waits for a UUID, then carries a leg. */
export class Connection implements ByteSocketEvents {
  readonly address: string;
  readonly #socket: ByteSocket;
  readonly #door: Door;
  #phase: Phase;

  constructor(socket: ByteSocket, door: Door) {
    this.address = socket.remoteAddress;
    this.#socket = socket;
    this.#door = door;
    const deadline = door.clock.setTimer(door.uuidMsMax, () => {
      this.reset('audiosocket-uuid-timeout');
    });
    this.#phase = { is: 'waiting', reader: new UuidReader(), deadline };
  }

  onBytes(bytes: Uint8Array): void {
    const phase = this.#phase;
    if (phase.is === 'carrying') phase.leg.onBytes(bytes);
    else if (phase.is === 'waiting') this.#read(phase.reader, bytes);
  }

  onDrain(): void {
    // A leg looks for itself when the next frame comes, 20 ms later at most.
  }

  /** Without a UUID this is no error: Asterisk connects even for a channel that is not answered. */
  onEnd(how: 'fin' | 'reset' | 'error'): void {
    const phase = this.#phase;
    if (phase.is === 'waiting') this.#decide({ is: 'refused', farewell: null });
    if (phase.is === 'refused') phase.farewell?.cancel();
    if (phase.is === 'carrying') phase.leg.onEnd(how);
    this.#door.onEnd(this, phase.is === 'carrying' ? phase.leg : null);
  }

  /** Drops a connection that waits for its UUID; `refusal` is counted, `null` is our own choice. */
  reset(refusal: Refusal | null): void {
    this.#decide({ is: 'refused', farewell: null });
    this.#socket.destroy();
    if (refusal) this.#door.onRefused(this.address, refusal);
  }

  #read(reader: UuidReader, bytes: Uint8Array): void {
    const takenBytes = reader.push(bytes);
    if (takenBytes === 'malformed') {
      this.reset('audiosocket-uuid-malformed');
      return;
    }
    const { uuid } = reader;
    if (uuid === null) return;
    const leg = this.#door.enter(uuid, this.#socket);
    if (typeof leg === 'string') {
      // A caller is waiting behind this one: the dialplan shall go on with him.
      this.#decide({ is: 'refused', farewell: hangUp(this.#socket, this.#door.clock) });
      this.#door.onRefused(this.address, leg);
      return;
    }
    this.#decide({ is: 'carrying', leg });
    this.#door.onLeg(leg);
    if (takenBytes < bytes.length) leg.onBytes(bytes.subarray(takenBytes));
  }

  #decide(phase: Phase): void {
    if (this.#phase.is === 'waiting') this.#phase.deadline.cancel();
    this.#phase = phase;
    this.#door.onDecided(this);
  }
}
