import { dropStaleRequests, isReplyDue } from './arbiter.ts';
import { agentAfter } from './closing.ts';
import type { TurnContext } from './edges.ts';
import type { CallerState, TurnState } from './state.ts';
import { takeBack } from './take-back.ts';

type TalkingCaller = Extract<CallerState, { is: 'talking' }>;

/**
 * The caller speaks. What the agent was saying stops, and the provider is told what was heard of
 * it: an item heard in part is cut there, one not heard at all is taken back. A goodbye is not cut
 * off.
 */
export function callerSpeaks(
  state: TurnState,
  by: 'provider' | 'gate',
  context: TurnContext,
): TurnState {
  const { caller } = state;
  const isNews = caller.is === 'quiet';
  const talking: TurnState = {
    ...state,
    caller: isNews ? { is: 'talking', sinceMs: context.nowMs, by } : heardBy(caller, by),
    silencePrompts: 0,
    unansweredSinceMs: null,
  };
  if (talking.line.is !== 'up') return talking;
  const stopped = stopReply(cutOff(talking, context), by, context);
  return {
    ...stopped,
    agent: { is: 'silent' },
    arbiter: dropStaleRequests(stopped.arbiter),
    toolCallsInTurn: isNews ? 0 : stopped.toolCallsInTurn,
  };
}

function heardBy(caller: TalkingCaller, by: 'provider' | 'gate'): TalkingCaller {
  return by === 'provider' ? { ...caller, by } : caller;
}

/** Stops what sounds or waits to sound. */
function cutOff(state: TurnState, context: TurnContext): TurnState {
  const { effects, unplayed, canTruncate } = context;
  const isPrompting = state.agent.is === 'prompting';
  if (unplayed.length === 0 && !isPrompting) return state;
  effects.push({ type: 'flush-playout' });
  if (unplayed.length === 0) return state;
  effects.push({ type: 'barged-in', items: unplayed });
  const first = unplayed.find(({ heardMs }) => heardMs > 0) ?? unplayed[0]!;
  effects.push({
    type: 'journal',
    body: {
      type: 'barge-in',
      replyId: first.replyId,
      itemId: first.itemId,
      heardMs: first.heardMs,
      unheardMs: unplayed.reduce((sum, item) => sum + item.receivedMs - item.heardMs, 0),
    },
  });
  return canTruncate ? takeBack(state, unplayed, context) : state;
}

/**
 * Stops the reply that is still being made. A provider that interrupts by itself has done so when
 * it reports speech; it is told when it has no such authority, or when only our gate has heard the
 * caller.
 */
function stopReply(
  state: TurnState,
  by: 'provider' | 'gate',
  { settings, effects }: TurnContext,
): TurnState {
  const { active } = state.arbiter;
  if (!active || active.isCancelled) return state;
  effects.push({ type: 'silence-reply', replyId: active.replyId });
  if (settings.authority === 'gateway' || by === 'gate') {
    effects.push({ type: 'link', command: { type: 'reply-cancel', replyId: active.replyId } });
  }
  return {
    ...state,
    arbiter: { ...state.arbiter, active: { ...active, isCancelled: true } },
  };
}

/** The recording has been played. An apology is not the last word if a reply is still to come. */
export function promptPlayed(state: TurnState, context: TurnContext): TurnState {
  const { agent } = state;
  if (agent.is !== 'prompting') return state;
  const owesReply = agent.owesReply || isReplyDue(state);
  return { ...state, agent: agentAfter({ owesReply }, context) };
}
