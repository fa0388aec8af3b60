import assert from 'node:assert/strict';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { type AudioFormat, bytesPerMs, pcm, silenceByte } from '../../audio/format.ts';
import type { SocketClose } from '../../runtime/message-socket.ts';
import { seededRandom } from '../../runtime/random.ts';
import { connectInMemory } from '../memory-pipe.ts';
import { RealtimeServer, type RealtimeServerSetup, type ServerNote } from '../realtime-server.ts';
import { type EmulatorScriptSource, emulatorScript } from '../script.ts';
import { scriptBrain } from '../script-brain.ts';
import { makeSound, readSound } from '../script-sound.ts';
import {
  type ClientEvent,
  parseServerEvent,
  type ServerEvent,
  type ServerEventOf,
  type ServerEventType,
} from '../wire.ts';
import { OrderLaw } from './order-law.ts';
import { clientOracle, serverOracle } from './schema-oracle.ts';

export interface RehearsalOptions {
  readonly script?: EmulatorScriptSource;
  readonly seed?: number;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly server?: Partial<RealtimeServerSetup>;
  /** False where the script itself sends events that are not as published. */
  readonly isJudged?: boolean;
}

const greeting: EmulatorScriptSource = {
  callerSays: ['Hello?'],
  replies: [{ say: 'Good day to you all.', sound: { kind: 'tone', ms: 2_000 }, times: 1_000 }],
};

/**
 * A client in memory on a virtual clock. Every event it hears is judged by the published schema, by
 * our own parser and by the law of order.
 */
export class Rehearsal {
  readonly clock = new VirtualClock();
  readonly law = new OrderLaw();
  readonly events: ServerEvent[] = [];
  /** Messages as they came, also those that no parser knows. */
  readonly raw: unknown[] = [];
  readonly notes: ServerNote[] = [];
  readonly server: RealtimeServer;
  readonly socket: ReturnType<ReturnType<typeof connectInMemory>>;
  close: SocketClose | null = null;
  isOpen = false;

  constructor(options: RehearsalOptions = {}) {
    const script = emulatorScript.parse(options.script ?? greeting);
    this.server = new RealtimeServer({
      clock: this.clock,
      random: seededRandom(options.seed ?? 1),
      brain: scriptBrain(script),
      faults: script.faults,
      onNote: (note) => this.notes.push(note),
      ...options.server,
    });
    const url = `ws://emulator/v1/realtime?${options.query ?? 'model=gpt-realtime'}`;
    const { headers = {}, isJudged = true } = options;
    this.socket = connectInMemory(this.server, this.clock)(
      { url, headers },
      {
        onOpen: () => {
          this.isOpen = true;
        },
        onMessage: (message) => this.#hear(JSON.parse(message.toString()), isJudged),
        onClose: (close) => {
          assert.equal(this.close, null, 'a socket closes once');
          this.close = close;
        },
      },
    );
    this.clock.advance(1);
  }

  /** Sends an event that is as published, and lets the server answer. */
  send(event: ClientEvent): void {
    assert.deepEqual(clientOracle.faultsOf(event), []);
    this.sendRaw(event);
  }

  sendRaw(event: unknown): void {
    this.socket.send(JSON.stringify(event));
    this.clock.advance(1);
  }

  /** Caller audio in real time, 20 ms at a time. */
  speak(ms: number, format: AudioFormat = pcm(24000)): void {
    const sound = makeSound({ kind: 'tone', hz: 440, ms }, '', format, () => null);
    this.#append(ms, (offset, length) => readSound(sound, offset, length), format);
  }

  hush(ms: number, format: AudioFormat = pcm(24000)): void {
    const silence = silenceByte(format.encoding);
    this.#append(ms, (_, length) => new Uint8Array(length).fill(silence), format);
  }

  of<Type extends ServerEventType>(type: Type): ServerEventOf<Type>[] {
    return this.events.filter((event): event is ServerEvent & ServerEventOf<Type> => {
      return event.type === type;
    });
  }

  /** The last event of a type. */
  last<Type extends ServerEventType>(type: Type): ServerEventOf<Type> {
    const event = this.of(type).at(-1);
    assert.ok(event !== undefined, `there was a ${type}`);
    return event;
  }

  /** Types in order, repeated ones once. */
  types(from = 0): string[] {
    const types = this.events.slice(from).map((event) => event.type);
    return types.filter((type, at) => type !== types[at - 1]);
  }

  #append(
    ms: number,
    read: (offset: number, length: number) => Uint8Array,
    format: AudioFormat,
  ): void {
    const frameBytes = 20 * bytesPerMs(format);
    for (let offset = 0; offset < ms * bytesPerMs(format); offset += frameBytes) {
      const audio = Buffer.from(read(offset, frameBytes)).toString('base64');
      this.socket.send(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
      this.clock.advance(20);
    }
  }

  #hear(raw: unknown, isJudged: boolean): void {
    this.raw.push(raw);
    const parsed = parseServerEvent(raw);
    if (isJudged) {
      assert.deepEqual(serverOracle.faultsOf(raw), []);
      assert.equal(parsed.is, 'known');
    }
    if (parsed.is !== 'known') return;
    if (isJudged) this.law.check(parsed.event);
    this.events.push(parsed.event);
  }
}
