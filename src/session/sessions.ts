import type { Log, Metrics } from '../observe/observe.ts';
import type { Persona } from '../personas/persona.ts';
import type { Provider, TurnDetection } from '../providers/provider.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import type { Leg } from '../transports/transport.ts';
import { personaRefusalOf } from './cast.ts';
import { Session, type SessionDeps } from './session.ts';
import type { SessionSettings } from './settings.ts';

/**
 * What a call is to be, decided when it comes in from the configuration in force at that moment.
 */
export interface CallPlan {
  readonly provider: Provider;
  readonly persona: Persona;
  /** Other personas of the same configuration, as this provider speaks them. */
  readonly personaOf: (key: string) => Persona | undefined;
  readonly settings: SessionSettings;
  readonly turnDetection: TurnDetection;
}

export interface SessionsOptions {
  readonly random: Random;
  /** Throws a `GatewayError` when the call names a persona or provider that there is not. */
  readonly plan: (leg: Leg) => CallPlan;
  readonly callsMax: () => number;
  /** The event loop is too busy for another call. */
  readonly isBusy: () => boolean;
}

/** All calls of the process: takes them, finds them, and lets them end. */
export class Sessions {
  readonly #deps: SessionDeps;
  readonly #options: SessionsOptions;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #live = new Map<string, Session>();
  #isDraining = false;
  #onEmpty: (() => void) | null = null;

  constructor(deps: SessionDeps, options: SessionsOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#log = deps.log.child('sessions');
    this.#metrics = deps.metrics;
    this.#clock = deps.clock;
  }

  get count(): number {
    return this.#live.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  all(): readonly Session[] {
    return [...this.#live.values()];
  }

  /** The live session of that id; asynchronous because it may live in another process one day. */
  async find(sessionId: string): Promise<Session | undefined> {
    return this.#live.get(sessionId);
  }

  /**
   * Takes a call, or hangs up on it at once when there is no room: calls in progress come first.
   * A call that cannot have the agent it asks for hears why from a recording.
   */
  open(leg: Leg): Session | null {
    const fullness = this.#fullness();
    if (fullness) {
      this.#refuse(leg, fullness);
      return null;
    }
    let plan: CallPlan;
    try {
      plan = this.#options.plan(leg);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#refuse(leg, error);
      return null;
    }
    const sessionId = this.#options.random.id('sess_');
    const session = new Session(this.#deps, {
      ...plan,
      sessionId,
      leg,
      refusal: refusalOf(plan, leg),
      onEnded: () => this.#remove(sessionId),
    });
    this.#live.set(sessionId, session);
    session.start();
    return session;
  }

  /**
   * Takes no more calls and waits for those in progress; at the deadline the rest are ended in the
   * way that lets their dialplans go on. Settles when there is none left.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true;
    if (this.#live.size === 0) return;
    this.#log.info('draining', { calls: this.#live.size, deadlineMs });
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const timer: Timer = this.#clock.setTimer(deadlineMs, () => {
      for (const session of this.all()) session.close('drained');
    });
    await empty;
    timer.cancel();
  }

  #remove(sessionId: string): void {
    this.#live.delete(sessionId);
    if (this.#live.size === 0) this.#onEmpty?.();
  }

  /** Why no call at all can be taken now. */
  #fullness(): GatewayError | null {
    const callsMax = this.#options.callsMax();
    if (this.#isDraining) return new GatewayError('DRAINING', 'the gateway is shutting down');
    if (this.#live.size >= callsMax) {
      return new GatewayError('CALLS_AT_LIMIT', `all ${callsMax} calls are taken`, { callsMax });
    }
    if (this.#options.isBusy()) {
      return new GatewayError('LOOP_BUSY', 'the event loop lags too far behind for another call');
    }
    if (!this.#deps.journal.isWritable) {
      return new GatewayError('DISK_FULL', 'the journal cannot be written: no new calls');
    }
    return null;
  }

  #refuse(leg: Leg, error: GatewayError): void {
    leg.open(() => undefined);
    leg.send({ type: 'turn-over', outcome: { is: 'failed', error } });
    leg.send({ type: 'hang-up' });
    this.#metrics.count('offhook_limits_total', { limit: error.code });
    this.#log.warn('call refused', {
      code: error.code,
      error: error.message,
      callId: leg.call.callId,
    });
  }
}

/** Why this caller cannot have this agent. */
function refusalOf({ provider, persona }: CallPlan, leg: Leg): GatewayError | null {
  const distrust = personaRefusalOf(persona, leg.trust);
  if (distrust) return distrust;
  const readiness = provider.readiness();
  if (readiness.isReady) return null;
  // The session must not try again by itself: the gate opens for the next call.
  return new GatewayError(
    'PROVIDER_REFUSED',
    readiness.error.message,
    { code: readiness.error.code },
    readiness.error,
  );
}
