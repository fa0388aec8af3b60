import type { SessionEndCause } from '../store/store.ts';
import type { ClosingSequel } from '../tools/tool.ts';
import type { LegEndCause } from '../transports/transport.ts';
import { dropStaleRequests, requestReply, voidRequests } from './arbiter.ts';
import type { TurnContext } from './edges.ts';
import type { AgentState, Goodbye, LineState, LinkState, TurnState } from './state.ts';
import { takeBack } from './take-back.ts';
import { tellLastTurn } from './written-turn.ts';

const hangUp = { type: 'hang-up' } as const;

/** Ends the call with a recording: what the agent was saying is cut, the recording is not. */
export function closeWithPrompt(
  state: TurnState,
  goodbye: Goodbye,
  context: TurnContext,
): TurnState {
  if (state.line.is !== 'up') return state;
  const { effects } = context;
  // Who is on hold hears no goodbye: they come back first.
  if (state.party.is === 'second') {
    effects.push({ type: 'consult', news: 'hung-up' });
    return { ...leaveParty(state, context), party: { is: 'nobody', goodbye } };
  }
  if (state.party.is === 'nobody') return { ...state, party: { is: 'nobody', goodbye } };
  effects.push({ type: 'flush-playout' });
  effects.push({ type: 'play-prompt', name: goodbye.prompt });
  return {
    ...dropTools(silenceActiveReply(state, context)),
    agent: { is: 'prompting', name: goodbye.prompt, owesReply: false },
    arbiter: { ...dropStaleRequests(state.arbiter), active: null, queued: [] },
    line: { is: 'closing', cause: goodbye.cause, sequel: hangUp, by: 'prompt' },
  };
}

/**
 * The agent turns away from whom it speaks with: what sounds stops, what is on its way for them is
 * played to nobody.
 */
export function leaveParty(state: TurnState, context: TurnContext): TurnState {
  const { effects, unplayed, canTruncate } = context;
  effects.push({ type: 'flush-playout' });
  if (unplayed.length > 0) effects.push({ type: 'stopped', items: unplayed });
  const cut = canTruncate ? takeBack(state, unplayed, context) : state;
  const silenced = silenceActiveReply(cut, context);
  effects.push({ type: 'attach', party: 'nobody' });
  effects.push({ type: 'journal', body: { type: 'party', party: 'nobody' } });
  return {
    ...silenced,
    party: { is: 'nobody', goodbye: null },
    caller: { is: 'quiet' },
    agent: { is: 'silent' },
    arbiter: voidRequests(silenced.arbiter),
    unansweredSinceMs: null,
    muteRepliesInRow: 0,
  };
}

/**
 * Ends the call as a tool asked: at once when the agent has already said goodbye and was heard to
 * the end, after its words when they are still being played, after a farewell when it said nothing.
 */
export function closeAfterTool(
  state: TurnState,
  ending: { readonly sequel: ClosingSequel; readonly wasAloud: boolean },
  context: TurnContext,
): TurnState {
  if (state.line.is !== 'up') return state;
  const cause = ending.sequel.type === 'transfer' ? 'transferred' : 'agent-hung-up';
  const closing: TurnState = {
    ...dropTools(state),
    arbiter: { ...dropStaleRequests(state.arbiter), queued: [] },
    line: { is: 'closing', cause, sequel: ending.sequel, by: 'reply' },
  };
  if (!ending.wasAloud) return owe(requestReply(closing, 'farewell', context), context);
  return context.unplayed.length > 0 ? closing : finish(closing, cause, context);
}

function owe(state: TurnState, { nowMs }: TurnContext): TurnState {
  if (state.agent.is !== 'silent') return state;
  return { ...state, agent: { is: 'awaited', sinceMs: nowMs, isCovered: false } };
}

/**
 * What the line was waiting for has been played to its last sample: the call ends, unless more of
 * the goodbye is still to be heard or yet to come.
 */
export function closeWhenPlayed(
  state: TurnState,
  by: 'reply' | 'prompt',
  context: TurnContext,
): TurnState {
  const { line } = state;
  if (line.is !== 'closing' || line.by !== by) return state;
  if (by === 'reply' && (context.unplayed.length > 0 || isFarewellDue(state))) return state;
  return finish(state, line.cause, context);
}

/**
 * The goodbye that the agent owes will not come, or came without a sound: a recording says it. Who
 * is speaking has begun it, and is heard out.
 */
export function closeUnsaid(state: TurnState, context: TurnContext): TurnState {
  const { agent, line } = state;
  if (line.is !== 'closing' || line.by !== 'reply' || agent.is === 'speaking') return state;
  if (context.unplayed.length > 0 || isFarewellDue(state)) return state;
  return sayGoodbye(state, line, context);
}

