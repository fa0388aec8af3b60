import type { z } from 'zod';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import type { ConnectMessageSocket } from '../runtime/message-socket.ts';
import { AriEvents } from './ari-events.ts';
import { type AriEvent, ariChannels, ariRefusal, jsonOf } from './ari-wire.ts';

/** Answers of ARI that are looked at, in characters; a list of 10,000 channels is less. */
const answerCharsMax = 16 * 1024 * 1024;

export interface AriOptions {
  /** Where Asterisk's HTTP server is: `http://127.0.0.1:8088/ari`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The name of our Stasis application. */
  readonly app: string;
  readonly requestMsMax: number;
}

export interface AriParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly connect: ConnectMessageSocket;
  readonly fetch: typeof fetch;
}

/** What the client tells its owner. */
export interface AriListener {
  onEvent(event: AriEvent): void;
  /** Events were missed: these channels are all there are now. */
  onChannels(channelIds: ReadonlySet<string>): void;
}

type Query = Readonly<Record<string, string | number>>;

/** How long the reason of a refusal may be in our own message. */
const refusalCharsMax = 200;

/**
 * A client of Asterisk's REST Interface: requests by HTTP, events by WebSocket. Requests reject
 * with `ARI_UNREACHABLE` (no answer, or none in time) or `ARI_REFUSED`, whose details hold the
 * `status`: 404 no such channel, 409 not in our application or an id that is taken, 422 not in a
 * state for it. Ids of channels and bridges are chosen by us: events may come before the answer.
 */
export class AriClient {
  readonly #parts: AriParts;
  readonly #options: AriOptions;
  readonly #authorization: string;
  readonly #events: AriEvents;
  #hasMissedEvents = false;
  #listener: AriListener | null = null;

