import { unreachable } from '../runtime/assert.ts';
import { GatewayError } from '../runtime/errors.ts';
import { requestReply, sendRequest } from './arbiter.ts';
import { callerSpeaks, promptPlayed } from './barge-in.ts';
import {
  closeUnsaid,
  closeWhenPlayed,
  closeWithPrompt,
  closingTimedOut,
  finish,
  lineEnded,
} from './closing.ts';
import type { TurnContext, TurnInput } from './edges.ts';
import {
  linkEnded,
  linkReady,
  openLink,
  reconnect,
  rollOver,
  tellText,
  wantSuccessor,
} from './links.ts';
import {
  callerBack,
  partWhenPlayed,
  secondDecided,
  secondEnded,
  secondJoined,
  verdictOf,
  wantHold,
} from './parties.ts';
import { swapPersona } from './persona-swap.ts';
import {
  firstFrame,
  replyEnded,
  replyOverLimit,
  replyPlayed,
  replyStarted,
  requestRefused,
} from './replies.ts';
import type { TimerName, TurnState } from './state.ts';
import { holdCall, settleCall } from './tool-calls.ts';
import { armTimers, restartSilence } from './turn-timers.ts';
import { tellTurnOver } from './written-turn.ts';

/**
 * One step of the control plane: what the session is after `input`, and, in `context.effects`, what
 * is to be done. Pure but for that list. Inputs after the end are ignored.
 */
export function step(state: TurnState, input: TurnInput, context: TurnContext): TurnState {
  if (state.line.is === 'ended') return state;
  // What is still heard of a caller on hold was said before.
  if (state.party.is === 'nobody' && callerEdges.includes(input.type)) return state;
  return settle(take(state, input, context), context);
}

const callerEdges: readonly TurnInput['type'][] = [
  'caller-speech-start',
  'caller-speech-end',
  'caller-text',
  'caller-digit',
];

function take(state: TurnState, input: TurnInput, context: TurnContext): TurnState {
  switch (input.type) {
    case 'start':
      return openLink(startCallTimer(state, context), { reason: 'first', attempt: 0 }, context);
    case 'link-ready':
      return linkReady(state, input.linkId, context);
    case 'link-ended':
      return linkEnded(state, input, context);
    case 'link-ending-soon':
      return wantSuccessor(state, input.linkId);
    case 'hold-wanted':
      return wantHold(state);
    case 'second-joined':
      return secondJoined(state, input.persona, context);
    case 'second-decided':
      return secondDecided(state, input.verdict);
    case 'second-ended':
      return secondEnded(state, input.how, context);
    case 'caller-back':
      return callerBack(state, input.persona, context);
    case 'caller-speech-start':
      return callerSpeaks(state, input.by, context);
    case 'caller-speech-end':
      return callerSpoke(state, input.by, context);
    case 'caller-text':
      return callerWrote(state, input.text, context);
    case 'caller-digit':
      return restartSilence(state, context);
    case 'reply-start':
      return replyStarted(state, input, context);
    case 'reply-end':
      return replyEnded(state, input, context);
    case 'budget-spent':
      if (state.line.is !== 'up') return state;
      context.effects.push({ type: 'count-limit', limit: 'call-cost' });
      return closeWithPrompt(state, { cause: 'cost-limit', prompt: 'goodbye' }, context);
    case 'request-refused':
      return requestRefused(state, input.requestId, context);
    case 'tool-call':
      return holdCall(state, input, context);
    case 'tool-settled':
      return settleCall(state, input.outcome, context);
    case 'first-frame':
      return firstFrame(state, input.replyId, context);
    case 'reply-played':
      return closeWhenPlayed(replyPlayed(state, input.replyId, context), 'reply', context);
    case 'prompt-played':
      return closeWhenPlayed(promptPlayed(state, context), 'prompt', context);
    case 'over-limit':
      return replyOverLimit(state, input.replyId, context);
    case 'persona-swap':
      return swapPersona(state, { agent: input.agent, by: 'operator' }, context);
    case 'timer':
      return timerFired(withoutTimer(state, input.name), input.name, context);
    case 'leg-ended':
      return lineEnded(state, input.cause, context);
    case 'close':
      return finish(state, input.cause, context);
    default:
      return unreachable(input);
  }
}

/** What follows from any change: the next request, the next step of a roll-over, the timers. */
function settle(state: TurnState, context: TurnContext): TurnState {
  if (state.line.is === 'ended') return state;
  const parted = partWhenPlayed(closeUnsaid(state, context), context);
  const told = tellTurnOver(sendRequest(parted, context), context);
  return armTimers(rollOver(told, context), context);
}

function startCallTimer(state: TurnState, { settings, effects }: TurnContext): TurnState {
  effects.push({ type: 'set-timer', name: 'call-length', delayMs: settings.callMsMax });
  return { ...state, timers: [...state.timers, 'call-length'] };
}

/**
 * The caller's turn is over: somebody has to answer. When only our gate heard the caller, the
 * provider knows of no turn and will not answer by itself.
 */
