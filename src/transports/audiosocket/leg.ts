import type { Converter, ConverterFactory } from '../../audio/converter.ts';
import {
  type AudioFormat,
  bytesPerMs,
  bytesPerSample,
  frameBytes,
  isSameFormat,
} from '../../audio/format.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import { assert, unreachable } from '../../runtime/assert.ts';
import type { ByteSocket } from '../../runtime/byte-socket.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Trust } from '../../runtime/trust.ts';
import type { CallInfo, Leg, LegCommand, LegEndCause, LegEvent } from '../transport.ts';
import { AgentQueue } from './agent-queue.ts';
import { type ByteRateJudgement, CallerCadence } from './caller-cadence.ts';
import { hangUp } from './hang-up.ts';
import { decodeDigit, formatOfKind, isAudioKind, MessageParser, messageKind } from './wire.ts';

/** Messages of kinds that mean nothing to us, in one call, before it ends. A guess. */
const unknownMessagesMax = 16;

/** What every leg of a server is made with. */
export interface LegParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly converterOf: ConverterFactory;
  /** What kind 0x10 holds and what we send. */
  readonly format: AudioFormat;
  readonly farEndDelayMs: number;
  /** Notes where the dialplan shall take the caller once the line is given back. */
  readonly noteTransfer: (callId: string, destinationKey: string) => void;
}

type EndedEvent = Extract<LegEvent, { type: 'ended' }>;

type Line =
  | { readonly is: 'up' }
  /** We have closed and wait for the far end. */
  | { readonly is: 'closing'; readonly cause: LegEndCause }
  | { readonly is: 'ended'; readonly event: EndedEvent };

interface Listener {
  readonly onEvent: (event: LegEvent) => void;
  /** One object for every frame of the call. */
  readonly callerAudio: { type: 'caller-audio'; bytes: Uint8Array; offset: number; length: number };
}

/** Audio that comes in another format than the configured one. */
interface ForeignAudio {
  readonly kind: number;
  readonly converter: Converter;
  readonly target: Uint8Array;
}

/**
 * One caller who came by AudioSocket, from the UUID on. Audio of the configured format passes
 * through as it lies; other rates are converted to it. Nothing is allocated per frame while the far
 * end reads.
 */
export class AudioSocketLeg implements Leg {
  readonly id: string;
  readonly transport = 'audiosocket';
  readonly callerFormat: AudioFormat;
  readonly agentFormat: AudioFormat;
  readonly pacing = 'realtime';
  readonly farEndDelayMs: number;
  readonly trust: Trust;
  readonly call: CallInfo;
  readonly #parts: LegParts;
  readonly #log: Log;
  readonly #socket: ByteSocket;
  readonly #parser: MessageParser;
  readonly #cadence: CallerCadence;
  readonly #agentQueue: AgentQueue;
  #line: Line = { is: 'up' };
  #farewell: Timer | null = null;
  #listener: Listener | null = null;
  #unknownMessages = 0;
  #foreign: ForeignAudio | null = null;

  constructor(socket: ByteSocket, call: CallInfo, parts: LegParts) {
    this.id = call.callId;
    this.call = call;
    this.trust = call.announcedTrust ?? 'anonymous';
    this.callerFormat = parts.format;
    this.agentFormat = parts.format;
    this.farEndDelayMs = parts.farEndDelayMs;
    this.#parts = parts;
    this.#log = parts.log.child('audiosocket', { callId: call.callId });
    this.#socket = socket;
    this.#parser = new MessageParser((kind, bytes, offset, length) =>
      this.#onMessage(kind, bytes, offset, length),
    );
    this.#cadence = new CallerCadence(parts.format);
    this.#agentQueue = new AgentQueue(socket, parts.format);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /**
   * What came before is not told, but for the end: a caller who has gone is told of right after.
   */
  open(onEvent: (event: LegEvent) => void): void {
    assert(this.#listener === null, 'a leg is opened once');
    const callerAudio = {
      type: 'caller-audio' as const,
      bytes: new Uint8Array(0),
      offset: 0,
      length: 0,
    };
    this.#listener = { onEvent, callerAudio };
    const line = this.#line;
    if (line.is === 'ended') this.#parts.clock.setTimer(0, () => onEvent(line.event));
  }

  send(command: LegCommand): void {
    if (this.#line.is !== 'up') return;
    switch (command.type) {
      case 'agent-audio':
        this.#sendAudio(command.bytes, command.offset, command.length);
        break;
      case 'hang-up':
        this.#hangUp('agent-hung-up');
        break;
      case 'transfer':
        this.#parts.noteTransfer(this.id, command.destinationKey);
        this.#hangUp('transferred');
        break;
      case 'agent-text':
      case 'caller-words':
      case 'caller-not-understood':
      case 'turn-over':
      case 'mark':
      case 'clear':
        // Nobody reads here, and nothing waits here: the session paces, the far end plays at once.
        break;
      default:
        unreachable(command);
    }
  }

  /** Takes what the far end sent; `bytes` may be reused afterwards. */
  onBytes(bytes: Uint8Array): void {
    if (this.#line.is === 'up') this.#parser.push(bytes);
  }

  /**
   * The socket has ended. Asterisk resets instead of closing when it had not read all of our audio:
   * as normal as a FIN.
   */
  onEnd(how: 'fin' | 'reset' | 'error'): void {
    this.#farewell?.cancel();
    const causeOf = { fin: 'caller-hung-up', reset: 'line-reset', error: 'line-dead' } as const;
    this.#end(this.#line.is === 'closing' ? this.#line.cause : causeOf[how]);
  }

  #onMessage(kind: number, bytes: Uint8Array, offset: number, length: number): void {
    if (this.#line.is !== 'up') return;
    if (isAudioKind(kind)) this.#onAudio(kind, bytes, offset, length);
    else if (kind === messageKind.digit) this.#onDigit(bytes, offset, length);
    else if (kind === messageKind.hangUp) this.#leave('caller-hung-up');
    else if (kind !== messageKind.silence) this.#onUnknown(kind, length);
  }

  #onDigit(bytes: Uint8Array, offset: number, length: number): void {
    const digit = decodeDigit(bytes, offset, length);
    if (digit === null) this.#onUnknown(messageKind.digit, length);
    else this.#listener?.onEvent({ type: 'caller-digit', digit });
  }

  #onAudio(kind: number, bytes: Uint8Array, offset: number, length: number): void {
    const format = formatOfKind(kind, this.callerFormat);
    if (!format) {
      const message = `audio of kind 0x${kind.toString(16)} has a rate that is not carried`;
      this.#leave('protocol-error', new GatewayError('AUDIO_RATE_UNSUPPORTED', message, { kind }));
      return;
    }
    // Half a sample at the end of a message has no other half: it is left out.
    const wholeBytes = length - (length % bytesPerSample(format));
    if (wholeBytes === 0) return;
    if (isSameFormat(format, this.callerFormat)) {
      const judgement = this.#cadence.push(wholeBytes, this.#parts.clock.monotonicMs());
      if (judgement) this.#sayAlignment(judgement);
      this.#tell(bytes, offset, wholeBytes);
    } else {
      this.#convert(kind, format, bytes, offset, wholeBytes);
    }
  }

  /** Converts a frame at a time, so that a long message needs no more room than a short one. */
  #convert(
    kind: number,
    from: AudioFormat,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const sliceBytes = frameBytes(from);
    if (this.#foreign?.kind !== kind) {
      this.#foreign?.converter.close();
      const converter = this.#parts.converterOf(from, this.callerFormat);
      const target = new Uint8Array(converter.bytesMax(sliceBytes));
      this.#foreign = { kind, converter, target };
    }
    const { converter, target } = this.#foreign;
    for (let done = 0; done < length; done += sliceBytes) {
      const takenBytes = Math.min(sliceBytes, length - done);
      const writtenBytes = converter.convert(bytes, offset + done, takenBytes, target, 0);
      if (writtenBytes > 0) this.#tell(target, 0, writtenBytes);
    }
  }

