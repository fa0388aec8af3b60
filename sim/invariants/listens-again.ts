import type { Invariant } from '../observer.ts';
import { questionMs } from '../scripted-caller.ts';

/** Twice the limit of a reply, and what links and ears take. */
const marginMs = 6_000;

/**
 * When all faults are over and the caller asks something, the call has ended or there is an
 * answer.
 */
export const listensAgain: Invariant = {
  name: 'every live session listens again',
  observe(view, claims) {
    const { facts, settings, core } = view;
    let askedAtMs = Number.POSITIVE_INFINITY;
    let isAnswered = false;
    return {
      news(news) {
        if (news.type === 'first-frame' && view.nowMs > askedAtMs) isAnswered = true;
      },
      ticked() {
        askedAtMs = facts.askedAtMs ?? askedAtMs;
        if (isAnswered || core.isEnded) return;
        // A goodbye is not cut off, however long it is.
        if (core.state.line.is === 'closing' && !core.isWritten && core.playout.queuedMs > 0)
          return;
        const waitedMs = view.nowMs - askedAtMs - questionMs;
        const limitMs = 2 * settings.replyMsMax + marginMs;
        claims.hold(waitedMs <= limitMs, () => `no answer for ${waitedMs} ms after all faults`);
      },
    };
  },
};
