import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/** Frames, the cushion and a late tick may be added to any limit. */
const marginMs = 500;

/** A caller to whom a reply is owed hears something before the limit: the reply, or that we are there. */
export const owedReply: Invariant = {
  name: 'no silence while a reply is owed',
  observe(view, claims) {
    const { core, settings, facts, agentSound } = view;
    // Without a recording there is nothing to say that we are there with.
    if (view.promptBytes === 0) return {};
    const limitMs = settings.replyMsMax + marginMs;
    let silentSinceMs = 0;
    return {
      legCommand(command) {
        if (command.type !== 'agent-audio') return;
        const { bytes, offset, length } = command;
        const isSilent = agentSound.tagOf(bytes, offset, length) === tags.silence;
        const { owedSinceMs } = facts;
        if (!isSilent) {
          silentSinceMs = view.nowMs;
          return;
        }
        if (owedSinceMs === null || core.state.line.is !== 'up') return;
        if (core.state.agent.is === 'silent') return;
        const silentMs = view.nowMs - Math.max(owedSinceMs, silentSinceMs);
        claims.hold(
          silentMs <= limitMs,
          () => `${Math.round(silentMs)} ms of silence, owed a reply`,
        );
      },
      news(news) {
        if (news.type === 'first-frame') facts.owedSinceMs = null;
      },
    };
  },
};
