import type { ResponseParams, ShownResponse } from '../../realtime-server/wire.ts';

/** Our request's id in `response.metadata`, which the server shows again in `response.created`. */
const requestKey = 'offhook_request';

/** More than the session ever has open; older ones were lost by the server. */
const requestsMax = 16;

/** The `response.create` events that the server has neither answered nor refused. */
export class Requests {
  readonly #pending = new Set<string>();

  /** Notes a request and gives what marks it on the wire. */
  add(requestId: string): Pick<ResponseParams, 'metadata'> {
    this.#pending.add(requestId);
    if (this.#pending.size > requestsMax) this.takeOldest();
    return { metadata: { [requestKey]: requestId } };
  }

  /**
   * The request that a new response answers; `null` if the server began it by itself. A server that
   * shows no metadata at all is taken to answer in order.
   */
  answeredBy(response: ShownResponse): string | null {
    if (response.metadata === undefined) return this.takeOldest();
    const requestId = response.metadata?.[requestKey];
    return requestId !== undefined && this.#pending.delete(requestId) ? requestId : null;
  }

  /** Forgets the request of that id; false if it was not open. */
  take(requestId: string): boolean {
    return this.#pending.delete(requestId);
  }

  /** Forgets the oldest open request and gives its id. */
  takeOldest(): string | null {
    const [oldest] = this.#pending;
    if (oldest === undefined) return null;
    this.#pending.delete(oldest);
    return oldest;
  }
}
