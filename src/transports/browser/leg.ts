import { bytesPerMs, bytesPerSample } from '../../audio/format.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import { assert, unreachable } from '../../runtime/assert.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Trust } from '../../runtime/trust.ts';
import type { CallInfo, Leg, LegCommand, LegEndCause, LegEvent } from '../transport.ts';
import { AgentGate } from './agent-gate.ts';
import type { CallerSocket } from './caller-socket.ts';
import {
  browserFormat,
  closeCodes,
  encodeMessage,
  parseClientMessage,
  type ServerMessage,
} from './wire.ts';

/** A page plays what it has, some hundred milliseconds, and closes. */
const farewellMsMax = 2_000;
/** A far end that does not answer one ping until the next is due is gone. */
const pingIntervalMs = 15_000;
/**
 * Sound may come this much ahead of time, as after a stall of the network, and no more: the
 * provider is paid by the minute.
 */
const aheadMsMax = 5_000;
/** Written messages and digits in a second; a person types slower than that. */
const messagesPerSecondMax = 20;

/** What every leg of a server is made with. */
export interface LegParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What this caller is. */
export interface LegOptions {
  readonly call: CallInfo;
  readonly trust: Trust;
  readonly farEndDelayMs: number;
}

type EndedEvent = Extract<LegEvent, { type: 'ended' }>;

type Line =
  | { readonly is: 'up' }
  /** We have said goodbye and wait for the far end; news of the call still goes out. */
  | { readonly is: 'closing'; readonly cause: LegEndCause }
  | { readonly is: 'ended'; readonly event: EndedEvent };

/**
 * One caller who came by a WebSocket from a browser, from `hello` on. We pace: a frame of 20 ms
 * goes out when it is due, and the page plays it after the delay that it has told.
 */
export class BrowserLeg implements Leg {
  readonly transport = 'browser';
  readonly callerFormat = browserFormat;
  readonly agentFormat = browserFormat;
  readonly pacing = 'realtime';
  readonly id: string;
  readonly call: CallInfo;
  readonly trust: Trust;
  readonly farEndDelayMs: number;
  readonly #parts: LegParts;
  readonly #log: Log;
  readonly #socket: CallerSocket;
  readonly #gate: AgentGate;
  readonly #startedAtMs: number;
  #line: Line = { is: 'up' };
  #onEvent: ((event: LegEvent) => void) | null = null;
  #keepAlive: Timer;
  #farewell: Timer | null = null;
  #hasAnswered = true;
  #receivedBytes = 0;
  #isAhead = false;
  #second = { endsMs: 0, messages: 0 };

