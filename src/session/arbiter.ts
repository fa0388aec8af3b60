import type { TurnContext } from './edges.ts';
import {
  type ArbiterState,
  isOfConversation,
  type PendingCall,
  queuedRequestsMax,
  type ReplyRequest,
  type RequestPurpose,
  type TurnState,
} from './state.ts';

/**
 * Decides who may create the next reply, so that there is never more than one.
 *
 * With `authority: provider` the vendor creates a reply at the end of each turn; ours wait while
 * one is due, and when the two collide all the same, ours is queued until the other is over. With
 * `authority: gateway` nobody but us creates any, and a collision cannot occur.
 */
export function requestReply(
  state: TurnState,
  purpose: RequestPurpose,
  { effects }: TurnContext,
  greeting: string | null = null,
): TurnState {
  const { arbiter } = state;
  // One wish of a kind is enough: the reply will see everything said until it begins.
  if (arbiter.queued.some((request) => request.purpose === purpose)) return state;
  const requestCount = arbiter.requestCount + 1;
  const queued = [...arbiter.queued, { requestId: `request_${requestCount}`, purpose, greeting }];
  if (queued.length > queuedRequestsMax) {
    queued.shift();
    effects.push({ type: 'count-limit', limit: 'queued-requests' });
  }
  return { ...state, arbiter: { ...arbiter, queued, requestCount } };
}

/** Whether a reply is being made, asked for, or to be asked for when its tools are done. */
export function isReplyDue(state: TurnState): boolean {
  const { arbiter, pendingCalls } = state;
  const { active, unanswered, queued, isProviderDue } = arbiter;
  const isInArbiter = active !== null || unanswered !== null || queued.length > 0 || isProviderDue;
  const isRunning = ({ is }: PendingCall) => is !== 'held';
  return isInArbiter || pendingCalls.some((one) => isRunning(one) && isOfConversation(state, one));
}

/** Only now can the model answer: what it took until here is not its fault. */
export function awaitAnew(state: TurnState): TurnState {
  const { agent } = state;
  return agent.is === 'awaited' ? { ...state, agent: { ...agent, isCovered: false } } : state;
}

/** Sends the oldest waiting request if a reply may be created now. */
export function sendRequest(state: TurnState, context: TurnContext): TurnState {
  const { arbiter } = state;
  const request = arbiter.queued[0];
  if (!request || !mayCreateReply(state)) return state;
  const instructions = instructionsFor(request, context);
  context.effects.push({
    type: 'link',
    command: {
      type: 'reply-start',
      requestId: request.requestId,
      ...(instructions === null ? {} : { instructions }),
      ...(isForTools(request) && isOverToolCap(state, context) ? { allowsTools: false } : {}),
    },
  });
  return {
    ...state,
    arbiter: { ...arbiter, unanswered: request, queued: arbiter.queued.slice(1) },
  };
}

function mayCreateReply({ link, line, party, caller, arbiter }: TurnState): boolean {
  if (party.is === 'nobody') return false;
  if (link.is !== 'ready' || line.is === 'ended' || caller.is === 'talking') return false;
  return arbiter.active === null && arbiter.unanswered === null && !arbiter.isProviderDue;
}

/** A model that has used up its calls is not offered tools again: it would ask for ever. */
function isOverToolCap(state: TurnState, { settings }: TurnContext): boolean {
  return (
    state.toolCallsInTurn >= settings.toolCallsPerTurnMax ||
    state.toolCallsInCall >= settings.toolCallsPerCallMax
  );
}

function isForTools({ purpose }: ReplyRequest): boolean {
  return purpose === 'tool-results' || purpose === 'handoff';
}

