import { z } from 'zod';
import type { Log, Metrics } from '../../observe/observe.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { type ErrorCode, GatewayError } from '../../runtime/errors.ts';

/** Before the first retry; doubles with each. A server may ask for more, up to the last. */
const retryDelayMsMin = 250;
const retryDelayMsMax = 2_000;
/** As much of a refusal is read, and as much of its words is told. */
const refusalBytesMax = 16 * 1024;
const refusalCharsMax = 200;

export type EndpointName = 'stt' | 'llm' | 'tts';

export interface EndpointSettings {
  /** Up to the version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Goes to `baseUrl` and nowhere else: redirects are not followed. */
  readonly apiKey: string | null;
  /** From the request to the first piece of the answer, and to its end. */
  readonly firstMsMax: number;
  readonly wholeMsMax: number;
  readonly retriesMax: number;
}

export interface EndpointParts {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** An answer that has begun. */
export interface Answer {
  /** In lower case, without parameters; empty when the server names none. */
  readonly mediaType: string;
  /** Throws a `GatewayError` when the answer breaks off or is too long. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface EndpointAsk<Piece> {
  /** `/chat/completions`. */
  readonly path: string;
  /** JSON where it is a text. */
  readonly body: string | FormData;
  readonly answerBytesMax: number;
  /** Makes pieces of the answer. Throws a `GatewayError` where it makes no sense. */
  readonly read: (answer: Answer) => AsyncIterable<Piece>;
  readonly signal: AbortSignal;
}

/** One attempt at an answer. */
interface Attempt {
  /** Its first piece was there. */
  hasBegun: boolean;
}

/** An OpenAI-compatible server, by HTTP. */
export class Endpoint {
  readonly name: EndpointName;
  readonly #settings: EndpointSettings;
  readonly #parts: EndpointParts;

  constructor(name: EndpointName, settings: EndpointSettings, parts: EndpointParts) {
    this.name = name;
    this.#settings = settings;
    this.#parts = parts;
  }

  /**
   * The pieces of the answer as they come. A request whose answer has not begun is made again when
   * the server is busy, fails or is gone; never after a time-out, for which the caller has waited.
   * Throws a `GatewayError`, or the signal's reason when it is aborted. Whoever stops consuming
   * ends the request.
   */
  async *ask<Piece>(ask: EndpointAsk<Piece>): AsyncGenerator<Piece> {
    const { clock, metrics, log } = this.#parts;
    for (let retryCount = 0; ; retryCount += 1) {
      ask.signal.throwIfAborted();
      const attempt: Attempt = { hasBegun: false };
      try {
        yield* this.#attempt(ask, attempt);
        return;
      } catch (error) {
        ask.signal.throwIfAborted();
        if (!(error instanceof GatewayError)) throw error;
        const { code } = error;
        const delayMs = Math.max(retryDelayMsMin * 2 ** retryCount, wantedDelayMs(error));
        const isWorthIt = error.retryable && code !== 'PROVIDER_TIMEOUT' && !attempt.hasBegun;
        if (!isWorthIt || retryCount >= this.#settings.retriesMax || delayMs > retryDelayMsMax) {
          metrics.count('offhook_provider_errors_total', { provider: 'local', code });
          throw error;
        }
        metrics.count('offhook_endpoint_retries_total', { endpoint: this.name, code });
        log.warn('a request is made again', { endpoint: this.name, code, error: error.message });
        await passed(clock, delayMs, ask.signal);
      }
    }
  }

  async *#attempt<Piece>(ask: EndpointAsk<Piece>, attempt: Attempt): AsyncGenerator<Piece> {
    const { clock, metrics } = this.#parts;
    const { firstMsMax, wholeMsMax } = this.#settings;
    const endpoint = this.name;
    const startedAtMs = clock.monotonicMs();
    const tookSeconds = (): number => (clock.monotonicMs() - startedAtMs) / 1_000;
    let outcome: 'ok' | 'aborted' | ErrorCode = 'aborted';
    const ending = new AbortController();
    const first = this.#timeout(ending, firstMsMax, 'first piece of an answer');
    const whole = this.#timeout(ending, wholeMsMax, 'whole answer');
    try {
      const answer = await this.#open(ask, AbortSignal.any([ask.signal, ending.signal]));
      for await (const piece of ask.read(answer)) {
        if (!attempt.hasBegun) {
          attempt.hasBegun = true;
          first.cancel();
          metrics.observe('offhook_endpoint_first_seconds', { endpoint }, tookSeconds());
        }
        yield piece;
      }
      outcome = 'ok';
    } catch (thrown) {
      // What an aborted read throws is not always the reason why.
      const error: unknown = ending.signal.aborted ? ending.signal.reason : thrown;
      if (!ask.signal.aborted) outcome = error instanceof GatewayError ? error.code : 'INTERNAL';
      throw error;
    } finally {
      first.cancel();
      whole.cancel();
      ending.abort();
      metrics.observe('offhook_endpoint_seconds', { endpoint, outcome }, tookSeconds());
    }
  }

