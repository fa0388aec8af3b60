import { GatewayError } from '../runtime/errors.ts';
import { awaitAnew, forgetLink, requestReply } from './arbiter.ts';
import { closeWithPrompt } from './closing.ts';
import type { LinkReason, TurnContext, TurnInput } from './edges.ts';
import { type LinkState, type Successor, type TurnState, untoldTextsMax } from './state.ts';
import { deliverResults } from './tool-calls.ts';
import { noteFailure } from './written-turn.ts';

/** How soon a roll-over is tried again after its link could not be opened. */
export const rollOverRetryMs = 10_000;

export function openLink(
  state: TurnState,
  opening: { readonly reason: LinkReason; readonly attempt: number },
  { effects }: TurnContext,
): TurnState {
  const linkId = state.linkCount + 1;
  effects.push({ type: 'open-link', linkId, reason: opening.reason });
  return {
    ...state,
    linkCount: linkId,
    link: { is: 'opening', linkId, attempt: opening.attempt },
    // It is opened for the agent in force, and its history holds all that was written.
    untoldPersona: null,
    untoldTexts: [],
  };
}

export function linkReady(state: TurnState, linkId: number, context: TurnContext): TurnState {
  const { link } = state;
  if (link.is === 'ready' && link.successor.is === 'opening' && link.successor.linkId === linkId) {
    return { ...state, link: { ...link, successor: { ...link.successor, is: 'ready' } } };
  }
  if (link.is !== 'opening' || link.linkId !== linkId) return state;
  context.effects.push({ type: 'use-link', linkId });
  context.effects.push({
    type: 'journal',
    body: { type: 'link', state: 'ready', reason: `attempt ${link.attempt}` },
  });
  const ready: TurnState = {
    ...state,
    link: { is: 'ready', linkId, successor: { is: 'none' } },
  };
  return catchUp(ready, context);
}

/** Written words go to the model, or wait for a link that does. */
export function tellText(
  state: TurnState,
  text: string,
  { effects }: Pick<TurnContext, 'effects'>,
): TurnState {
  if (state.link.is === 'ready') {
    effects.push({ type: 'link', command: { type: 'caller-text', text } });
    return state;
  }
  if (state.untoldTexts.length >= untoldTextsMax) {
    effects.push({ type: 'count-limit', limit: 'untold-texts' });
  }
  return { ...state, untoldTexts: [...state.untoldTexts, text].slice(-untoldTextsMax) };
}

/**
 * What was owed while there was no link: another persona, the greeting, written words, results of
 * tools, an answer.
 */
function catchUp(linked: TurnState, context: TurnContext): TurnState {
  if (linked.line.is !== 'up') return linked;
  const { untoldTexts, untoldPersona } = linked;
  if (untoldPersona) {
    context.effects.push({ type: 'link', command: { type: 'persona', persona: untoldPersona } });
  }
  for (const text of untoldTexts) tellText(linked, text, context);
  const hasTold = untoldPersona !== null || untoldTexts.length > 0;
  const state = hasTold ? { ...linked, untoldTexts: [], untoldPersona: null } : linked;
  if (!state.isGreeted) {
    const greeted = { ...state, isGreeted: true };
    // Who writes has the first word.
    if (context.greeting === null || context.isWritten) return greeted;
    return await_(requestReply(greeted, 'greeting', context, context.greeting), context);
  }
  const delivered = deliverResults(state, context);
  if (delivered !== state || !owesReply(state)) return delivered;
  if (state.arbiter.queued.length > 0) return awaitAnew(state);
  return requestReply(awaitAnew(delivered), 'answer', context);
}

function owesReply({ agent }: TurnState): boolean {
  return agent.is === 'awaited' || (agent.is === 'prompting' && agent.owesReply);
}

function await_(state: TurnState, { nowMs }: TurnContext): TurnState {
  if (state.agent.is !== 'silent') return state;
  return { ...state, agent: { is: 'awaited', sinceMs: nowMs, isCovered: false } };
}

