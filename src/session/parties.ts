import type { PersonaSetup } from '../providers/provider.ts';
import { isReplyDue, requestReply, voidRequests } from './arbiter.ts';
import { closeWithPrompt, leaveParty } from './closing.ts';
import type { SecondEnd, TurnContext } from './edges.ts';
import { tellPersona } from './persona-swap.ts';
import type { TurnState, Verdict } from './state.ts';
import { deliverResults } from './tool-calls.ts';

/**
 * A tool speaks with somebody else on behalf of the caller: caller → parting → nobody → second →
 * nobody → caller. Nobody is heard or spoken with but the party that is attached.
 */
export function wantHold(state: TurnState): TurnState {
  if (state.line.is !== 'up' || state.party.is !== 'caller') return state;
  return { ...state, party: { is: 'parting' } };
}

/** Who is put on hold, or has decided, hears the agent out before it turns away. */
export function partWhenPlayed(state: TurnState, context: TurnContext): TurnState {
  const { party } = state;
  if (state.line.is !== 'up' || context.unplayed.length > 0) return state;
  if (party.is === 'second' && party.verdict) return secondEnded(state, party.verdict, context);
  if (party.is !== 'parting') return state;
  const parted = leaveParty(state, context);
  context.effects.push({ type: 'consult', news: 'held' });
  return parted;
}

/** Somebody has picked up and is briefed; a call that is about to end is not worth it. */
export function secondJoined(
  state: TurnState,
  persona: PersonaSetup,
  context: TurnContext,
): TurnState {
  if (state.party.is !== 'nobody' || state.line.is !== 'up') return state;
  context.effects.push({ type: 'attach', party: 'second' });
  context.effects.push({ type: 'journal', body: { type: 'party', party: 'second' } });
  const joined: TurnState = {
    ...tellPersona(state, persona, context),
    party: { is: 'second', verdict: null },
    agent: { is: 'awaited', sinceMs: context.nowMs, isCovered: false },
    arbiter: voidRequests(state.arbiter),
    toolCallsInTurn: 0,
  };
  return requestReply(joined, 'brief', context);
}

export function secondDecided(state: TurnState, verdict: Verdict): TurnState {
  if (state.party.is !== 'second') return state;
  return { ...state, party: { is: 'second', verdict } };
}

/** They have decided, gone, or taken too long. The caller is on hold until `callerBack`. */
export function secondEnded(state: TurnState, how: SecondEnd, context: TurnContext): TurnState {
  if (state.party.is !== 'second' || state.line.is !== 'up') return state;
  const left = leaveParty(state, context);
  context.effects.push({ type: 'consult', news: how });
  return left;
}

/** The caller hears the agent again, and is told what came of it. */
export function callerBack(
  state: TurnState,
  persona: PersonaSetup,
  context: TurnContext,
): TurnState {
  const { party } = state;
  if (party.is !== 'nobody' || state.line.is !== 'up') return state;
  context.effects.push({ type: 'attach', party: 'caller' });
  context.effects.push({ type: 'journal', body: { type: 'party', party: 'caller' } });
  const told = tellPersona(state, persona, context);
  const back: TurnState = { ...told, party: { is: 'caller' }, silencePrompts: 0 };
  if (party.goodbye) return closeWithPrompt(back, party.goodbye, context);
  if (!isReplyDue(back)) return back;
  const owing: TurnState = {
    ...back,
    agent: { is: 'awaited', sinceMs: context.nowMs, isCovered: false },
  };
  return deliverResults(owing, context);
}

/** What the second party has decided, if anything. */
export function verdictOf({ party }: TurnState): Verdict | null {
  return party.is === 'second' ? party.verdict : null;
}
