import { frameMs } from '../../src/audio/format.ts';
import type { TurnState } from '../../src/session/state.ts';
import type { Invariant } from '../observer.ts';

/** A recording begins with the next frame; a tick may be late. */
const silentMsMax = 100;

/** Who is about to be hung up on hears a goodbye, or it is being made: nobody waits in silence. */
export const goodbyeComes: Invariant = {
  name: 'a goodbye comes or is made',
  isOfSound: true,
  observe(view, claims) {
    const { core } = view;
    let silentMs = 0;
    return {
      ticked() {
        const { agent, line } = core.state;
        if (line.is !== 'closing' || line.by !== 'reply') return;
        const isHeard = agent.is === 'speaking' || core.playout.queuedMs > 0;
        silentMs = isHeard || isBeingMade(core.state) ? 0 : silentMs + frameMs;
        claims.hold(silentMs <= silentMsMax, () => `${silentMs} ms of silence, closing`);
      },
    };
  },
};

function isBeingMade({ arbiter, link }: TurnState): boolean {
  const { active, queued, unanswered } = arbiter;
  const isMade = active !== null && !active.isCancelled;
  return link.is !== 'gone' && (isMade || queued.length > 0 || unanswered !== null);
}