function callerSpoke(state: TurnState, by: 'provider' | 'gate', context: TurnContext): TurnState {
  const { caller } = state;
  if (caller.is === 'quiet' || (by === 'gate' && caller.by === 'provider')) return state;
  const quiet: TurnState = { ...state, caller: { is: 'quiet' } };
  if (quiet.line.is !== 'up') return quiet;
  const agent =
    quiet.agent.is === 'silent'
      ? ({ is: 'awaited', sinceMs: context.nowMs, isCovered: false } as const)
      : quiet.agent;
  const owing: TurnState = { ...quiet, agent, unansweredSinceMs: context.nowMs };
  if (context.settings.authority === 'gateway' || by === 'gate') {
    return requestReply(owing, 'answer', context);
  }
  return { ...owing, arbiter: { ...owing.arbiter, isProviderDue: owing.link.is === 'ready' } };
}

/** Written words are a whole turn: they cut the agent off and are answered. */
function callerWrote(state: TurnState, text: string, context: TurnContext): TurnState {
  if (state.line.is !== 'up') return state;
  const stopped = { ...callerSpeaks(state, 'gate', context), caller: state.caller };
  const asking: TurnState = { ...stopped, owesTurnOver: context.isWritten, failure: null };
  const told = tellText(asking, text, context);
  // Who also speaks is answered when the speech is over.
  if (told.caller.is === 'talking') return requestReply(told, 'answer', context);
  const owing: TurnState = {
    ...told,
    agent: { is: 'awaited', sinceMs: context.nowMs, isCovered: false },
    unansweredSinceMs: context.nowMs,
  };
  return requestReply(owing, 'answer', context);
}

function withoutTimer(state: TurnState, name: TimerName): TurnState {
  return { ...state, timers: state.timers.filter((timer) => timer !== name) };
}

function timerFired(state: TurnState, name: TimerName, context: TurnContext): TurnState {
  switch (name) {
    case 'call-length':
      context.effects.push({ type: 'count-limit', limit: 'call-length' });
      return closeWithPrompt(state, { cause: 'length-limit', prompt: 'goodbye' }, context);
    case 'silence':
      return bothSilent(state, context);
    case 'reply-owed':
      return replyOverdue(state, context);
    case 'tool-filler':
      return state.agent.is === 'awaited' ? hold(state, context) : state;
    case 'reconnect':
      return reconnect(state, context);
    case 'roll-over':
      return state.link.is === 'ready' ? wantSuccessor(state, state.link.linkId) : state;
    case 'closing':
      return closingTimedOut(state, context);
    case 'briefing':
      context.effects.push({ type: 'count-limit', limit: 'briefing' });
      return secondEnded(state, verdictOf(state) ?? 'timeout', context);
    default:
      return unreachable(name);
  }
}

function bothSilent(state: TurnState, context: TurnContext): TurnState {
  if (context.isWritten) {
    context.effects.push({ type: 'count-limit', limit: 'silence' });
    return finish(state, 'silence', context);
  }
  if (state.silencePrompts === 1) {
    context.effects.push({ type: 'count-limit', limit: 'silence' });
    return closeWithPrompt(state, { cause: 'silence', prompt: 'goodbye' }, context);
  }
  context.effects.push({ type: 'play-prompt', name: 'silence' });
  return {
    ...state,
    silencePrompts: 1,
    agent: { is: 'prompting', name: 'silence', owesReply: false },
  };
}

/**
 * The model is late. First the caller is asked to wait, and a provider that let its own turn pass
 * is asked for a reply; the second time the link is given up for a new one.
 */
function replyOverdue(state: TurnState, context: TurnContext): TurnState {
  const { agent, link, arbiter } = state;
  if (agent.is !== 'awaited') return state;
  context.effects.push({ type: 'count-limit', limit: 'reply-owed' });
  if (!agent.isCovered || link.is !== 'ready') {
    const asked: TurnState = arbiter.isProviderDue
      ? requestReply({ ...state, arbiter: { ...arbiter, isProviderDue: false } }, 'answer', context)
      : state;
    return hold(asked, context);
  }
  context.effects.push({ type: 'close-link', linkId: link.linkId });
  const error = new GatewayError(
    'PROVIDER_TIMEOUT',
    `no reply within twice ${context.settings.replyMsMax} ms`,
    { limitMs: context.settings.replyMsMax },
  );
  const relinked = linkEnded(state, { type: 'link-ended', linkId: link.linkId, error }, context);
  if (relinked.line.is !== 'up') return relinked;
  const isSecondLink = state.failure?.code === 'PROVIDER_TIMEOUT';
  return context.isWritten && isSecondLink ? giveUpTurn(relinked) : hold(relinked, context);
}

/** Nobody hears a writer breathe: they are told before long that there will be no answer. */
function giveUpTurn(state: TurnState): TurnState {
  return { ...state, agent: { is: 'silent' }, arbiter: { ...state.arbiter, queued: [] } };
}

/** The caller hears that we are still there. */
function hold(state: TurnState, { effects }: TurnContext): TurnState {
  effects.push({ type: 'play-prompt', name: 'hold' });
  return { ...state, agent: { is: 'prompting', name: 'hold', owesReply: true } };
}
