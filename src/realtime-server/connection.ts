import type { Clock, Timer } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import type { Brain, BrainSession } from './brain.ts';
import { Conversation, type ConversationEffect, type ConversationInput } from './conversation.ts';
import { energyScorer } from './energy-scorer.ts';
import { FaultLine } from './fault-line.ts';
import type { FaultPlan } from './faults.ts';
import type { ItemListLimits } from './item-list.ts';
import type { SessionConfig } from './session-config.ts';

/** The client's end of a connection, as the server sees it. All methods are safe after the end. */
export interface ServerPeer {
  send(text: string): void;
  /** Starts the closing handshake with this WebSocket close code. */
  close(code: number, reason: string): void;
  /** Breaks off without a handshake. */
  drop(): void;
}

/** The server's end, as its listener or pipe sees it. */
export interface ServedConnection {
  /** One whole text message as UTF-8 bytes, valid only during the call. */
  onMessage(message: Buffer): void;
  /** The client has gone. Safe to call twice. */
  onClose(): void;
}

export interface ConnectionSetup {
  readonly clock: Clock;
  readonly random: Random;
  readonly brain: Brain;
  readonly faults: FaultPlan;
  readonly kind: SessionConfig['type'];
  readonly model: string;
  readonly isBeta: boolean;
  readonly sessionMsMax: number;
  readonly limits: ItemListLimits;
  readonly onLimit: (limit: string) => void;
  /** The connection is over, whoever ended it. Called once. */
  readonly onEnd: () => void;
}

/** Joins a conversation, a brain and the faults of a script to one peer. */
export function serveConnection(peer: ServerPeer, setup: ConnectionSetup): ServedConnection {
  return new Connection(peer, setup);
}

class Connection implements ServedConnection {
  readonly #setup: ConnectionSetup;
  readonly #conversation: Conversation;
  readonly #brain: BrainSession;
  readonly #line: FaultLine;
  #timer: Timer | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #isOver = false;

  constructor(peer: ServerPeer, setup: ConnectionSetup) {
    this.#setup = setup;
    const { clock, random, brain, faults } = setup;
    this.#line = new FaultLine(faults, clock, random, {
      toClient: (text) => peer.send(text),
      fromClient: (raw) => this.#step({ type: 'client', raw }),
      respond: () => this.#step({ type: 'respond' }),
      close: (code, reason) => {
        peer.close(code, reason);
        this.onClose();
      },
      drop: () => {
        peer.drop();
        this.onClose();
      },
      onLimit: setup.onLimit,
    });
    this.#brain = brain.open({
      clock,
      random,
      onOutput: (output) => this.#step({ type: 'brain', output }),
    });
    this.#conversation = new Conversation(
      {
        ...setup,
        sessionMsMax: faults.expireAfterMs ?? setup.sessionMsMax,
        nowEpochMs: clock.epochMs(),
        scorerFor: brain.scorer ?? energyScorer,
      },
      clock.monotonicMs(),
    );
    this.#do(this.#conversation.open());
    this.#setTimer();
  }

  onMessage(message: Buffer): void {
    if (this.#isOver) return;
    this.#line.receive(parseJson(message), message.length);
  }

  onClose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#line.end();
    this.#brain.close();
    this.#setup.onEnd();
  }

  #step(input: ConversationInput): void {
    if (this.#isOver) return;
    this.#do(this.#conversation.step(input, this.#setup.clock.monotonicMs()));
    this.#setTimer();
  }

  #do(effects: readonly ConversationEffect[]): void {
    for (const effect of effects) {
      if (this.#isOver) return;
      if (effect.type === 'send') this.#line.send(effect.event);
      else if (effect.type === 'ask') this.#brain.tell(effect.ask);
      else if (effect.type === 'limit') this.#setup.onLimit(effect.limit);
      else this.#line.close(effect.code, effect.reason);
    }
  }

  /** One timer for whatever the conversation waits for; set anew only when that moved. */
  #setTimer(): void {
    const dueMs = this.#isOver ? null : this.#conversation.dueMs;
    if (dueMs === this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerDueMs = dueMs ?? Number.POSITIVE_INFINITY;
    if (dueMs === null) return;
    const { clock } = this.#setup;
    this.#timer = clock.setTimer(Math.max(0, dueMs - clock.monotonicMs()), () => {
      this.#timerDueMs = Number.POSITIVE_INFINITY;
      this.#step({ type: 'time' });
    });
  }
}

/** What is no JSON is answered like any other event without a type. */
function parseJson(message: Buffer): unknown {
  try {
    return JSON.parse(message.toString('utf8'));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return messageOf(thrown);
    throw thrown;
  }
}
