import type { z } from 'zod';
import type { Clock } from '../runtime/clock.ts';
import type { ErrorCode } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';
import type { CallInfo } from '../transports/transport.ts';

/** A tool as the model sees it: flat, as OpenAI Realtime and Responses want it. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a tool may use while it runs. */
export interface ToolContext {
  readonly sessionId: string;
  readonly callId: string;
  readonly call: CallInfo;
  readonly trust: Trust;
  /** Fires on hang-up and on the tool's own time limit. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** What the session does once the results have been sent. */
export type ToolSequel = ClosingSequel | HandoffSequel;

export type ClosingSequel =
  | { readonly type: 'hang-up' }
  | { readonly type: 'transfer'; readonly destinationKey: string }
  /** The caller speaks with somebody else already: the agent is not to say goodbye. */
  | { readonly type: 'leave' };

/** Another persona goes on with the call. */
export interface HandoffSequel {
  readonly type: 'handoff';
  readonly personaKey: string;
}

/**
 * Something the agent can do. `Input` is what the schema gives after it has parsed the arguments.
 */
export interface Tool<Input = unknown, Output = unknown> {
  /** 1 to 64 of [A-Za-z0-9_-]. */
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  readonly timeoutMs: number;
  /** Running it twice does no harm. One that is not runs only once its call is durable on disk. */
  readonly repeatable: boolean;
  readonly minTrust: Trust;
  /** Its arguments and result are left out of logs. */
  readonly isSensitive: boolean;
  sequel?(input: Input, output: Output): ToolSequel | null;
  /**
   * What the model is told of the parameters under this grant, where that depends on the grant;
   * `null`: of no use under it, and not offered.
   */
  parametersUnder?(grant: ToolGrant): ToolSchema['parameters'] | null;
  /** Throws the `GatewayError` with which a well-formed input is refused under this grant. */
  admit?(input: Input, grant: ToolGrant): void;
  run(input: Input, context: ToolContext): Promise<Output>;
}

/** A call that the model made. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

export interface ToolOutcome {
  readonly callId: string;
  readonly name: string;
  readonly outcome: 'ok' | 'failed' | 'timeout' | 'refused' | 'aborted';
  readonly code: ErrorCode | null;
  /** What the model is told: data, delimited and capped, never instructions. */
  readonly outputJson: string;
  readonly tookMs: number;
  readonly sequel: ToolSequel | null;
}

/** A persona to hand over to, and how sure of the caller one has to be for it. */
export interface HandoffTarget {
  readonly personaKey: string;
  readonly minTrust: Trust;
}

/**
 * What one persona may do in one session. A handoff never makes it more than the call was given.
 */
export interface ToolGrant {
  readonly sessionId: string;
  readonly call: CallInfo;
  readonly trust: Trust;
  readonly toolNames: readonly string[];
  /** Unset: to nobody. */
  readonly handoffs?: readonly HandoffTarget[];
}

/** Runs tools for sessions. Limits live here, not in the prompt. */
export interface ToolRunner {
  /** The tools of the grant whose `minTrust` the caller meets, as the model is told of them. */
  schemas(grant: ToolGrant): readonly ToolSchema[];
  /**
   * Checks grant, trust and arguments, waits for `durable` where the tool is not repeatable, runs.
   * Never rejects: every failure is an outcome that the model can be told.
   */
  run(
    call: ToolCall,
    grant: ToolGrant,
    options: { readonly signal: AbortSignal; readonly durable: () => Promise<void> },
  ): Promise<ToolOutcome>;
}
