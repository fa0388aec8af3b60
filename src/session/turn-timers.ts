import { unreachable } from '../runtime/assert.ts';
import type { TurnContext } from './edges.ts';
import { isOfConversation, type TimerName, type TurnState } from './state.ts';

/** Timers that follow from the state: set while it holds, cancelled when it does not. */
const derivedTimers = ['silence', 'reply-owed', 'tool-filler', 'closing', 'briefing'] as const;

type DerivedTimer = (typeof derivedTimers)[number];

/** Sets and cancels timers so that each runs just while the state gives it a reason. */
export function armTimers(state: TurnState, context: TurnContext): TurnState {
  const { effects } = context;
  let timers = state.timers;
  for (const name of derivedTimers) {
    const isSet = timers.includes(name);
    const isDue = hasReason(state, name);
    if (isDue && !isSet) {
      effects.push({ type: 'set-timer', name, delayMs: delayMsOf(state, name, context) });
      timers = [...timers, name];
    } else if (!isDue && isSet) {
      effects.push({ type: 'cancel-timer', name });
      timers = timers.filter((timer) => timer !== name);
    }
  }
  return timers === state.timers ? state : { ...state, timers };
}

/** The caller gave a sign of life without speaking. */
export function restartSilence(state: TurnState, { effects }: TurnContext): TurnState {
  const heard: TurnState = { ...state, silencePrompts: 0 };
  if (!state.timers.includes('silence')) return heard;
  effects.push({ type: 'cancel-timer', name: 'silence' });
  return { ...heard, timers: state.timers.filter((name: TimerName) => name !== 'silence') };
}

function hasReason(state: TurnState, name: DerivedTimer): boolean {
  const { line, agent, caller, link, party, pendingCalls } = state;
  const isRunning = pendingCalls.some(
    (call) => call.is === 'running' && isOfConversation(state, call),
  );
  switch (name) {
    case 'silence':
      return (
        line.is === 'up' &&
        link.is === 'ready' &&
        caller.is === 'quiet' &&
        agent.is === 'silent' &&
        party.is === 'caller'
      );
    case 'reply-owed':
      return line.is === 'up' && agent.is === 'awaited' && !isRunning;
    case 'tool-filler':
      return line.is === 'up' && agent.is === 'awaited' && isRunning;
    case 'closing':
      // A goodbye that sounds is played to its end, however long it is.
      return line.is === 'closing' && agent.is !== 'speaking';
    case 'briefing':
      return party.is === 'second' && line.is !== 'ended';
    default:
      return unreachable(name);
  }
}

function delayMsOf(
  state: TurnState,
  name: DerivedTimer,
  { settings, nowMs, isWritten }: TurnContext,
): number {
  const { agent } = state;
  // The caller has been waiting since then, whatever for.
  const waitedMs = agent.is === 'awaited' ? nowMs - agent.sinceMs : 0;
  const leftMs = Math.max(0, settings.replyMsMax - waitedMs);
  switch (name) {
    case 'silence':
      if (isWritten) return settings.textIdleMsMax;
      return state.silencePrompts === 0 ? settings.silencePromptMs : settings.silenceGoodbyeMs;
    case 'reply-owed':
      return leftMs;
    case 'tool-filler':
      // Once the caller has been asked to wait, not again at once.
      return agent.is === 'awaited' && agent.isCovered
        ? leftMs
        : Math.min(leftMs, settings.toolFillerAfterMs);
    case 'closing':
      return settings.closingMsMax;
    case 'briefing':
      return settings.briefingMsMax;
    default:
      return unreachable(name);
  }
}
