import type { AudioFormat } from '../audio/format.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { ToolSchema } from '../tools/tool.ts';

/** The names of providers; also the `provider` label of metrics. */
export type ProviderName = 'openai_realtime' | 'deepgram' | 'local';

/** What a provider can do, as data: nobody asks for its name. */
export interface ProviderCapabilities {
  /** It tells when the caller starts and stops speaking. */
  readonly detectsTurns: boolean;
  /** It can be told how much of a reply was heard. */
  readonly truncates: boolean;
  readonly swapsPersonaLive: boolean;
  /** It ends a session after this long; `null`: never. We roll over before. */
  readonly sessionMsMax: number | null;
}

export type Readiness =
  | { readonly isReady: true }
  | { readonly isReady: false; readonly error: GatewayError };

/** Who decides that the caller's turn is over, and how. */
export interface TurnDetection {
  readonly kind: 'server_vad' | 'semantic_vad';
  /** server_vad: 0..1. */
  readonly threshold: number;
  readonly prefixPaddingMs: number;
  readonly silenceMs: number;
  /** semantic_vad. */
  readonly eagerness: 'low' | 'medium' | 'high' | 'auto';
  /**
   * `provider`: the vendor creates and interrupts replies. `gateway`: it only reports speech; the
   * session creates, cancels and truncates.
   */
  readonly authority: 'provider' | 'gateway';
}

/** One thing that was said or done, as it was *heard*: what a new link is told of the past. */
export type HistoryItem =
  | { readonly type: 'caller-said'; readonly text: string }
  | { readonly type: 'agent-said'; readonly text: string }
  | {
      readonly type: 'tool-call';
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | { readonly type: 'tool-result'; readonly callId: string; readonly outputJson: string };

/** Who the agent is on a link. */
export interface PersonaSetup {
  readonly key: string;
  readonly instructions: string;
  readonly voice: string | null;
  readonly language: string | null;
  readonly tools: readonly ToolSchema[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Everything a link needs to be opened. */
export interface ProviderSetup {
  readonly sessionId: string;
  /** As `negotiate` gave them; both `null` on a link in writing, which never hears or speaks. */
  readonly callerFormat: AudioFormat | null;
  readonly agentFormat: AudioFormat | null;
  readonly persona: PersonaSetup;
  readonly turnDetection: TurnDetection;
  /** Oldest first; empty on the first link of a session. */
  readonly history: readonly HistoryItem[];
}

/**
 * Tokens and money of one reply. `cachedTokens` is a part of the input tokens, never added to them.
 */
export interface Usage {
  readonly inputTextTokens: number;
  readonly inputAudioTokens: number;
  readonly cachedTextTokens: number;
  readonly cachedAudioTokens: number;
  readonly outputTextTokens: number;
  readonly outputAudioTokens: number;
  /** `null` when the model has no price in the configuration. */
  readonly costUsdMicros: number | null;
}

export type ReplyOutcome = 'completed' | 'cancelled' | 'incomplete' | 'failed';

/** What a link tells the session. Audio objects are reused: copy, never keep. */
export type ProviderEvent =
  /** The setup is acknowledged: the persona is in force and audio may flow. */
  | { readonly type: 'ready'; readonly providerSessionId: string }
  | { readonly type: 'caller-speech-start'; readonly itemId: string }
  | { readonly type: 'caller-speech-end'; readonly itemId: string }
  /**
   * Words of the caller. Partial texts hold what came since the last one; the final one is whole.
   */
  | {
      readonly type: 'caller-transcript';
      readonly itemId: string;
      readonly text: string;
      readonly isFinal: boolean;
    }
  /** `requestId` is set when the reply answers a `reply-start` of ours. */
  | { readonly type: 'reply-start'; readonly replyId: string; readonly requestId: string | null }
  | {
      readonly type: 'agent-audio';
      readonly replyId: string;
      readonly itemId: string;
      readonly contentIndex: number;
      /** `length` bytes from `offset` in the negotiated format; may end within a sample. */
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly type: 'agent-audio-done'; readonly replyId: string; readonly itemId: string }
  /**
   * Words of the agent. Partial texts hold what came since the last one; the final one is whole.
   */
  | {
      readonly type: 'agent-text';
      readonly replyId: string;
      readonly itemId: string;
      readonly text: string;
      readonly isFinal: boolean;
    }
  /** Complete arguments; to be run only when the reply ends `completed`. */
  | {
      readonly type: 'tool-call';
      readonly replyId: string;
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | {
      readonly type: 'reply-end';
      readonly replyId: string;
      readonly outcome: ReplyOutcome;
      readonly reason: string | null;
      /** Set when `outcome` is `failed`. */
      readonly error: GatewayError | null;
      readonly usage: Usage | null;
    }
  /** A `reply-start` of ours was refused because another reply is active: send it again later. */
  | { readonly type: 'request-refused'; readonly requestId: string }
  /** Something went wrong that the link survives; `error` says what. Counted and logged. */
  | { readonly type: 'warning'; readonly error: GatewayError }
  /** The vendor's own limit is near: open another link soon. */
  | { readonly type: 'ending-soon'; readonly inMs: number }
  /** The last event, exactly once. `error.retryable` says whether a new link can help. */
  | { readonly type: 'ended'; readonly error: GatewayError | null };

/** What the session tells a link. Ignored after `ended`. */
export type ProviderCommand =
  | {
      readonly type: 'caller-audio';
      /** `length` bytes from `offset` in the negotiated format; copied before `send` returns. */
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly type: 'caller-text'; readonly text: string }
  | { readonly type: 'persona'; readonly persona: PersonaSetup }
  /**
   * Ask for a reply. Answered by `reply-start` with the same `requestId`, or `request-refused`.
   * `instructions` are for this reply alone, added to the persona's. `allowsTools` is true if
   * unset.
   */
  | {
      readonly type: 'reply-start';
      readonly requestId: string;
      readonly instructions?: string;
      readonly allowsTools?: boolean;
    }
  | { readonly type: 'reply-cancel'; readonly replyId: string }
  /** The caller heard `heardMs` (> 0, at most what was received) of this item. */
  | {
      readonly type: 'item-truncate';
      readonly itemId: string;
      readonly contentIndex: number;
      readonly heardMs: number;
    }
  /** The caller heard nothing of this item: the model must not believe that it was said. */
  | { readonly type: 'item-drop'; readonly itemId: string }
  | {
      readonly type: 'tool-results';
      readonly results: readonly { readonly callId: string; readonly outputJson: string }[];
    };

/** One link to a model, from opening to `ended`. It is never opened again: a new link is opened. */
export interface ProviderSession {
  send(command: ProviderCommand): void;
  /** Ends the link; `ended` follows with a null error. Safe to call twice. */
  close(): void;
}

export interface Provider {
  readonly name: ProviderName;
  readonly model: string;
  readonly capabilities: ProviderCapabilities;
  /** The formats to speak with the model for a leg of these formats, as near to them as it can. */
  negotiate(leg: {
    readonly callerFormat: AudioFormat | null;
    readonly agentFormat: AudioFormat | null;
  }): { readonly callerFormat: AudioFormat; readonly agentFormat: AudioFormat };
  readiness(): Readiness;
  /**
   * Starts a link. Never throws: failures arrive as `ended`. Events are never sent synchronously.
   */
  open(setup: ProviderSetup, onEvent: (event: ProviderEvent) => void): ProviderSession;
}
