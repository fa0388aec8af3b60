import type { FastifyReply } from 'fastify';
import type { Clock, Timer } from '../../runtime/clock.ts';

/** Proxies give up on a connection that is quiet for a minute; half of the usual least is safe. */
const heartbeatMs = 15_000;
/** What may wait for a client that reads slowly: more than the longest reply. */
const backlogBytesMax = 256 * 1024;

/**
 * An answer as server-sent events (WHATWG HTML § 9.2), begun with the first of them. After the
 * client has left, or was dropped because it does not read, nothing is done.
 */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #clock: Clock;
  readonly #onBacklog: () => void;
  #timer: Timer | null = null;
  #hasBegun = false;

  constructor(
    reply: FastifyReply,
    { clock, onBacklog }: { readonly clock: Clock; readonly onBacklog: () => void },
  ) {
    this.#reply = reply;
    this.#clock = clock;
    this.#onBacklog = onBacklog;
  }

  /** Takes the answer over: from here on it is a stream. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const reply = this.#reply;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would keep the pieces until there are many.
      'x-accel-buffering': 'no',
    });
    reply.raw.flushHeaders();
    reply.raw.once('close', () => this.#timer?.cancel());
    this.#beat();
  }

  send(event: string, data: object): void {
    this.begin();
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.#timer?.cancel();
    this.#reply.raw.end();
  }

  #beat(): void {
    this.#timer = this.#clock.setTimer(heartbeatMs, () => {
      this.#write(': still here\n\n');
      if (!this.#reply.raw.destroyed) this.#beat();
    });
  }

  #write(text: string): void {
    const { raw } = this.#reply;
    if (raw.destroyed) return;
    raw.write(text);
    if (raw.writableLength <= backlogBytesMax) return;
    this.#onBacklog();
    raw.destroy();
  }
}
