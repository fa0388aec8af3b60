import type { ErrorCode } from '../runtime/errors.ts';
import type { Party } from '../store/store.ts';
import type { ToolCall, ToolOutcome } from '../tools/tool.ts';
import { awaitAnew, requestReply } from './arbiter.ts';
import { closeAfterTool, finish } from './closing.ts';
import type { LimitName, TurnContext } from './edges.ts';
import { handOver } from './persona-swap.ts';
import {
  isOfConversation,
  type PendingCall,
  pendingCallsMax,
  seenCallIdsMax,
  type TurnState,
} from './state.ts';

/**
 * The model wants a tool. It is held until its reply is complete: a cut-off reply means nothing.
 */
export function holdCall(
  state: TurnState,
  held: { readonly replyId: string; readonly call: ToolCall },
  { effects }: TurnContext,
): TurnState {
  const { callId } = held.call;
  if (state.line.is !== 'up' || state.seenCallIds.includes(callId)) return state;
  if (state.pendingCalls.length >= pendingCallsMax) {
    effects.push({ type: 'count-limit', limit: 'pending-tool-calls' });
    return state;
  }
  return {
    ...state,
    seenCallIds: [...state.seenCallIds, callId].slice(-seenCallIdsMax),
    pendingCalls: [...state.pendingCalls, { ...held, party: partyOf(state), is: 'held' }],
  };
}

function partyOf({ party }: TurnState): Party {
  return party.is === 'second' ? 'second' : 'caller';
}

/** The reply that made the calls is over: run them if it is whole, forget them if not. */
export function releaseCalls(
  state: TurnState,
  reply: { readonly replyId: string; readonly isComplete: boolean; readonly wasAloud: boolean },
  context: TurnContext,
): TurnState {
  const isOfReply = ({ is, replyId }: PendingCall) => is === 'held' && replyId === reply.replyId;
  if (!state.pendingCalls.some(isOfReply)) return state;
  if (!reply.isComplete) {
    const pendingCalls = state.pendingCalls.filter((pending) => !isOfReply(pending));
    return { ...state, pendingCalls };
  }
  let { toolCallsInTurn, toolCallsInCall } = state;
  const pendingCalls = state.pendingCalls.map((pending): PendingCall => {
    if (!isOfReply(pending)) return pending;
    const { call, replyId, party } = pending;
    const limit = capReached({ toolCallsInTurn, toolCallsInCall }, context);
    toolCallsInTurn += 1;
    toolCallsInCall += 1;
    context.effects.push({ type: 'journal', body: { type: 'tool-call', ...call } });
    if (limit) {
      const outcome = refusal(call, limit, context);
      return { call, replyId, party, is: 'settled', wasAloud: reply.wasAloud, outcome };
    }
    context.effects.push({ type: 'run-tool', call });
    return { call, replyId, party, is: 'running', wasAloud: reply.wasAloud };
  });
  const released: TurnState = { ...state, pendingCalls, toolCallsInTurn, toolCallsInCall };
  return deliverResults(oweResults(released, context), context);
}

function oweResults(state: TurnState, { nowMs }: TurnContext): TurnState {
  if (state.agent.is !== 'silent') return state;
  return { ...state, agent: { is: 'awaited', sinceMs: nowMs, isCovered: false } };
}

function capReached(
  made: { readonly toolCallsInTurn: number; readonly toolCallsInCall: number },
  { settings }: TurnContext,
): LimitName | null {
  if (made.toolCallsInTurn >= settings.toolCallsPerTurnMax) return 'tool-calls-per-turn';
  return made.toolCallsInCall >= settings.toolCallsPerCallMax ? 'tool-calls-per-call' : null;
}

function refusal(call: ToolCall, limit: LimitName, { effects }: TurnContext): ToolOutcome {
  effects.push({ type: 'count-limit', limit });
  const code: ErrorCode = 'TOOL_CAP_REACHED';
  const message = 'No more tools can be used now. Answer with what you know.';
  const outcome: ToolOutcome = {
    callId: call.callId,
    name: call.name,
    outcome: 'refused',
    code,
    outputJson: JSON.stringify({ error: { code, message } }),
    tookMs: 0,
    sequel: null,
  };
  effects.push({ type: 'journal', body: journalOf(outcome) });
  return outcome;
}

/** A tool has finished, in whatever way. A result that nobody waits for is only recorded. */
export function settleCall(
  state: TurnState,
  outcome: ToolOutcome,
  context: TurnContext,
): TurnState {
  const isIts = ({ is, call }: PendingCall) => is === 'running' && call.callId === outcome.callId;
  if (!state.pendingCalls.some(isIts)) return state;
  context.effects.push({ type: 'journal', body: journalOf(outcome) });
  const pendingCalls = state.pendingCalls.map(
    (pending): PendingCall =>
      pending.is === 'running' && isIts(pending) ? { ...pending, is: 'settled', outcome } : pending,
  );
  const settled: TurnState = { ...state, pendingCalls };
  if (outcome.sequel?.type === 'leave') return finish(settled, 'transferred', context);
  return deliverResults(settled, context);
}

function journalOf({ sequel: _sequel, ...told }: ToolOutcome) {
  return { type: 'tool-result', ...told } as const;
}

/**
 * Sends the results of every reply whose calls have all settled, and asks for what follows. Those
 * of a conversation that is on hold wait for its end.
 */
export function deliverResults(state: TurnState, context: TurnContext): TurnState {
  if (state.link.is !== 'ready' || state.line.is !== 'up') return state;
  if (state.party.is === 'nobody') return state;
  if (state.party.is === 'second' && state.party.verdict !== null) return state;
  const waiting = new Set(
    state.pendingCalls.filter(({ is }) => is !== 'settled').map(({ replyId }) => replyId),
  );
  const settled = state.pendingCalls.filter(
    (pending) =>
      pending.is === 'settled' && isOfConversation(state, pending) && !waiting.has(pending.replyId),
  );
  if (settled.length === 0) return state;
  const outcomes = settled.flatMap((pending) => (pending.is === 'settled' ? pending.outcome : []));
  context.effects.push({
    type: 'link',
    command: {
      type: 'tool-results',
      results: outcomes.map(({ callId, outputJson }) => ({ callId, outputJson })),
    },
  });
  context.effects.push({ type: 'results-sent', outcomes });
  const sent: TurnState = {
    ...state,
    pendingCalls: state.pendingCalls.filter((pending) => !settled.includes(pending)),
  };
  const sequels = outcomes.flatMap(({ sequel }) => sequel ?? []);
  const closing = sequels.find((one) => one.type !== 'handoff');
  if (closing) {
    const wasAloud = settled.some((pending) => pending.is === 'settled' && pending.wasAloud);
    return closeAfterTool(sent, { sequel: closing, wasAloud }, context);
  }
  const handoff = sequels.findLast((one) => one.type === 'handoff');
  const agent = handoff ? context.successor(handoff.personaKey) : null;
  if (agent) return handOver(sent, agent, context);
  return requestReply(awaitAnew(sent), 'tool-results', context);
}