function instructionsFor(
  { purpose, greeting }: ReplyRequest,
  { isWritten }: TurnContext,
): string | null {
  switch (purpose) {
    case 'greeting':
      return `Say exactly these words and nothing else: ${JSON.stringify(greeting)}`;
    case 'handoff':
      return takeOver(greeting);
    case 'say-again':
      if (isWritten) return 'Your last reply was empty. Answer now.';
      return 'Your last words did not reach the caller as speech. Say them again, aloud.';
    case 'farewell':
      return 'Say goodbye to the caller in one short sentence. The call ends after it.';
    case 'brief':
      return 'They have just picked up. Tell them who calls and why, and ask for their decision.';
    case 'answer':
    case 'tool-results':
    case 'void':
      return null;
  }
}

function takeOver(greeting: string | null): string {
  const words = greeting === null ? '' : ` with these words: ${JSON.stringify(greeting)}`;
  return (
    `You have just taken over this conversation. Greet the caller briefly${words}. ` +
    'Then go on with what they asked for, without having them say it again.'
  );
}

/** A reply has begun: the answer to our request, or one of the provider's own. */
export function beginReply(
  arbiter: ArbiterState,
  reply: { readonly replyId: string; readonly requestId: string | null },
): ArbiterState {
  const { unanswered } = arbiter;
  if (unanswered && unanswered.requestId === reply.requestId) {
    return {
      ...arbiter,
      unanswered: null,
      active: { replyId: reply.replyId, purpose: unanswered.purpose, isCancelled: false },
    };
  }
  return {
    ...arbiter,
    isProviderDue: false,
    active: { replyId: reply.replyId, purpose: 'provider', isCancelled: false },
    // The results were sent before it began, and the question is the one it answers.
    queued: arbiter.queued.filter(
      ({ purpose }) => purpose !== 'answer' && purpose !== 'tool-results',
    ),
  };
}

export function endReply(arbiter: ArbiterState, replyId: string): ArbiterState {
  return arbiter.active?.replyId === replyId ? { ...arbiter, active: null } : arbiter;
}

/** Our request met a reply of the provider's own: it is sent again when that one is over. */
export function refuseRequest(arbiter: ArbiterState, requestId: string): ArbiterState {
  const { unanswered } = arbiter;
  if (unanswered?.requestId !== requestId) return arbiter;
  const again = unanswered.purpose === 'void' ? [] : [unanswered];
  return { ...arbiter, unanswered: null, queued: [...again, ...arbiter.queued] };
}

/** Whoever was to be answered is not there any more: an answer that comes is for nobody. */
export function voidRequests(arbiter: ArbiterState): ArbiterState {
  const { unanswered } = arbiter;
  return {
    ...arbiter,
    isProviderDue: false,
    queued: [],
    unanswered: unanswered && { ...unanswered, purpose: 'void' },
  };
}

/** Forgets what the caller's new words have made stale. Results of tools are still news. */
export function dropStaleRequests(arbiter: ArbiterState): ArbiterState {
  return {
    ...arbiter,
    isProviderDue: false,
    queued: arbiter.queued.filter(
      ({ purpose }) => purpose === 'tool-results' || purpose === 'farewell',
    ),
  };
}

/**
 * The link is gone, and with it every reply on it. What was asked for is asked again of the next
 * one, which is told of results by its history. Says whether a reply is owed.
 */
export function forgetLink(arbiter: ArbiterState): {
  readonly arbiter: ArbiterState;
  readonly owesReply: boolean;
} {
  const { active, queued, isProviderDue } = arbiter;
  const unanswered = arbiter.unanswered?.purpose === 'void' ? null : arbiter.unanswered;
  return {
    arbiter: {
      ...arbiter,
      active: null,
      unanswered: null,
      isProviderDue: false,
      queued: askedAgain(unanswered ? [unanswered, ...queued] : queued),
    },
    owesReply:
      (active !== null && !active.isCancelled) ||
      unanswered !== null ||
      queued.length > 0 ||
      isProviderDue,
  };
}

function askedAgain(requests: readonly ReplyRequest[]): readonly ReplyRequest[] {
  const again = requests.map((request): ReplyRequest => {
    return request.purpose === 'tool-results' ? { ...request, purpose: 'answer' } : request;
  });
  return again.filter(
    ({ purpose }, index) => again.findIndex((one) => one.purpose === purpose) === index,
  );
}