type LinkEnded = Extract<TurnInput, { type: 'link-ended' }>;

/**
 * A link is gone. What the caller has not heard yet goes on playing; a new link is opened with what
 * was heard, unless the provider said that it would be of no use.
 */
export function linkEnded(state: TurnState, ended: LinkEnded, context: TurnContext): TurnState {
  const { link } = state;
  if (link.is === 'ready' && 'linkId' in link.successor && link.successor.linkId === ended.linkId) {
    return successorLost(state, link, ended.error, context);
  }
  const isCurrent = (link.is === 'opening' || link.is === 'ready') && link.linkId === ended.linkId;
  if (!isCurrent) return state;
  const error =
    ended.error ?? new GatewayError('PROVIDER_UNREACHABLE', 'the provider ended the session');
  context.effects.push({ type: 'warn', message: 'link to the provider lost', error });
  context.effects.push({
    type: 'journal',
    body: { type: 'link', state: 'lost', reason: error.code },
  });
  const unlinked = noteFailure(withoutLink(state, context), error);
  if (hasStaleSuccessor(link)) {
    context.effects.push({ type: 'close-link', linkId: link.successor.linkId });
    return recover(unlinked, { error, attempt: 1 }, context);
  }
  if (link.is === 'ready' && link.successor.is === 'ready') {
    return useSuccessor(unlinked, link.successor.linkId, context);
  }
  if (link.is === 'ready' && link.successor.is === 'opening') {
    return { ...unlinked, link: { is: 'opening', linkId: link.successor.linkId, attempt: 1 } };
  }
  return recover(
    unlinked,
    { error, attempt: link.is === 'opening' ? link.attempt + 1 : 1 },
    context,
  );
}

type PreparedSuccessor = Extract<Successor, { linkId: number }>;

/** The link that was to take over knows another persona than the one in force. */
function hasStaleSuccessor(
  link: LinkState,
): link is ReadyLink & { readonly successor: PreparedSuccessor } {
  return link.is === 'ready' && 'saidCount' in link.successor && link.successor.saidCount < 0;
}

/** Everything that lived on the link is forgotten; who was owed a reply still is. */
function withoutLink(state: TurnState, context: TurnContext): TurnState {
  const { arbiter, owesReply } = forgetLink(state.arbiter);
  // What our own gate hears does not depend on a link.
  const wasTalking = state.caller.is === 'talking' && state.caller.by === 'provider';
  const isOwed = (owesReply || wasTalking) && state.isGreeted;
  const agent =
    isOwed && state.agent.is === 'silent'
      ? ({ is: 'awaited', sinceMs: context.nowMs, isCovered: false } as const)
      : state.agent;
  return {
    ...state,
    agent,
    arbiter,
    caller: wasTalking ? { is: 'quiet' } : state.caller,
    unansweredSinceMs: wasTalking ? context.nowMs : state.unansweredSinceMs,
    pendingCalls: state.pendingCalls.filter(({ is }) => is !== 'held'),
    unheardItems: [],
    orphanReplyIds: [...new Set(context.unplayed.map(({ replyId }) => replyId))],
  };
}

function recover(
  state: TurnState,
  failure: { readonly error: GatewayError; readonly attempt: number },
  context: TurnContext,
): TurnState {
  const { settings, nowMs, effects } = context;
  const { error, attempt } = failure;
  const isHopeless = !error.retryable || attempt > settings.reconnectAttemptsMax;
  const link: LinkState = isHopeless
    ? { is: 'gone' }
    : { is: 'recovering', attempt, sinceMs: nowMs };
  const lost = { ...state, link };
  if (isHopeless) {
    if (error.retryable) effects.push({ type: 'count-limit', limit: 'reconnect-attempts' });
    return providerFailed(lost, context);
  }
  effects.push({
    type: 'set-timer',
    name: 'reconnect',
    delayMs: reconnectDelayMs(attempt, settings),
  });
  return { ...lost, timers: [...lost.timers.filter((name) => name !== 'reconnect'), 'reconnect'] };
}

