import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { CallInfo } from '../transports/transport.ts';
import { type CallAnnouncement, encodeNextStep, type NextStep } from './wire.ts';

/** Calls that are announced, in progress or lately ended. A guess: ten times a busy machine. */
const callsMax = 10_000;
/** An announced call that has not come by then will not come. */
const unclaimedMsMax = 30_000;
/** How long after its end the dialplan can still ask for the next step. */
const endedMsMax = 600_000;
const sweepIntervalMs = 30_000;

export interface CallRegistryParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The directory: what the dialplan shall do for each destination that an agent may name. */
  readonly destinations: Pick<ReadonlyMap<string, NextStep>, 'get'>;
}

type Call =
  | { readonly is: 'announced'; readonly info: CallInfo; readonly untilMs: number }
  | { readonly is: 'live'; readonly next: NextStep }
  | { readonly is: 'ended'; readonly next: NextStep; readonly untilMs: number };

const hangUp: NextStep = { type: 'hangup' };

/**
 * What the dialplan and the gateway know of a call beyond its audio: who it is, told before it
 * comes, and where it goes, asked after it. Each announcement is good for one call.
 */
export class CallRegistry {
  readonly #parts: CallRegistryParts;
  readonly #calls = new Map<string, Call>();
  #sweptAtMs: number;

  constructor(parts: CallRegistryParts) {
    this.#parts = parts;
    this.#sweptAtMs = parts.clock.monotonicMs();
  }

  /**
   * Expects a call within 30 s. Telling it again before it comes replaces it; afterwards it throws
   * `CONFLICT`. Throws `CALLS_AT_LIMIT` when 10,000 calls are known.
   */
  announce(announcement: CallAnnouncement): void {
    const { uuid, ...told } = announcement;
    const known = this.#find(uuid);
    if (known && known.is !== 'announced') {
      throw new GatewayError('CONFLICT', `call ${uuid} has come already`, { uuid });
    }
    if (!known && !this.#hasRoom()) {
      throw new GatewayError('CALLS_AT_LIMIT', `${callsMax} calls are known already`, { callsMax });
    }
    const untilMs = this.#nowMs() + unclaimedMsMax;
    this.#calls.set(uuid, { is: 'announced', info: { callId: uuid, ...told }, untilMs });
  }

  /** Whether that call was announced and may still come. */
  isExpected(callId: string): boolean {
    return this.#find(callId)?.is === 'announced';
  }

  /** What was announced of a call that has come now; `null`: nothing, too long ago, or used up. */
  claim(callId: string): CallInfo | null {
    const known = this.#find(callId);
    if (known?.is !== 'announced') return null;
    this.#calls.set(callId, { is: 'live', next: hangUp });
    return known.info;
  }

  /** Sets where the dialplan takes the caller, also of a call that was not announced. */
  setNext(callId: string, next: NextStep): void {
    const known = this.#find(callId);
    if (known?.is === 'live') this.#calls.set(callId, { ...known, next });
    else if (known || this.#hasRoom()) this.#calls.set(callId, this.#ended(next));
    else this.#parts.log.error('next step of a call is lost', { callId, callsMax });
  }

  /**
   * Sends the caller to a key of the directory. A key that is not in it leads to `hangup`: whoever
   * let the agent name it should have known, so it is logged as an error.
   */
  transfer(callId: string, destinationKey: string): void {
    const next = this.#parts.destinations.get(destinationKey);
    if (!next) this.#parts.log.error('transfer to no destination', { callId, destinationKey });
    else this.setNext(callId, next);
  }

  /** The line has ended: the next step can be asked for 10 minutes more. */
  release(callId: string): void {
    const known = this.#calls.get(callId);
    if (known?.is !== 'live') return;
    this.#calls.set(callId, this.#ended(known.next));
  }

  /** The text for the dialplan: `hangup`, also for a call that nobody knows. */
  next(callId: string): string {
    const known = this.#find(callId.toLowerCase());
    return encodeNextStep(known && known.is !== 'announced' ? known.next : hangUp);
  }

  #find(callId: string): Call | undefined {
    const call = this.#calls.get(callId);
    return call && this.#isOver(call) ? undefined : call;
  }

  #isOver(call: Call): boolean {
    return call.is !== 'live' && this.#nowMs() >= call.untilMs;
  }

  #ended(next: NextStep): Call {
    return { is: 'ended', next, untilMs: this.#nowMs() + endedMsMax };
  }

  #hasRoom(): boolean {
    const isFull = this.#calls.size >= callsMax;
    if (isFull || this.#nowMs() - this.#sweptAtMs >= sweepIntervalMs) this.#sweep();
    if (this.#calls.size < callsMax) return true;
    this.#parts.metrics.count('offhook_limits_total', { limit: 'asterisk-calls' });
    return false;
  }

  #sweep(): void {
    this.#sweptAtMs = this.#nowMs();
    for (const [callId, call] of this.#calls) if (this.#isOver(call)) this.#calls.delete(callId);
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
