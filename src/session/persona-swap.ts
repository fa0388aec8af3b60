import type { PersonaSetup } from '../providers/provider.ts';
import type { PersonaChangeBy } from '../store/store.ts';
import { awaitAnew, requestReply } from './arbiter.ts';
import type { Agent } from './cast.ts';
import type { TurnContext } from './edges.ts';
import type { LinkState, TurnState } from './state.ts';

/**
 * The call goes on with another agent: at once on a link that is ready, with the link that is being
 * opened when it is. A reply in progress is the old one's and ends as it would have.
 */
export function swapPersona(
  state: TurnState,
  change: { readonly agent: Agent; readonly by: PersonaChangeBy },
  context: TurnContext,
): TurnState {
  if (state.line.is !== 'up') return state;
  context.effects.push({ type: 'use-agent', ...change });
  // Somebody else is being briefed: the caller's agent is told when the caller is back.
  if (state.party.is === 'second') return state;
  return tellPersona(state, change.agent.setup, context);
}

/** Who the agent is from now on, on this link or with the next. */
export function tellPersona(
  state: TurnState,
  setup: PersonaSetup,
  { effects }: TurnContext,
): TurnState {
  const { link } = state;
  if (link.is === 'opening') return { ...state, untoldPersona: setup };
  if (link.is !== 'ready') return state;
  effects.push({ type: 'link', command: { type: 'persona', persona: setup } });
  return { ...state, link: withStaleSuccessor(link) };
}

/** The link that was to take over is one of the old agent's: another is opened in its place. */
function withStaleSuccessor(link: Extract<LinkState, { is: 'ready' }>): LinkState {
  const { successor } = link;
  if (!('saidCount' in successor)) return link;
  return { ...link, successor: { ...successor, saidCount: neverSaid } };
}

/** No history is of this length. */
const neverSaid = -1;

/** The agent has handed the caller on: the next one greets and goes on with the request. */
export function handOver(state: TurnState, agent: Agent, context: TurnContext): TurnState {
  const { arbiter } = state;
  const queued = arbiter.queued.filter(({ purpose }) => purpose !== 'handoff');
  const swapped = swapPersona(
    { ...state, arbiter: { ...arbiter, queued } },
    { agent, by: 'handoff' },
    context,
  );
  return requestReply(awaitAnew(swapped), 'handoff', context, agent.greeting);
}
