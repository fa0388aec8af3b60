import type { GatewayError } from '../../runtime/errors.ts';
import type { ToolOutcome } from '../../tools/tool.ts';
import type { Principal } from '../auth/principal.ts';

/** A tool is called, and how that ended. */
export type ToolState = 'started' | ToolOutcome['outcome'];

/** What comes of one question. `answered` or `failed` is the last, exactly once. */
export type ReplyEvent =
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'tool'; readonly name: string; readonly state: ToolState }
  /** `text` is all pieces together. */
  | { readonly type: 'answered'; readonly text: string }
  | { readonly type: 'failed'; readonly error: GatewayError };

/** One caller who writes with one agent. */
export interface Conversation {
  readonly sessionId: string;
  /** The key of the persona that answers now. */
  readonly persona: string;
  /**
   * `onEvent` may be called before this returns. Throws `SESSION_BUSY` while another question is
   * open, and after the end what ended the session.
   */
  ask(text: string, onEvent: (event: ReplyEvent) => void): void;
  /**
   * From the next reply on. Throws `NOT_FOUND` with the choices, `TRUST_TOO_LOW`, and
   * `SESSION_ENDED`.
   */
  swapPersona(key: string): void;
  hangUp(): void;
}

/** What a session id leads to. */
export type Found =
  | { readonly is: 'here'; readonly conversation: Conversation }
  /** In another process, which `place` names. */
  | { readonly is: 'elsewhere'; readonly place: string }
  /** There is none, or it is of somebody else: who asks is not told which. */
  | { readonly is: 'unknown' };

/** All who write. */
export interface Conversations {
  /** Throws why there is no session for this caller: limits, persona, trust or provider. */
  open(wanted: OpeningWish): Conversation;
  find(sessionId: string, principal: Principal): Promise<Found>;
}

export interface OpeningWish {
  readonly principal: Principal;
  /** `undefined`: the default one. */
  readonly persona: string | undefined;
  /** Of W3C Trace Context, when the request bore a valid one. */
  readonly traceparent: string | undefined;
}
