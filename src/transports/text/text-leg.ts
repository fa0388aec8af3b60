import { assert, unreachable } from '../../runtime/assert.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Trust } from '../../runtime/trust.ts';
import type {
  CallInfo,
  Leg,
  LegCommand,
  LegEndCause,
  LegEvent,
  TurnOutcome,
} from '../transport.ts';

/** What comes of one question. Pieces come first; one of the others is the last. */
export type TextEvent =
  | { readonly type: 'delta'; readonly text: string }
  /** `text` is all pieces together. */
  | { readonly type: 'answered'; readonly text: string }
  | { readonly type: 'failed'; readonly error: GatewayError }
  /** The line was given up before there was an answer. */
  | { readonly type: 'ended'; readonly cause: LegEndCause };

export interface TextLegOptions {
  readonly id: string;
  readonly call: CallInfo;
  readonly trust: Trust;
}

interface Question {
  readonly onEvent: (event: TextEvent) => void;
  text: string;
}

/** Between two items of the agent's words, which are sentences or paragraphs of their own. */
const itemGap = '\n\n';

/**
 * The line of a caller within this process who writes, one question at a time. Everything that the
 * agent writes counts as read. Nothing waits in it: pieces are handed on as they come.
 */
export class TextLeg implements Leg {
  readonly transport = 'text';
  readonly callerFormat = null;
  readonly agentFormat = null;
  readonly pacing = 'realtime';
  readonly farEndDelayMs = 0;
  readonly bufferedBytes = 0;
  readonly id: string;
  readonly call: CallInfo;
  readonly trust: Trust;
  #onEvent: ((event: LegEvent) => void) | null = null;
  #question: Question | null = null;
  #itemId = '';
  #endCause: LegEndCause | null = null;
  /** Why nothing can be asked any more, when more is known than that it ended. */
  #failure: GatewayError | null = null;

  constructor({ id, call, trust }: TextLegOptions) {
    this.id = id;
    this.call = call;
    this.trust = trust;
  }

  /** A question has not been answered yet. */
  get isBusy(): boolean {
    return this.#question !== null;
  }

  /** Why the last question was not answered, and nothing can be asked any more if it has ended. */
  get failure(): GatewayError | null {
    return this.#failure;
  }

  get isEnded(): boolean {
    return this.#endCause !== null;
  }

  open(onEvent: (event: LegEvent) => void): void {
    assert(this.#onEvent === null, 'a leg is opened once');
    this.#onEvent = onEvent;
    if (this.#endCause) this.#tellEnd(this.#endCause);
  }

  /**
   * Asks `text` of the agent; `onEvent` may be called before this returns. Throws `SESSION_BUSY`
   * while another question is open; after the end the error that ended the session.
   */
  ask(text: string, onEvent: (event: TextEvent) => void): void {
    if (this.#question) throw new GatewayError('SESSION_BUSY', 'one question at a time');
    if (this.#endCause) throw this.#failure ?? sessionEnded(this.#endCause);
    assert(this.#onEvent !== null, 'the session has taken the leg');
    this.#question = { onEvent, text: '' };
    this.#itemId = '';
    this.#onEvent({ type: 'caller-text', text });
  }

  /** The caller leaves. An open question is not answered any more. */
  hangUp(): void {
    this.#end('caller-hung-up');
  }

  send(command: LegCommand): void {
    if (this.#endCause) return;
    switch (command.type) {
      case 'agent-text':
        this.#receive(command.itemId, command.text);
        return;
      case 'turn-over':
        this.#turnOver(command.outcome);
        return;
      case 'hang-up':
        this.#end('agent-hung-up');
        return;
      case 'transfer':
        this.#end('transferred');
        return;
      case 'agent-audio':
      case 'caller-words':
      case 'caller-not-understood':
      case 'mark':
      case 'clear':
        return;
      default:
        unreachable(command);
    }
  }

  #receive(itemId: string, piece: string): void {
    const question = this.#question;
    // Words that nobody asked for, as after a persona was swapped, have no one to go to.
    if (!question) return;
    const isNextItem = question.text !== '' && itemId !== this.#itemId;
    this.#itemId = itemId;
    const text = isNextItem ? itemGap + piece : piece;
    question.text += text;
    question.onEvent({ type: 'delta', text });
  }

  #turnOver(outcome: TurnOutcome): void {
    const question = this.#question;
    this.#question = null;
    if (outcome.is === 'failed') this.#failure = outcome.error;
    else this.#failure = null;
    if (outcome.is === 'answered') question?.onEvent({ type: 'answered', text: question.text });
    else question?.onEvent({ type: 'failed', error: outcome.error });
  }

  /** Never from inside a method: the session may be in the middle of a step. */
  #tellEnd(cause: LegEndCause): void {
    queueMicrotask(() => this.#onEvent?.({ type: 'ended', cause }));
  }

  #end(cause: LegEndCause): void {
    if (this.#endCause) return;
    this.#endCause = cause;
    const question = this.#question;
    this.#question = null;
    this.#tellEnd(cause);
    question?.onEvent({ type: 'ended', cause });
  }
}

function sessionEnded(cause: LegEndCause): GatewayError {
  return new GatewayError('SESSION_ENDED', `the session has ended: ${cause}`, { cause });
}
