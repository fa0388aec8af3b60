import type { Clock, Timer } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { FaultOf, FaultPlan, Moment } from './faults.ts';

/** Bytes that a stalled direction holds at most; beyond that the connection breaks off. */
const heldBytesMax = 64 * 1024 * 1024;

/** A late transcript comes at the latest after this, also when nothing else is sent any more. */
const lateMsMax = 2_000;

/** An event on its way to the client: anything with a type that becomes JSON. */
export interface OutgoingEvent {
  readonly type: string;
}

export interface FaultLineEnds {
  toClient(text: string): void;
  fromClient(message: unknown): void;
  /** The server starts a response of its own accord. */
  respond(): void;
  close(code: number, reason: string): void;
  drop(): void;
  onLimit(limit: string): void;
}

type TimelyFault = FaultOf<'drop' | 'stall' | 'burst' | 'error' | 'event'>;

/** One direction that can be held up: what is held leaves in order. */
class Gate<Message> {
  readonly #pass: (message: Message) => void;
  #held: Message[] = [];
  heldBytes = 0;
  isShut = false;

  constructor(pass: (message: Message) => void) {
    this.#pass = pass;
  }

  push(message: Message, bytes: number): void {
    if (!this.isShut) {
      this.#pass(message);
      return;
    }
    this.#held.push(message);
    this.heldBytes += bytes;
  }

  /** Lets out what is held, and from now on everything at once unless it stays shut. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    this.heldBytes = 0;
    for (const message of held) this.#pass(message);
  }

  discard(): void {
    this.#held = [];
    this.heldBytes = 0;
  }
}

/** What lies between a conversation and its socket: passes messages on, and makes faults happen. */
export class FaultLine {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ends: FaultLineEnds;
  readonly #timely: readonly TimelyFault[];
  readonly #sentCount = new Map<string, number>();
  readonly #timers = new Set<Timer>();
  readonly #out: Gate<string>;
  readonly #in: Gate<unknown>;
  readonly #lateEvents: number;
  #late: { event: OutgoingEvent; eventsLeft: number }[] = [];
  #collisionsLeft: number;
  #isOver = false;

  constructor(plan: FaultPlan, clock: Clock, random: Random, ends: FaultLineEnds) {
    this.#clock = clock;
    this.#random = random;
    this.#ends = ends;
    this.#timely = plan.faults.filter((one) => 'when' in one);
    this.#out = new Gate((text) => {
      if (!this.#isOver) ends.toClient(text);
    });
    this.#in = new Gate((message) => {
      if (!this.#isOver) ends.fromClient(message);
    });
    this.#lateEvents = plan.all('late-transcripts')[0]?.events ?? 0;
    this.#collisionsLeft = plan.all('collide').reduce((sum, one) => sum + one.times, 0);
    for (const one of this.#timely) {
      if ('atMs' in one.when) this.#after(one.when.atMs, () => this.#happen(one));
    }
  }

  /** An event of the conversation, to the client. */
  send(event: OutgoingEvent): void {
    if (this.#isOver) return;
    if (this.#lateEvents > 0 && event.type.includes('input_audio_transcription')) {
      this.#late.push({ event, eventsLeft: this.#lateEvents });
      this.#after(lateMsMax, () => this.#sendLate(lateMsMax));
      return;
    }
    this.#sendNow(event);
    this.#sendLate(1);
  }

  /** A message of the client, parsed as JSON. `bytes`: its length on the wire. */
  receive(message: unknown, bytes: number): void {
    if (this.#isOver) return;
    if (this.#collisionsLeft > 0 && isResponseCreate(message)) {
      this.#collisionsLeft -= 1;
      this.#ends.respond();
    }
    this.#in.push(message, bytes);
    this.#checkHeld(this.#in);
  }

  /** The conversation ends the connection: what is held goes first. */
  close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#out.isShut = false;
    this.#out.release();
    this.#ends.close(code, reason);
    this.end();
  }

  /** Nothing passes any more. */
  end(): void {
    this.#isOver = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#out.discard();
    this.#in.discard();
  }

  #sendNow(event: OutgoingEvent): void {
    const nth = (this.#sentCount.get(event.type) ?? 0) + 1;
    this.#sentCount.set(event.type, nth);
    this.#meet('before', event.type, nth);
    if (this.#isOver) return;
    const text = JSON.stringify(event);
    this.#out.push(text, text.length);
    this.#checkHeld(this.#out);
    this.#meet('after', event.type, nth);
  }

  /** Transcripts have waited for `events` more; those that waited long enough go. */
  #sendLate(events: number): void {
    if (this.#late.length === 0) return;
    for (const late of this.#late) late.eventsLeft -= events;
    const due = this.#late.filter((late) => late.eventsLeft <= 0);
    this.#late = this.#late.filter((late) => late.eventsLeft > 0);
    for (const { event } of due) this.#sendNow(event);
  }

  #meet(side: 'before' | 'after', type: string, nth: number): void {
    for (const one of this.#timely) {
      if (isMoment(one.when, side, type, nth)) this.#happen(one);
      if (this.#isOver) return;
    }
  }

  #happen(one: TimelyFault): void {
    if (this.#isOver) return;
    if (one.fault === 'drop') this.#cut(one.code);
    else if (one.fault === 'error') this.#insert({ type: 'error', error: one.error });
    else if (one.fault === 'event') this.#insert(one.event);
    else if (one.fault === 'burst') this.#bunch(one.everyMs);
    else {
      const gate = one.direction === 'to-client' ? this.#out : this.#in;
      gate.isShut = true;
      this.#after(one.forMs, () => {
        gate.isShut = false;
        gate.release();
      });
    }
  }

  #cut(code: number | undefined): void {
    if (code === undefined) this.#ends.drop();
    else this.#ends.close(code, '');
    this.end();
  }

  #insert(event: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify({ event_id: this.#random.id('event_'), ...event });
    this.#out.push(text, text.length);
  }

  #bunch(everyMs: number): void {
    this.#out.isShut = true;
    this.#after(everyMs, () => {
      this.#out.release();
      this.#bunch(everyMs);
    });
  }

  #checkHeld(gate: Gate<string> | Gate<unknown>): void {
    if (gate.heldBytes <= heldBytesMax) return;
    this.#ends.onLimit('realtime-held-bytes');
    this.#cut(undefined);
  }

  #after(delayMs: number, act: () => void): void {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
  }
}

function isMoment(when: Moment, side: 'before' | 'after', type: string, nth: number): boolean {
  if ('atMs' in when) return false;
  const named = 'before' in when ? when.before : when.after;
  return side in when && named === type && when.nth === nth;
}

function isResponseCreate(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return Reflect.get(message, 'type') === 'response.create';
}