  constructor(parts: AriParts, options: AriOptions) {
    this.#parts = parts;
    this.#options = options;
    const { url, user, password, app } = options;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const events = new URLSearchParams({ app, subscribeAll: 'false' });
    this.#events = new AriEvents({
      ...parts,
      url: `${url.replace(/^http/, 'ws')}/events?${events}`,
      headers: { authorization: this.#authorization },
      onEvent: (event) => this.#listener?.onEvent(event),
      onOpen: () => this.#catchUp(),
    });
  }

  get isConnected(): boolean {
    return this.#events.isConnected;
  }

  /** Starts the events. Called once. */
  open(listener: AriListener): void {
    this.#listener = listener;
    this.#events.open();
  }

  close(): void {
    this.#events.close();
  }

  /**
   * Calls `endpoint`, such as `PJSIP/kitchen`. Who picks up comes into our application by a
   * `StasisStart` of that id; who does not is a `ChannelDestroyed`.
   */
  originate(second: {
    readonly channelId: string;
    readonly endpoint: string;
    readonly callerId: string | null;
    readonly timeoutS: number;
    readonly appArgs: string;
  }): Promise<void> {
    const { channelId, endpoint, callerId, timeoutS, appArgs } = second;
    const { app } = this.#options;
    return this.#request('POST', '/channels', {
      ...{ channelId, endpoint, app, appArgs, timeout: timeoutS },
      ...(callerId === null ? {} : { callerId }),
    });
  }

  /** Makes a channel that is a call of Asterisk to our AudioSocket port. */
  openMedia(media: {
    readonly channelId: string;
    readonly uuid: string;
    readonly externalHost: string;
    readonly format: string;
  }): Promise<void> {
    const { channelId, uuid, externalHost, format } = media;
    return this.#request('POST', '/channels/externalMedia', {
      ...{ channelId, app: this.#options.app, external_host: externalHost, format },
      ...{ encapsulation: 'audiosocket', transport: 'tcp', data: uuid },
    });
  }

  hangUp(channelId: string): Promise<void> {
    return this.#request('DELETE', `/channels/${encodeURIComponent(channelId)}`);
  }

  /** Gives the channel back to the dialplan, at the priority after `Stasis()`. */
  continueInDialplan(channelId: string): Promise<void> {
    return this.#request('POST', `/channels/${encodeURIComponent(channelId)}/continue`);
  }

  startMusic(channelId: string): Promise<void> {
    return this.#request('POST', `/channels/${encodeURIComponent(channelId)}/moh`);
  }

  stopMusic(channelId: string): Promise<void> {
    return this.#request('DELETE', `/channels/${encodeURIComponent(channelId)}/moh`);
  }

  openBridge(bridgeId: string): Promise<void> {
    return this.#request('POST', '/bridges', { type: 'mixing', bridgeId });
  }

  closeBridge(bridgeId: string): Promise<void> {
    return this.#request('DELETE', `/bridges/${encodeURIComponent(bridgeId)}`);
  }

  addToBridge(bridgeId: string, channelIds: readonly string[]): Promise<void> {
    const path = `/bridges/${encodeURIComponent(bridgeId)}/addChannel`;
    return this.#request('POST', path, { channel: channelIds.join(',') });
  }

  removeFromBridge(bridgeId: string, channelId: string): Promise<void> {
    const path = `/bridges/${encodeURIComponent(bridgeId)}/removeChannel`;
    return this.#request('POST', path, { channel: channelId });
  }

  /** What is there now, once events may have been missed. */
  #catchUp(): void {
    if (!this.#hasMissedEvents) {
      this.#hasMissedEvents = true;
      return;
    }
    this.#ask('GET', '/channels', {}, ariChannels).then(
      (channels) => this.#listener?.onChannels(new Set(channels.map(({ id }) => id))),
      (error) => this.#parts.log.warn('ARI tells no channels', { reason: messageOf(error) }),
    );
  }

  async #request(method: string, path: string, query: Query = {}): Promise<void> {
    await this.#answerTo(method, path, query);
  }

  async #ask<Answer>(
    method: string,
    path: string,
    query: Query,
    schema: z.ZodType<Answer>,
  ): Promise<Answer> {
    const parsed = schema.safeParse(jsonOf(await this.#answerTo(method, path, query)));
    if (parsed.success) return parsed.data;
    throw new GatewayError('ARI_PROTOCOL', `${method} ${path}: the answer is not understood`);
  }

  async #answerTo(method: string, path: string, query: Query): Promise<string> {
    const { url } = this.#options;
    const { fetch, metrics } = this.#parts;
    const fields = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) fields.set(name, String(value));
    const target = fields.size === 0 ? path : `${path}?${fields}`;
    const { status, text } = await this.#inTime(`${method} ${path}`, async (signal) => {
      const headers = { authorization: this.#authorization };
      const response = await fetch(`${url}${target}`, { method, headers, signal });
      return { status: response.status, text: await response.text() };
    });
    const isOk = status >= 200 && status < 300 && text.length <= answerCharsMax;
    metrics.count('offhook_ari_requests_total', { outcome: isOk ? 'ok' : 'refused' });
    if (isOk) return text;
    const refusal = ariRefusal.safeParse(jsonOf(text));
    const reason = refusal.success ? refusal.data.slice(0, refusalCharsMax) : 'no reason given';
    const message = `${method} ${path}: ${status} ${reason}`;
    throw new GatewayError('ARI_REFUSED', message, { status });
  }

  async #inTime<Answer>(
    request: string,
    work: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const { clock, metrics } = this.#parts;
    const { requestMsMax } = this.#options;
    const stop = new AbortController();
    const timer = clock.setTimer(requestMsMax, () => stop.abort());
    try {
      return await work(stop.signal);
    } catch (thrown) {
      metrics.count('offhook_ari_requests_total', { outcome: 'unreachable' });
      const reason = stop.signal.aborted
        ? `no answer within ${requestMsMax} ms`
        : messageOf(thrown);
      throw new GatewayError('ARI_UNREACHABLE', `${request}: ${reason}`, {}, thrown);
    } finally {
      timer.cancel();
    }
  }
}