function reconnectDelayMs(
  attempt: number,
  limits: { readonly reconnectDelayMsMin: number; readonly reconnectDelayMsMax: number },
): number {
  if (attempt <= 1) return 0;
  return Math.min(limits.reconnectDelayMsMax, limits.reconnectDelayMsMin * 2 ** (attempt - 2));
}

/** Nothing can be had from the provider any more: the caller is told, and the call ends. */
export function providerFailed(state: TurnState, context: TurnContext): TurnState {
  return closeWithPrompt(state, { cause: 'provider-failed', prompt: 'unavailable' }, context);
}

export function reconnect(state: TurnState, context: TurnContext): TurnState {
  if (state.link.is !== 'recovering') return state;
  return openLink(state, { reason: 'reconnect', attempt: state.link.attempt }, context);
}

/**
 * The vendor's own limit is near: from now on the next quiet moment is used to open another link.
 */
export function wantSuccessor(state: TurnState, linkId: number): TurnState {
  const { link } = state;
  if (link.is !== 'ready' || link.linkId !== linkId || link.successor.is !== 'none') return state;
  return { ...state, link: { ...link, successor: { is: 'wanted' } } };
}

type ReadyLink = Extract<LinkState, { is: 'ready' }>;

function successorLost(
  state: TurnState,
  link: ReadyLink,
  error: GatewayError | null,
  { effects }: TurnContext,
): TurnState {
  effects.push({ type: 'warn', message: 'link for the roll-over lost', error });
  effects.push({ type: 'set-timer', name: 'roll-over', delayMs: rollOverRetryMs });
  return {
    ...state,
    link: { ...link, successor: { is: 'none' } },
    timers: [...state.timers.filter((name) => name !== 'roll-over'), 'roll-over'],
  };
}

/**
 * Takes the next step of a roll-over when nobody speaks and nothing is owed: opens the successor,
 * moves to it if nothing was said since its history was made, or gives it up and tries again.
 */
export function rollOver(state: TurnState, context: TurnContext): TurnState {
  const { link } = state;
  if (link.is !== 'ready' || !isQuiet(state)) return state;
  const { successor } = link;
  if (successor.is === 'wanted') {
    const linkId = state.linkCount + 1;
    context.effects.push({ type: 'open-link', linkId, reason: 'roll-over' });
    const opening = { is: 'opening', linkId, saidCount: context.saidCount } as const;
    return { ...state, linkCount: linkId, link: { ...link, successor: opening } };
  }
  if (successor.is !== 'ready') return state;
  if (successor.saidCount !== context.saidCount) {
    context.effects.push({ type: 'close-link', linkId: successor.linkId });
    return rollOver({ ...state, link: { ...link, successor: { is: 'wanted' } } }, context);
  }
  context.effects.push({ type: 'close-link', linkId: link.linkId });
  return useSuccessor(state, successor.linkId, context);
}

function useSuccessor(state: TurnState, linkId: number, context: TurnContext): TurnState {
  context.effects.push({ type: 'use-link', linkId });
  context.effects.push({
    type: 'journal',
    body: { type: 'link', state: 'rolled-over', reason: 'session limit of the provider' },
  });
  const moved: TurnState = {
    ...state,
    link: { is: 'ready', linkId, successor: { is: 'none' } },
  };
  return catchUp(moved, context);
}

function isQuiet({ caller, agent, line, arbiter, pendingCalls }: TurnState): boolean {
  return (
    line.is === 'up' &&
    caller.is === 'quiet' &&
    agent.is === 'silent' &&
    arbiter.active === null &&
    arbiter.unanswered === null &&
    arbiter.queued.length === 0 &&
    !arbiter.isProviderDue &&
    pendingCalls.length === 0
  );
}