  constructor(socket: CallerSocket, { call, trust, farEndDelayMs }: LegOptions, parts: LegParts) {
    this.id = call.callId;
    this.call = call;
    this.trust = trust;
    this.farEndDelayMs = farEndDelayMs;
    this.#parts = parts;
    this.#log = parts.log.child('browser', { callId: call.callId });
    this.#socket = socket;
    this.#gate = new AgentGate(socket, browserFormat);
    this.#startedAtMs = parts.clock.monotonicMs();
    this.#keepAlive = this.#pingLater();
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /**
   * What came before is not told, but for the end: a caller who has gone is told of right after.
   */
  open(onEvent: (event: LegEvent) => void): void {
    assert(this.#onEvent === null, 'a leg is opened once');
    this.#onEvent = onEvent;
    const line = this.#line;
    if (line.is === 'ended') this.#parts.clock.setTimer(0, () => onEvent(line.event));
  }

  send(command: LegCommand): void {
    if (this.#line.is !== 'up') return;
    switch (command.type) {
      case 'agent-audio':
        this.#sendAudio(command.bytes, command.offset, command.length);
        break;
      case 'agent-text':
        this.tell({ type: 'agent-text', itemId: command.itemId, text: command.text });
        break;
      case 'caller-words':
        this.tell({ type: 'caller-words', itemId: command.itemId, text: command.text });
        break;
      case 'caller-not-understood':
        this.tell({ type: 'caller-said', itemId: command.itemId, text: '' });
        break;
      case 'turn-over':
        if (command.outcome.is === 'failed') this.#refuse(command.outcome.error);
        break;
      case 'hang-up':
        this.#hangUp('agent-hung-up');
        break;
      case 'transfer':
        // There is nowhere a browser could be handed on to: the call is over.
        this.#hangUp('transferred');
        break;
      case 'mark':
      case 'clear':
        break;
      default:
        unreachable(command);
    }
  }

  /** Shows the caller what happens in the call; also while it ends. */
  tell(message: ServerMessage): void {
    if (this.#line.is !== 'ended') this.#socket.sendText(encodeMessage(message));
  }

  onText(text: string): void {
    if (this.#line.is !== 'up') return;
    try {
      const message = parseClientMessage(text);
      if (message.type === 'hello') throw new GatewayError('WIRE_MALFORMED', 'a second hello');
      if (this.#isFlooded()) return;
      if (message.type === 'text') this.#onEvent?.({ type: 'caller-text', text: message.text });
      else this.#onEvent?.({ type: 'caller-digit', digit: message.digit });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#leave(error);
    }
  }

  /** Half a sample makes the message malformed: whoever cuts there cuts wrongly everywhere. */
  onAudio(bytes: Uint8Array): void {
    if (this.#line.is !== 'up' || bytes.length === 0) return;
    if (bytes.length % bytesPerSample(this.callerFormat) !== 0) {
      this.#leave(new GatewayError('WIRE_MALFORMED', 'a message of sound ends in half a sample'));
      return;
    }
    if (this.#comesAhead(bytes.length)) return;
    this.#onEvent?.({ type: 'caller-audio', bytes, offset: 0, length: bytes.length });
  }

  onFault(reason: string): void {
    if (this.#line.is === 'up') this.#leave(new GatewayError('WIRE_MALFORMED', reason));
  }

  onClose(code: number): void {
    this.#farewell?.cancel();
    const isOrderly = code !== 1006;
    const cause = isOrderly ? 'caller-hung-up' : 'line-reset';
    this.#end(this.#line.is === 'closing' ? this.#line.cause : cause);
  }

  /** Counts sound against the time that has passed; what is too much is dropped. */
  #comesAhead(bytes: number): boolean {
    const elapsedMs = this.#parts.clock.monotonicMs() - this.#startedAtMs;
    const receivedMs = (this.#receivedBytes + bytes) / bytesPerMs(this.callerFormat);
    const comesAhead = receivedMs - elapsedMs > aheadMsMax;
    if (!comesAhead) this.#receivedBytes += bytes;
    if (comesAhead && !this.#isAhead) this.#noteLimit('browser-caller-ahead');
    this.#isAhead = comesAhead;
    return comesAhead;
  }

  #isFlooded(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs >= this.#second.endsMs) this.#second = { endsMs: nowMs + 1_000, messages: 0 };
    this.#second.messages += 1;
    if (this.#second.messages === messagesPerSecondMax + 1) this.#noteLimit('browser-messages');
    return this.#second.messages > messagesPerSecondMax;
  }

  #sendAudio(bytes: Uint8Array, offset: number, length: number): void {
    const outcome = this.#gate.send(bytes, offset, length, this.#parts.clock.monotonicMs());
    if (outcome === 'queue-full') this.#noteLimit('browser-agent-queue');
    if (outcome === 'dead') this.#drop('browser-stalled');
  }

  #noteLimit(limit: string): void {
    this.#parts.metrics.count('offhook_limits_total', { limit });
    this.#log.warn('limit reached', { limit, bufferedBytes: this.bufferedBytes });
  }

  #pingLater(): Timer {
    return this.#parts.clock.setTimer(pingIntervalMs, () => {
      if (!this.#hasAnswered) {
        this.#drop('browser-keep-alive');
        return;
      }
      this.#hasAnswered = false;
      this.#socket.ping(() => {
        this.#hasAnswered = true;
      });
      this.#keepAlive = this.#pingLater();
    });
  }

  /** The far end is there no more: nothing is said to it. */
  #drop(limit: string): void {
    this.#noteLimit(limit);
    if (this.#line.is === 'up') this.#line = { is: 'closing', cause: 'line-dead' };
    this.#socket.terminate();
  }

  #refuse({ code, message }: GatewayError): void {
    this.tell({ type: 'refused', code, message });
  }

  #hangUp(cause: LegEndCause): void {
    this.tell({ type: 'hang-up' });
    this.#line = { is: 'closing', cause };
    this.#farewell = this.#parts.clock.setTimer(farewellMsMax, () => this.#socket.terminate());
  }

  /** Ends the line at once for what came from the far end. */
  #leave(error: GatewayError): void {
    this.#socket.close(closeCodes.malformed, error.message.slice(0, reasonLengthMax));
    this.#end('protocol-error', error);
  }

  #end(cause: LegEndCause, error?: GatewayError): void {
    if (this.#line.is === 'ended') return;
    const event: EndedEvent = error ? { type: 'ended', cause, error } : { type: 'ended', cause };
    this.#line = { is: 'ended', event };
    this.#keepAlive.cancel();
    const fields = { cause, framesDropped: this.#gate.framesDropped };
    if (error) this.#log.warn(error.message, { ...fields, code: error.code, ...error.details });
    else this.#log.debug('line ended', fields);
    this.#onEvent?.(event);
  }
}

/** A closing frame has room for 123 bytes of reason (RFC 6455 §5.5); ours are in ASCII. */
const reasonLengthMax = 120;
