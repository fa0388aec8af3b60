import { GatewayError } from '../runtime/errors.ts';
import type { SessionEndCause } from '../store/store.ts';
import type { TurnOutcome } from '../transports/transport.ts';
import { isReplyDue } from './arbiter.ts';
import type { TurnContext } from './edges.ts';
import type { TurnState } from './state.ts';

/** Something keeps the caller from the answer; whether for good will be seen. */
export function noteFailure(state: TurnState, failure: GatewayError | null): TurnState {
  return failure === null ? state : { ...state, failure };
}

/** Tells a caller who wrote that nothing more comes: all replies and tools are over. */
export function tellTurnOver(state: TurnState, context: TurnContext): TurnState {
  if (!state.owesTurnOver || state.line.is !== 'up' || isBusy(state)) return state;
  tell(outcomeOf(state.failure), context);
  return { ...state, owesTurnOver: false, failure: null };
}

function isBusy(state: TurnState): boolean {
  const { agent, pendingCalls, untoldTexts } = state;
  const isWaiting = pendingCalls.length > 0 || untoldTexts.length > 0;
  return agent.is !== 'silent' || isWaiting || isReplyDue(state);
}

/** The session ends: whoever waits learns why, and so does whoever would still ask. */
export function tellLastTurn(state: TurnState, cause: SessionEndCause, context: TurnContext): void {
  const isNews = state.owesTurnOver || cause === 'provider-failed';
  if (!context.isWritten || !isNews) return;
  const isInOrder = cause === 'agent-hung-up' || cause === 'transferred';
  const ended = new GatewayError('SESSION_ENDED', `the session has ended: ${cause}`, { cause });
  tell(outcomeOf(state.failure ?? (isInOrder ? null : ended)), context);
}

function outcomeOf(error: GatewayError | null): TurnOutcome {
  return error === null ? { is: 'answered' } : { is: 'failed', error };
}

function tell(outcome: TurnOutcome, { effects }: TurnContext): void {
  effects.push({ type: 'leg', command: { type: 'turn-over', outcome } });
}
