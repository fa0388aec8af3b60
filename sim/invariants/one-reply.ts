import type { Invariant } from '../observer.ts';

/**
 * We ask for one reply at a time, only while none is active, and each request is answered or
 * refused.
 */
export const oneReply: Invariant = {
  name: 'at most one reply is active',
  observe(view, claims) {
    const { facts, core } = view;
    const unanswered = new Map<string, number>();
    return {
      linkCommand(linkId, command) {
        if (command.type === 'reply-cancel') {
          const reply = facts.replies.get(command.replyId);
          claims.hold(reply?.linkId === linkId, 'a reply is cancelled on its own link');
          return;
        }
        if (command.type !== 'reply-start') return;
        const active = [...facts.replies.values()].find(
          (reply) => reply.linkId === linkId && reply.outcome === null,
        );
        claims.hold(!active, () => `a reply is asked for while ${active?.replyId} is active`);
        claims.hold(!facts.talkingBy, 'a reply is asked for while the caller speaks');
        const isWaiting = [...unanswered.values()].includes(linkId);
        claims.hold(!isWaiting, 'a reply is asked for while another request is unanswered');
        unanswered.set(command.requestId, linkId);
      },
      linkEvent(linkId, event) {
        if (event.type === 'reply-start' && event.requestId) {
          unanswered.delete(event.requestId);
        }
        if (event.type === 'request-refused') unanswered.delete(event.requestId);
        if (event.type !== 'ended') return;
        for (const [requestId, asked] of unanswered) {
          if (asked === linkId) unanswered.delete(requestId);
        }
      },
      ticked() {
        const { active } = core.state.arbiter;
        if (!active) return;
        const reply = facts.replies.get(active.replyId);
        claims.hold(reply?.outcome === null, () => `${active.replyId} is over and held active`);
      },
    };
  },
};
