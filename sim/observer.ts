import type { ProviderCommand, ProviderEvent } from '../src/providers/provider.ts';
import type { SessionCore } from '../src/session/core.ts';
import type { SessionNews } from '../src/session/rim.ts';
import type { SessionSettings } from '../src/session/settings.ts';
import type { JournalBody, SessionEndCause } from '../src/store/store.ts';
import type { ToolCall, ToolOutcome } from '../src/tools/tool.ts';
import type { LegCommand, LegEvent } from '../src/transports/transport.ts';
import type { CallFacts } from './call-facts.ts';
import type { TaggedSound } from './tagged-sound.ts';

/**
 * What can be seen of a call from outside the session, at both levels. What goes into the session
 * is seen before the session takes it, what comes out of it as it comes.
 */
export interface CallObserver {
  legEvent?(event: LegEvent): void;
  legCommand?(command: LegCommand): void;
  /** To the caller while they are on hold: `legCommand` is for who is attached. */
  heldCommand?(command: LegCommand): void;
  secondEvent?(event: LegEvent): void;
  /** Whom the agent hears and speaks with from now on. */
  attached?(party: SessionCore['attached']): void;
  linkOpened?(linkId: number, personaKey: string): void;
  linkClosed?(linkId: number): void;
  linkEvent?(linkId: number, event: ProviderEvent): void;
  linkCommand?(linkId: number, command: ProviderCommand): void;
  /** Our own detector is about to tell the session. */
  gateEdge?(edge: 'speech-start' | 'speech-end'): void;
  toolRun?(call: ToolCall): void;
  toolSettled?(outcome: ToolOutcome): void;
  journal?(body: JournalBody): void;
  news?(news: SessionNews): void;
  /** The wheel has come round and the session has done its part. */
  ticked?(): void;
  ended?(cause: SessionEndCause): void;
  /** The run is over, to its planned end. */
  finished?(): void;
}

type Hook = keyof CallObserver;

/** What observers may look at. */
export interface CallView {
  readonly nowMs: number;
  readonly core: SessionCore;
  readonly settings: SessionSettings;
  /** What the agent's frames are made of, and whether their sound is tagged at all. */
  readonly agentSound: TaggedSound;
  readonly callerSound: TaggedSound;
  readonly isTagged: boolean;
  /** Timers of the session that are set. */
  readonly timerCount: number;
  /** The model's format. */
  readonly modelBytesPerMs: number;
  /** Length of every recording, in the leg's format. */
  readonly promptBytes: number;
  readonly facts: CallFacts;
}

/** A claim about a call that did not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;

  constructor(invariant: string, claim: string) {
    super(claim);
    this.invariant = invariant;
  }
}

/**
 * What an invariant says its claims to: each is counted, and one that does not hold ends the run.
 */
export class Claims {
  readonly invariant: string;
  count = 0;

  constructor(invariant: string) {
    this.invariant = invariant;
  }

  hold(isTrue: boolean, claim: string | (() => string)): void {
    this.count += 1;
    if (!isTrue) throw new Violation(this.invariant, typeof claim === 'string' ? claim : claim());
  }
}

export interface Invariant {
  readonly name: string;
  /** It speaks of sound, which a leg in writing has not. */
  readonly isOfSound?: true;
  observe(view: CallView, claims: Claims): CallObserver;
}

/** Several observers as one, told in order. */
export function observersAsOne(observers: readonly CallObserver[]): Required<CallObserver> {
  const having = <Name extends Hook>(name: Name): NonNullable<CallObserver[Name]>[] =>
    observers.flatMap((observer) => observer[name]?.bind(observer) ?? []) as NonNullable<
      CallObserver[Name]
    >[];
  const one: Required<CallObserver> = {
    legEvent: toEach(having('legEvent')),
    legCommand: toEach(having('legCommand')),
    heldCommand: toEach(having('heldCommand')),
    secondEvent: toEach(having('secondEvent')),
    attached: toEach(having('attached')),
    linkOpened: toEach(having('linkOpened')),
    linkClosed: toEach(having('linkClosed')),
    linkEvent: toEach(having('linkEvent')),
    linkCommand: toEach(having('linkCommand')),
    gateEdge: toEach(having('gateEdge')),
    toolRun: toEach(having('toolRun')),
    toolSettled: toEach(having('toolSettled')),
    journal: toEach(having('journal')),
    news: toEach(having('news')),
    ticked: toEach(having('ticked')),
    ended: toEach(having('ended')),
    finished: toEach(having('finished')),
  };
  return one;
}

function toEach<Given extends readonly unknown[]>(
  listeners: readonly ((...given: Given) => void)[],
): (...given: Given) => void {
  const only = listeners[0];
  if (only && listeners.length === 1) return only;
  return (...given) => {
    for (const tell of listeners) tell(...given);
  };
}
