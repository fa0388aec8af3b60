import type { AudioFormat } from '../../audio/format.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import type {
  ClientEvent,
  RealtimeUpdate,
  ServerEvent,
  ServerEventOf,
  SessionEcho,
} from '../../realtime-server/wire.ts';
import { unreachable } from '../../runtime/assert.ts';
import { BoundedQueue } from '../../runtime/bounded-queue.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { type ErrorCode, GatewayError } from '../../runtime/errors.ts';
import type {
  ConnectMessageSocket,
  MessageSocket,
  SocketClose,
} from '../../runtime/message-socket.ts';
import type {
  ProviderCommand,
  ProviderEvent,
  ProviderSession,
  ProviderSetup,
} from '../provider.ts';
import { CallerAudio } from './caller-audio.ts';
import { type AgentAudio, Decoder, withoutSecret } from './decoder.ts';
import { type EncodedCommand, Encoder, purposeOf } from './encoder.ts';
import { closeError, lostLink, vendorError, verdictOn } from './errors.ts';
import { KeepAlive } from './keep-alive.ts';
import type { OpenaiRealtimeOptions } from './options.ts';
import { Requests } from './requests.ts';
import { differences } from './setup.ts';
import { targetOf } from './target.ts';
import { ToolCalls } from './tool-calls.ts';
import { Translator } from './translator.ts';

export interface LinkDeps {
  readonly connect: ConnectMessageSocket;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Commands before `ready`, and updates not yet acknowledged: a session has two or three. */
const commandsMax = 64;
/** Socket opening; waiting for `session.created`; for `session.updated`; working; over. */
type Phase = 'connecting' | 'awaiting-session' | 'awaiting-setup' | 'ready' | 'ended';
type ServerEventButAudio = Exclude<ServerEvent, ServerEventOf<'response.output_audio.delta'>>;

/** One WebSocket to the model, from opening to `ended`. */
export class OpenaiRealtimeSession implements ProviderSession {
  readonly #options: OpenaiRealtimeOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #onEvent: (event: ProviderEvent) => void;
  readonly #socket: MessageSocket;
  readonly #keepAlive: KeepAlive;
  readonly #requests = new Requests();
  readonly #translator: Translator;
  readonly #decoder: Decoder;
  readonly #encoder: Encoder;
  /** `null` on a link in writing. */
  readonly #callerAudio: CallerAudio | null;
  readonly #early = new BoundedQueue<EncodedCommand>(commandsMax);
  readonly #unacknowledged = new BoundedQueue<RealtimeUpdate>(commandsMax);
  #phase: Phase = 'connecting';
  #providerSessionId = '';
  #deadline: Timer;
  #rollOver: Timer | null = null;
  #audibleReplyId = '';