  #timeout(ending: AbortController, limitMs: number, what: string): Timer {
    return this.#parts.clock.setTimer(limitMs, () => {
      ending.abort(this.#error('PROVIDER_TIMEOUT', `gave no ${what} within ${limitMs} ms`));
    });
  }

  async #open<Piece>(ask: EndpointAsk<Piece>, signal: AbortSignal): Promise<Answer> {
    const { path, body, answerBytesMax } = ask;
    const { baseUrl, apiKey } = this.#settings;
    const response = await this.#fetch(`${baseUrl.replace(/\/+$/, '')}${path}`, {
      method: 'POST',
      headers: {
        ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }),
      },
      body,
      redirect: 'manual',
      signal,
    });
    if (!response.ok) throw await this.#refusal(response);
    const mediaType = (response.headers.get('content-type') ?? '').split(';')[0]!;
    const chunks = this.#chunks(response, answerBytesMax);
    return { mediaType: mediaType.trim().toLowerCase(), chunks };
  }

  async #fetch(url: string, request: RequestInit): Promise<Response> {
    try {
      return await this.#parts.fetch(url, request);
    } catch (thrown) {
      throw this.#broken(thrown, 'cannot be reached');
    }
  }

  async *#chunks(response: Response, bytesMax: number): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    let byteCount = 0;
    try {
      for await (const chunk of response.body) {
        byteCount += chunk.length;
        if (byteCount > bytesMax) {
          this.#parts.metrics.count('offhook_limits_total', { limit: `${this.name}_answer` });
          throw this.#error('PROVIDER_OVERFLOW', `answers more than ${bytesMax} bytes`);
        }
        yield chunk;
      }
    } catch (thrown) {
      throw this.#broken(thrown, 'broke off its answer');
    }
  }

  /** `fetch` reports everything about the network as a `TypeError` with a cause. */
  #broken(thrown: unknown, what: string): unknown {
    if (!(thrown instanceof TypeError)) return thrown;
    const reason = thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
    return this.#error('PROVIDER_UNREACHABLE', `${what}: ${reason}`, thrown);
  }

  async #refusal(response: Response): Promise<GatewayError> {
    const { status } = response;
    const { message, code } = await this.#refusalWords(response);
    const quota = code === 'insufficient_quota';
    const after = Number(response.headers.get('retry-after') ?? 0);
    const retryAfterMs = Number.isFinite(after) ? after * 1_000 : null;
    const what = status >= 300 && status < 400 ? 'leads elsewhere, which is not followed' : message;
    return new GatewayError(
      quota ? 'PROVIDER_QUOTA' : codeOfStatus(status),
      `${this.name}: the server answered ${status}: ${what}`,
      { status, retryAfterMs },
    );
  }

  async #refusalWords(response: Response): Promise<{ message: string; code: string | null }> {
    const body = await wholeOf(this.#chunks(response, refusalBytesMax));
    const parsed = refusalBody.safeParse(jsonOf(body.toString('utf8')));
    const { message, code }: z.output<typeof refusalError> = parsed.data ?? {};
    const { apiKey } = this.#settings;
    const why = message ?? 'it does not say why';
    const said = apiKey === null ? why : why.replaceAll(apiKey, '***');
    return { message: said.slice(0, refusalCharsMax), code: code?.toString() ?? null };
  }

  #error(code: ErrorCode, what: string, cause?: unknown): GatewayError {
    return new GatewayError(code, `${this.name}: the server ${what}`, {}, cause);
  }
}

const refusalError = z.object({
  message: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
});

/** As OpenAI says no, as vLLM did before its version 0.10.1, and as servers by FastAPI do. */
const refusalBody = z.union([
  z
    .object({ error: z.union([z.string(), refusalError]) })
    .transform(({ error }) => (typeof error === 'string' ? { message: error } : error)),
  z.object({ detail: z.unknown() }).transform(({ detail }) => {
    return { message: typeof detail === 'string' ? detail : JSON.stringify(detail) };
  }),
  refusalError,
]);

/** All of an answer, for those who can do nothing with a part of it. */
export async function wholeOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}

/** The value that `text` is as JSON; `undefined` where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'PROVIDER_RATE_LIMITED';
  return status >= 500 || status === 408 ? 'PROVIDER_UNREACHABLE' : 'PROVIDER_REFUSED';
}

function wantedDelayMs({ details }: GatewayError): number {
  return typeof details['retryAfterMs'] === 'number' ? details['retryAfterMs'] : 0;
}

/** Resolves after `waitMs`; rejects with the signal's reason when it is aborted before. */
function passed(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.setTimer(waitMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
