import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Brain } from './brain.ts';
import { type ServedConnection, type ServerPeer, serveConnection } from './connection.ts';
import { type Fault, FaultPlan } from './faults.ts';
import type { SessionConfig } from './session-config.ts';

/** The request that opens a connection. Header names in lower case. */
export interface OpenRequest {
  /** With or without scheme and host; the query chooses what is opened. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What the server says to a request to open. */
export type Admission =
  | { readonly is: 'refused'; readonly status: number; readonly body: string }
  | {
      readonly is: 'admitted';
      /** False: a fault of the script; pings stay unanswered on this connection. */
      readonly answersPings: boolean;
      /** Must be called at once, when the upgrade is done. */
      serve(peer: ServerPeer): ServedConnection;
    };

/** What the server tells who runs it. */
export type ServerNote =
  | { readonly type: 'opened'; readonly connectionId: string; readonly model: string }
  | { readonly type: 'closed'; readonly connectionId: string; readonly durationMs: number }
  | { readonly type: 'refused'; readonly status: number; readonly code: string | null }
  | { readonly type: 'limit'; readonly limit: string };

export interface RealtimeServerSetup {
  readonly clock: Clock;
  readonly random: Random;
  readonly brain: Brain;
  readonly faults?: readonly Fault[];
  /** Whether a key opens a session; default: everybody may. */
  readonly authorize?: (key: string | null) => boolean;
  readonly sessionMsMax?: number;
  readonly connectionsMax?: number;
  readonly onNote?: (note: ServerNote) => void;
}

/** The vendor ends sessions after an hour. */
const sessionMsMaxDefault = 60 * 60_000;
const connectionsMaxDefault = 1_000;

/** Items: far beyond an hour of talk. Audio: a few minutes for `conversation.item.retrieve`. */
const limits = { itemsMax: 2_000, audioBytesMax: 8 * 1024 * 1024 };

/** The serving half of the protocol without a socket: listeners and pipes bring the connections. */
export class RealtimeServer {
  readonly #setup: RealtimeServerSetup;
  #connectionCount = 0;

  constructor(setup: RealtimeServerSetup) {
    this.#setup = setup;
  }

  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Judges a request to open. Nothing is held until `serve` is called. */
  admit(request: OpenRequest): Admission {
    const { random, faults = [], connectionsMax = connectionsMaxDefault } = this.#setup;
    const { authorize = () => true } = this.#setup;
    const plan = new FaultPlan(faults, random);
    const { refusal } = plan;
    if (refusal !== null) return this.#refuse(refusal.status, refusal.error);
    const target = targetOf(request.url);
    if (target === null) return this.#refuse(400, badTarget);
    if (!authorize(keyOf(request))) return this.#refuse(401, badKey);
    if (this.#connectionCount >= connectionsMax) {
      this.#note({ type: 'limit', limit: 'realtime-connections' });
      return this.#refuse(429, tooMany(connectionsMax));
    }
    return {
      is: 'admitted',
      answersPings: plan.answersPings,
      serve: (peer) => this.#serve(peer, request, target, plan),
    };
  }

  #serve(
    peer: ServerPeer,
    request: OpenRequest,
    target: SessionTarget,
    faults: FaultPlan,
  ): ServedConnection {
    const { clock, random, brain, sessionMsMax = sessionMsMaxDefault } = this.#setup;
    const connectionId = random.id('conn_');
    const openedAtMs = clock.monotonicMs();
    this.#connectionCount += 1;
    this.#note({ type: 'opened', connectionId, model: target.model });
    return serveConnection(peer, {
      clock,
      random,
      brain,
      faults,
      ...target,
      isBeta: (request.headers['openai-beta'] ?? '').includes('realtime=v1'),
      sessionMsMax,
      limits,
      onLimit: (limit) => this.#note({ type: 'limit', limit }),
      onEnd: () => {
        this.#connectionCount -= 1;
        const durationMs = clock.monotonicMs() - openedAtMs;
        this.#note({ type: 'closed', connectionId, durationMs });
      },
    });
  }

  #refuse(status: number, error: RefusalBody): Admission {
    this.#note({ type: 'refused', status, code: error.code });
    return { is: 'refused', status, body: JSON.stringify({ error }) };
  }

  #note(note: ServerNote): void {
    this.#setup.onNote?.(note);
  }
}

interface RefusalBody {
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
}

const badKey: RefusalBody = {
  type: 'invalid_request_error',
  code: 'invalid_api_key',
  message: 'Incorrect API key provided.',
  param: null,
};

const badTarget: RefusalBody = {
  type: 'invalid_request_error',
  code: 'missing_required_parameter',
  message: "You must name the session by '?model=' or '?intent=transcription'.",
  param: 'model',
};

const tooMany = (connectionsMax: number): RefusalBody => ({
  type: 'rate_limit_error',
  code: 'rate_limit_exceeded',
  message: `All ${connectionsMax} connections are taken.`,
  param: null,
});

interface SessionTarget {
  readonly kind: SessionConfig['type'];
  readonly model: string;
}

/** What the query asks for: exactly one of a model and a transcription; null for anything else. */
function targetOf(url: string): SessionTarget | null {
  if (!URL.canParse(url, 'ws://localhost')) return null;
  const { searchParams } = new URL(url, 'ws://localhost');
  const model = searchParams.get('model');
  const intent = searchParams.get('intent');
  if (model !== null && model !== '' && intent === null) return { kind: 'realtime', model };
  if (model === null && intent === 'transcription') return { kind: 'transcription', model: '' };
  return null;
}

/** The subprotocol in which a browser, which can set no header, hands its key over. */
const keyProtocol = 'openai-insecure-api-key.';

function keyOf({ headers }: OpenRequest): string | null {
  const { authorization = '', 'sec-websocket-protocol': protocols = '' } = headers;
  const bearer = /^Bearer (.+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const offered = protocols.split(',').map((one) => one.trim());
  return offered.find((one) => one.startsWith(keyProtocol))?.slice(keyProtocol.length) ?? null;
}