  constructor(
    options: OpenaiRealtimeOptions,
    deps: LinkDeps,
    setup: ProviderSetup,
    onEvent: (event: ProviderEvent) => void,
  ) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#log = deps.log.child(options.logComponent, { sessionId: setup.sessionId });
    this.#metrics = deps.metrics;
    this.#onEvent = onEvent;
    const requests = this.#requests;
    const calls = new ToolCalls();
    this.#translator = new Translator({ requests, calls, prices: options.prices });
    const { openReplies } = this.#translator;
    this.#encoder = new Encoder({ options, setup, requests, calls, openReplies });
    this.#decoder = new Decoder(options.apiKey);
    this.#deadline = this.#endAfter(options.timing.connectMsMax, 'the socket to open');
    this.#socket = deps.connect(targetOf(options), {
      onOpen: () => this.#onOpen(),
      onMessage: (message) => this.#onMessage(message),
      onClose: (close) => this.#onClose(close),
    });
    const limitMs = options.timing.pongMsMax;
    this.#keepAlive = new KeepAlive(this.#socket, deps.clock, options.timing, () =>
      this.#end(lostLink(`no answer to a ping in ${limitMs} ms`, { limitMs })),
    );
    this.#callerAudio = setup.callerFormat && this.#hear(setup.callerFormat);
  }

  #hear(format: AudioFormat): CallerAudio {
    return new CallerAudio(this.#socket, this.#clock, format, {
      onDropped: (limitMs) => this.#atLimit('provider-held-audio', { limitMs }),
      onClogged: (limitMs) =>
        this.#end(lostLink(`the link took no caller audio for ${limitMs} ms`, { limitMs })),
    });
  }

  send(command: ProviderCommand): void {
    if (this.#phase === 'ended') return;
    if (command.type === 'caller-audio') {
      this.#callerAudio?.send(command.bytes, command.offset, command.length);
    } else if (this.#phase === 'ready') {
      this.#sendCommand(command);
    } else if (!this.#early.push(command)) {
      this.#atLimit('provider-early-commands', { type: command.type });
    }
  }

  close(): void {
    this.#end(null);
  }

  // Opening.

  #onOpen(): void {
    if (this.#phase !== 'connecting') return;
    this.#phase = 'awaiting-session';
    this.#deadline.cancel();
    this.#deadline = this.#endAfter(
      this.#options.timing.setupMsMax,
      'the setup to be acknowledged',
    );
    this.#keepAlive.start();
  }

  #onCreated(session: SessionEcho): void {
    if (this.#phase !== 'awaiting-session') return;
    this.#phase = 'awaiting-setup';
    this.#providerSessionId = session.id ?? '';
    this.#log.info('OpenAI Realtime session started', {
      providerSessionId: this.#providerSessionId,
      model: session.model ?? null,
    });
    this.#watchEnd(session.expires_at ?? null);
    this.#sendEvent(this.#encoder.setup());
  }

  /**
   * `ending-soon` some time before the vendor's end of the session or our own, whichever is first.
   */
  #watchEnd(expiresAtSeconds: number | null): void {
    const { sessionMsMax, rollOverBeforeMs } = this.#options.timing;
    const expiresInMs =
      expiresAtSeconds === null ? Infinity : expiresAtSeconds * 1000 - this.#clock.epochMs();
    // A clock that is wrong on either side would have us open one link after the other.
    const isCredible = expiresInMs > rollOverBeforeMs;
    if (!isCredible) this.#log.warn('OpenAI session ends too soon to be believed', { expiresInMs });
    const lastsMs = Math.min(isCredible ? expiresInMs : Infinity, sessionMsMax ?? Infinity);
    if (lastsMs === Infinity) return;
    this.#rollOver = this.#clock.setTimer(Math.max(0, lastsMs - rollOverBeforeMs), () =>
      this.#emit({ type: 'ending-soon', inMs: Math.min(lastsMs, rollOverBeforeMs) }),
    );
  }

  #onUpdated(session: SessionEcho): void {
    const asked = this.#unacknowledged.shift();
    if (asked === undefined) return;
    const toolCount = asked.tools?.length ?? 0;
    const differing = differences(asked, session);
    if (differing.length > 0) {
      const words = `the session is not what was asked for: ${differing.join('; ')}`;
      const error = new GatewayError('PROVIDER_PROTOCOL', words);
      if (this.#phase === 'ready') this.#warn(error);
      else this.#end(error);
      return;
    }
    this.#log.debug(`Session updated with tools: ${toolCount}`);
    if (this.#phase === 'awaiting-setup') this.#becomeReady(toolCount);
  }

  #becomeReady(toolCount: number): void {
    this.#phase = 'ready';
    this.#deadline.cancel();
    this.#log.info(`OpenAI session configured with ${toolCount} tools`);
    for (const event of this.#encoder.history()) this.#sendEvent(event);
    this.#callerAudio?.start();
    this.#emit({ type: 'ready', providerSessionId: this.#providerSessionId });
    for (let early = this.#early.shift(); early; early = this.#early.shift()) {
      this.#sendCommand(early);
    }
  }

  // Caller to model.

  #sendCommand(command: EncodedCommand): void {
    if (this.#phase !== 'ready') return;
    for (const event of this.#encoder.encode(command)) this.#sendEvent(event);
  }

  #sendEvent(event: ClientEvent): void {
    const message = `OpenAI send type=${event.type}`;
    const isAnnounced = event.type === 'session.update' || event.type === 'response.create';
    if (isAnnounced) this.#log.info(message, { eventId: event.event_id });
    else this.#log.debug(message, { eventId: event.event_id });
    if (event.type === 'session.update' && event.session.type === 'realtime') {
      this.#unacknowledged.push(event.session);
    }
    this.#socket.send(Buffer.from(JSON.stringify(event)));
  }

  // Model to caller.

  #onMessage(message: Buffer): void {
    if (this.#phase === 'ended') return;
    const decoded = this.#decoder.decode(message);
    switch (decoded.is) {
      case 'audio':
        this.#onAudio(decoded.event);
        break;
      case 'event':
        this.#onServerEvent(decoded.event);
        break;
      case 'unknown':
        this.#onUnknown(decoded.type, message.length);
        break;
      case 'malformed':
        this.#warn(decoded.error);
        break;
      default:
        unreachable(decoded);
    }
  }

  #onUnknown(type: string, bytes: number): void {
    this.#metrics.count('offhook_wire_unknown_total', { provider: this.#options.name });
    this.#log.debug('OpenAI event of an unknown type', { type, bytes });
  }

  #onAudio(event: AgentAudio): void {
    if (this.#phase !== 'ready') return;
    this.#encoder.noteAudio(event.itemId, event.length);
    const isFirst = event.replyId !== this.#audibleReplyId;
    if (isFirst) {
      this.#audibleReplyId = event.replyId;
      this.#log.debug('response.output_audio.delta', { replyId: event.replyId });
      this.#log.debug('first audio chunk', { replyId: event.replyId, bytes: event.length });
    }
    this.#onEvent(event);
  }

  #onServerEvent(event: ServerEventButAudio): void {
    this.#trace(event);
    switch (event.type) {
      case 'session.created':
        this.#onCreated(event.session);
        break;
      case 'session.updated':
        this.#onUpdated(event.session);
        break;
      case 'error':
        this.#onError(event.error);
        break;
      default: {
        const told = this.#phase === 'ready' ? this.#translator.translate(event) : null;
        if (told !== null) this.#emit(told);
      }
    }
  }

  /** The order of a reply, for whoever reads the log at debug. */
  #trace(event: ServerEventButAudio): void {
    switch (event.type) {
      case 'response.created':
      case 'response.done': {
        const { id: replyId, status } = event.response;
        const isDone = event.type === 'response.done';
        this.#log.debug(isDone ? 'response.done received' : event.type, { replyId, status });
        break;
      }
      case 'response.output_item.added':
        this.#log.debug(event.type, { replyId: event.response_id, itemId: event.item.id });
        break;
      case 'rate_limits.updated':
        this.#log.debug(event.type, { rateLimits: event.rate_limits });
        break;
      default:
    }
  }

  #emit(event: ProviderEvent): void {
    if (this.#phase !== 'ready') return;
    if (event.type === 'warning') {
      this.#warn(event.error);
      return;
    }
    if (event.type === 'tool-call') {
      this.#log.info(`OpenAI function call detected: ${event.name}`, { callId: event.callId });
    }
    if (event.type === 'reply-end') {
      // Before the session hears of it and asks for the next reply.
      for (const output of this.#encoder.release(event.replyId)) this.#sendEvent(output);
      if (event.error !== null) this.#countError(event.error);
    }
    this.#onEvent(event);
  }

  // Errors and the end.

  #onError(error: ServerEventOf<'error'>['error']): void {
    const verdict = verdictOn(error);
    // Before `ready` all that was sent is the setup: without it this is not our agent.
    if (verdict.effect === 'end' || this.#phase !== 'ready') {
      this.#end(vendorError(error));
      return;
    }
    const isCollision = error.code === 'conversation_already_has_active_response';
    const requestId = this.#refusedRequest(error.event_id ?? null, { isCollision });
    if (requestId !== null) {
      if (isCollision) this.#emit({ type: 'request-refused', requestId });
      else this.#failReply(requestId, vendorError(error));
      return;
    }
    const purpose = purposeOf(error.event_id);
    if (purpose === 'persona') this.#unacknowledged.shift();
    if (verdict.effect === 'ignore' || purpose === 'trim' || purpose === 'cancel') {
      this.#log.debug('OpenAI error that does no harm', { vendorCode: error.code });
    } else {
      this.#warn(vendorError(error));
    }
  }

  /** A collision that names no event is that of the oldest request. */
  #refusedRequest(eventId: string | null, { isCollision }: { isCollision: boolean }) {
    if (eventId !== null) return this.#requests.take(eventId) ? eventId : null;
    return isCollision ? this.#requests.takeOldest() : null;
  }

  /**
   * A request refused for good becomes a reply that failed, so that whoever waits for it goes on.
   */
  #failReply(requestId: string, error: GatewayError): void {
    const replyId = `refused_${requestId}`;
    this.#emit({ type: 'reply-start', replyId, requestId });
    this.#emit({
      type: 'reply-end',
      replyId,
      outcome: 'failed',
      reason: null,
      error,
      usage: null,
    });
  }

  #warn(error: GatewayError): void {
    this.#countError(error);
    this.#log.warn('OpenAI warning', { code: error.code, error: error.message });
    if (this.#phase !== 'ended') this.#onEvent({ type: 'warning', error });
  }

  #onClose(close: SocketClose): void {
    const { apiKey } = this.#options;
    const httpBody = withoutSecret(close.httpBody ?? '', apiKey);
    const reason = withoutSecret(close.reason, apiKey);
    this.#end(closeError({ ...close, reason, httpBody }));
  }

  #endAfter(limitMs: number, awaited: string): Timer {
    return this.#clock.setTimer(limitMs, () =>
      this.#end(
        new GatewayError('PROVIDER_TIMEOUT', `waited ${limitMs} ms for ${awaited}`, { limitMs }),
      ),
    );
  }

  /** The one way out. `ended` follows on the event loop, never from inside a method. */
  #end(error: GatewayError | null): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#deadline.cancel();
    this.#rollOver?.cancel();
    this.#keepAlive.stop();
    this.#socket.close(1000, '');
    if (error !== null) {
      this.#countError(error);
      this.#log.warn('OpenAI link ended', { code: error.code, error: error.message });
    }
    this.#clock.setTimer(0, () => this.#onEvent({ type: 'ended', error }));
  }

  #countError({ code }: { readonly code: ErrorCode }): void {
    this.#metrics.count('offhook_provider_errors_total', { provider: this.#options.name, code });
  }

  #atLimit(limit: string, fields: Readonly<Record<string, unknown>>): void {
    this.#metrics.count('offhook_limits_total', { limit });
    this.#log.warn('limit reached', { limit, ...fields });
  }
}
