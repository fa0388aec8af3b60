import { GatewayError } from '../runtime/errors.ts';
import { beginReply, endReply, isReplyDue, refuseRequest, requestReply } from './arbiter.ts';
import { silenceActiveReply } from './closing.ts';
import type { ReplyCarried, TurnContext, TurnInput } from './edges.ts';
import { providerFailed } from './links.ts';
import type { TurnState } from './state.ts';
import { dropUnheard } from './take-back.ts';
import { releaseCalls } from './tool-calls.ts';
import { noteFailure } from './written-turn.ts';

/**
 * Replies in a row without usable sound until the caller hears an apology instead of another try.
 */
export const muteRepliesMax = 2;

type ReplyStart = Extract<TurnInput, { type: 'reply-start' }>;
type ReplyEnd = Extract<TurnInput, { type: 'reply-end' }>;

export function replyStarted(state: TurnState, reply: ReplyStart, context: TurnContext): TurnState {
  const arbiter = beginReply(state.arbiter, reply);
  const agent =
    state.agent.is === 'silent'
      ? ({ is: 'awaited', sinceMs: context.nowMs, isCovered: false } as const)
      : state.agent;
  const started: TurnState = { ...state, arbiter, agent };
  // It answers what was said before the caller spoke again, or comes after the goodbye.
  const isStale = state.caller.is === 'talking' && state.line.is === 'up';
  const isTooLate = state.line.is === 'closing' && arbiter.active?.purpose !== 'farewell';
  const isForNobody = state.party.is === 'nobody' || arbiter.active?.purpose === 'void';
  if (!isStale && !isTooLate && !isForNobody) return started;
  const silenced = silenceActiveReply(started, context);
  return isStale || isForNobody ? { ...silenced, agent: state.agent } : silenced;
}

export function replyEnded(state: TurnState, reply: ReplyEnd, context: TurnContext): TurnState {
  const wasActive = state.arbiter.active?.replyId === reply.replyId;
  const wasCancelled = wasActive && state.arbiter.active?.isCancelled === true;
  const ended = dropUnheard(
    { ...state, arbiter: endReply(state.arbiter, reply.replyId) },
    reply.replyId,
    context,
  );
  const isComplete = reply.outcome === 'completed' && !wasCancelled;
  const wasAloud = isHeard(reply.carried) || reply.carried === 'cut-short';
  const released = releaseCalls(ended, { replyId: reply.replyId, isComplete, wasAloud }, context);
  if (wasCancelled) return fallSilent(released, context);
  if (reply.outcome === 'cancelled') {
    const error = new GatewayError('PROVIDER_PROTOCOL', 'the provider cancelled the reply');
    return fallSilent(context.isWritten ? noteFailure(released, error) : released, context);
  }
  if (reply.outcome === 'failed') return replyFailed(released, reply, context);
  if (isHeard(reply.carried)) return { ...released, muteRepliesInRow: 0, failure: null };
  const isForTools = released !== ended;
  return isForTools ? released : replyUnheard(released, reply.carried, context);
}

function isHeard(carried: ReplyCarried): carried is 'audio' | 'writing' {
  return carried === 'audio' || carried === 'writing';
}

/** Nothing is awaited any more if nothing is on its way. */
export function fallSilent(state: TurnState, { unplayed }: TurnContext): TurnState {
  const { agent } = state;
  const isOnItsWay = unplayed.length > 0 || isReplyDue(state);
  return agent.is === 'awaited' && !isOnItsWay ? { ...state, agent: { is: 'silent' } } : state;
}

function replyFailed(state: TurnState, reply: ReplyEnd, context: TurnContext): TurnState {
  const { error } = reply;
  context.effects.push({ type: 'warn', message: 'reply failed', error });
  const failed = noteFailure(state, error);
  if (error !== null && !error.retryable) return providerFailed(failed, context);
  return tryAgain(failed, 'answer', context);
}

/** The model answered, and the caller heard nothing of it, or much too little for its words. */
function replyUnheard(
  state: TurnState,
  carried: Exclude<ReplyCarried, 'audio' | 'writing'>,
  context: TurnContext,
): TurnState {
  context.effects.push({ type: 'count-limit', limit: 'reply-without-audio' });
  context.effects.push({
    type: 'warn',
    message: `reply without usable audio: ${carried}`,
    error: null,
  });
  const error = new GatewayError('PROVIDER_PROTOCOL', 'the provider replied without a word');
  return tryAgain(noteFailure(state, error), 'say-again', context);
}

function tryAgain(
  state: TurnState,
  purpose: 'answer' | 'say-again',
  context: TurnContext,
): TurnState {
  if (state.line.is !== 'up') return state;
  const failed = { ...state, muteRepliesInRow: state.muteRepliesInRow + 1 };
  if (failed.muteRepliesInRow < muteRepliesMax) return requestReply(failed, purpose, context);
  if (context.unplayed.length > 0) return { ...failed, muteRepliesInRow: 0 };
  context.effects.push({ type: 'play-prompt', name: 'apology' });
  return {
    ...failed,
    muteRepliesInRow: 0,
    agent: { is: 'prompting', name: 'apology', owesReply: false },
  };
}

/** The provider would not begin a reply of ours: its own is in the way, or about to be. */
export function requestRefused(
  state: TurnState,
  requestId: string,
  { effects }: TurnContext,
): TurnState {
  const arbiter = refuseRequest(state.arbiter, requestId);
  if (arbiter === state.arbiter) return state;
  effects.push({ type: 'count-collision' });
  return { ...state, arbiter: { ...arbiter, isProviderDue: arbiter.active === null } };
}

/** The first frame of a reply has been sent to the caller. */
export function firstFrame(state: TurnState, replyId: string, context: TurnContext): TurnState {
  const { effects, nowMs } = context;
  const { unansweredSinceMs } = state;
  const responseMs = unansweredSinceMs === null ? null : nowMs - unansweredSinceMs;
  if (responseMs !== null) effects.push({ type: 'answered', responseMs });
  effects.push({ type: 'journal', body: { type: 'turn', replyId, responseMs } });
  return {
    ...state,
    agent: { is: 'speaking', replyId },
    unansweredSinceMs: null,
    silencePrompts: 0,
  };
}

/** The last sample of a reply that the provider had ended has been sent to the caller. */
export function replyPlayed(state: TurnState, replyId: string, context: TurnContext): TurnState {
  const { agent } = state;
  if (agent.is !== 'speaking' || agent.replyId !== replyId) return state;
  return fallSilent(
    { ...state, agent: { is: 'awaited', sinceMs: context.nowMs, isCovered: false } },
    context,
  );
}

/** More audio waits than the caller could sit through: the rest of the reply is given up. */
export function replyOverLimit(state: TurnState, replyId: string, context: TurnContext): TurnState {
  context.effects.push({ type: 'count-limit', limit: 'reply-queue' });
  if (state.arbiter.active?.replyId !== replyId) return state;
  return silenceActiveReply(state, context);
}