function isFarewellDue({ arbiter, link }: TurnState): boolean {
  if (link.is === 'gone') return false;
  const { active, unanswered, queued } = arbiter;
  const isBeingMade = active !== null && !active.isCancelled;
  return isBeingMade || [...queued, unanswered].some((request) => request?.purpose === 'farewell');
}

/** The goodbye did not begin in time: a recording says it, and if that hangs too, nobody does. */
export function closingTimedOut(state: TurnState, context: TurnContext): TurnState {
  const { line } = state;
  if (line.is !== 'closing') return state;
  context.effects.push({ type: 'count-limit', limit: 'closing' });
  if (line.by === 'prompt') return finish(state, line.cause, context);
  return sayGoodbye(state, line, context);
}

function sayGoodbye(
  state: TurnState,
  line: Extract<LineState, { is: 'closing' }>,
  context: TurnContext,
): TurnState {
  context.effects.push({ type: 'flush-playout' });
  context.effects.push({ type: 'play-prompt', name: 'goodbye' });
  return {
    ...silenceActiveReply({ ...state, arbiter: { ...state.arbiter, queued: [] } }, context),
    agent: { is: 'prompting', name: 'goodbye', owesReply: false },
    line: { ...line, by: 'prompt' },
  };
}

/** The caller's line is gone: nothing can be said any more. */
export function lineEnded(state: TurnState, cause: LegEndCause, context: TurnContext): TurnState {
  if (state.line.is === 'ended') return state;
  return end(state, endCauseOf(cause), context);
}

function endCauseOf(cause: LegEndCause): SessionEndCause {
  switch (cause) {
    case 'caller-hung-up':
    case 'line-reset':
      return 'caller-hung-up';
    case 'line-dead':
    case 'protocol-error':
      return 'line-failed';
    case 'agent-hung-up':
    case 'transferred':
      return cause;
  }
}

/** Drops the line, in the way that lets a dialplan go on, and ends the session. */
export function finish(state: TurnState, cause: SessionEndCause, context: TurnContext): TurnState {
  if (state.line.is === 'ended') return state;
  const sequel = state.line.is === 'closing' ? state.line.sequel : hangUp;
  tellLastTurn(state, cause, context);
  context.effects.push({ type: 'leg', command: sequel.type === 'leave' ? hangUp : sequel });
  return end(state, cause, context);
}

/** The one way out: no timer, tool call, request or link survives it. */
function end(state: TurnState, cause: SessionEndCause, { effects }: TurnContext): TurnState {
  for (const linkId of linkIdsOf(state.link)) effects.push({ type: 'close-link', linkId });
  for (const name of state.timers) effects.push({ type: 'cancel-timer', name });
  effects.push({ type: 'finish', cause });
  return {
    ...dropTools(state),
    caller: { is: 'quiet' },
    agent: { is: 'silent' },
    link: { is: 'gone' },
    line: { is: 'ended', cause },
    arbiter: {
      ...state.arbiter,
      active: null,
      unanswered: null,
      queued: [],
      isProviderDue: false,
    },
    unheardItems: [],
    unansweredSinceMs: null,
    owesTurnOver: false,
    timers: [],
  };
}

export function linkIdsOf(link: LinkState): readonly number[] {
  switch (link.is) {
    case 'opening':
      return [link.linkId];
    case 'ready':
      return 'linkId' in link.successor ? [link.linkId, link.successor.linkId] : [link.linkId];
    case 'recovering':
    case 'gone':
      return [];
  }
}

function dropTools(state: TurnState): TurnState {
  return { ...state, pendingCalls: [] };
}

/** Nothing more of the reply in progress is played, and the provider is told to stop. */
export function silenceActiveReply(state: TurnState, { effects }: TurnContext): TurnState {
  const { active } = state.arbiter;
  if (!active || active.isCancelled) return state;
  effects.push({ type: 'silence-reply', replyId: active.replyId });
  effects.push({ type: 'link', command: { type: 'reply-cancel', replyId: active.replyId } });
  return {
    ...state,
    arbiter: { ...state.arbiter, active: { ...active, isCancelled: true } },
  };
}

/** The agent when nothing of it sounds: silent, or awaited when it owes a reply. */
export function agentAfter(
  options: { readonly owesReply: boolean },
  { nowMs }: TurnContext,
): AgentState {
  return options.owesReply ? { is: 'awaited', sinceMs: nowMs, isCovered: true } : { is: 'silent' };
}