  #tell(bytes: Uint8Array, offset: number, length: number): void {
    if (!this.#listener) return;
    const { callerAudio, onEvent } = this.#listener;
    callerAudio.bytes = bytes;
    callerAudio.offset = offset;
    callerAudio.length = length;
    onEvent(callerAudio);
  }

  #onUnknown(kind: number, length: number): void {
    this.#unknownMessages += 1;
    if (this.#unknownMessages === 1)
      this.#log.warn('unknown AudioSocket message', { kind, length });
    if (this.#unknownMessages <= unknownMessagesMax) return;
    this.#parts.metrics.count('offhook_limits_total', { limit: 'audiosocket-unknown-messages' });
    const message = `more than ${unknownMessagesMax} messages are of no known kind`;
    this.#leave('protocol-error', new GatewayError('WIRE_MALFORMED', message, { kind }));
  }

  #sayAlignment({ isAligned, bytesPerSecond, likelyFormats }: ByteRateJudgement): void {
    const alignment = isAligned ? 1 : 0;
    this.#parts.metrics.set('offhook_codec_alignment', { transport: this.transport }, alignment);
    if (isAligned) return;
    this.#log.warn('caller audio does not come at the rate of audiosocket.format', {
      bytesPerSecond,
      expectedBytesPerSecond: 1000 * bytesPerMs(this.callerFormat),
      likelyFormats,
    });
  }

  #sendAudio(bytes: Uint8Array, offset: number, length: number): void {
    const outcome = this.#agentQueue.send(bytes, offset, length, this.#parts.clock.monotonicMs());
    if (outcome === 'sent' || outcome === 'dropped') return;
    const isDead = outcome === 'dead';
    const limit = isDead ? 'audiosocket-stalled' : 'audiosocket-agent-queue';
    this.#parts.metrics.count('offhook_limits_total', { limit });
    this.#log.warn('the far end does not read', { limit, bufferedBytes: this.bufferedBytes });
    if (!isDead) return;
    this.#line = { is: 'closing', cause: 'line-dead' };
    this.#socket.destroy();
  }

  #hangUp(cause: LegEndCause): void {
    this.#line = { is: 'closing', cause };
    this.#farewell = hangUp(this.#socket, this.#parts.clock);
  }

  /** Ends the line at once for a reason that came from the far end. */
  #leave(cause: LegEndCause, error?: GatewayError): void {
    this.#hangUp(cause);
    this.#end(cause, error);
  }

  #end(cause: LegEndCause, error?: GatewayError): void {
    if (this.#line.is === 'ended') return;
    const event: EndedEvent = error ? { type: 'ended', cause, error } : { type: 'ended', cause };
    this.#line = { is: 'ended', event };
    this.#foreign?.converter.close();
    const driftPpm = this.#cadence.driftPpm();
    if (driftPpm !== null) {
      this.#parts.metrics.set('offhook_leg_drift_ppm', { transport: this.transport }, driftPpm);
    }
    const fields = { cause, framesDropped: this.#agentQueue.framesDropped };
    if (error) this.#log.warn(error.message, { ...fields, code: error.code, ...error.details });
    else this.#log.debug('line ended', fields);
    this.#listener?.onEvent(event);
  }
}
