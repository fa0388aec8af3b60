import { frameMs } from '../../src/audio/format.ts';
import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/** Frames, the cushion and a late tick may be added to any limit. */
const marginMs = 500;

/**
 * A caller to whom a reply is owed hears something before the limit: the reply, or that we are
 * there.
 */
export const owedReply: Invariant = {
  name: 'no silence while a reply is owed',
  isOfSound: true,
  observe(view, claims) {
    const { core, settings, facts, agentSound } = view;
    // Without a recording there is nothing to say that we are there with.
    if (view.promptBytes === 0) return {};
    const limitMs = settings.replyMsMax + marginMs;
    let silentMs = 0;
    let overdueAtMs = Number.NEGATIVE_INFINITY;
    let owedSinceMs: number | null = null;
    return {
      legCommand(command) {
        if (command.type !== 'agent-audio') return;
        const { bytes, offset, length } = command;
        const isSilent = agentSound.tagOf(bytes, offset, length) === tags.silence;
        // In frames, not by the clock: a process that stands still cannot speak.
        silentMs = isSilent && facts.owedSinceMs === owedSinceMs ? silentMs + frameMs : 0;
        owedSinceMs = facts.owedSinceMs;
        const { line, agent } = core.state;
        if (owedSinceMs === null || line.is !== 'up' || agent.is === 'silent') return;
        claims.hold(silentMs <= limitMs, () => `${silentMs} ms of silence, owed a reply`);
      },
      news(news) {
        if (news.type === 'limit' && news.limit === 'reply-owed') {
          claims.hold(view.nowMs - overdueAtMs > marginMs, 'a wait is counted once');
          overdueAtMs = view.nowMs;
        }
        if (news.type === 'first-frame') facts.owedSinceMs = null;
      },
    };
  },
};
