import type { Invariant } from '../observer.ts';

/** Who alone creates replies never meets one that it did not create. */
export const noCollision: Invariant = {
  name: 'no collision with our own authority',
  observe(view, claims) {
    if (view.settings.authority !== 'gateway') return {};
    return {
      linkEvent(_linkId, event) {
        if (event.type !== 'reply-start' && event.type !== 'request-refused') return;
        claims.hold(event.type !== 'request-refused', 'a request of ours met another reply');
      },
      news(news) {
        if (news.type === 'collision') claims.hold(false, 'a collision is counted');
      },
    };
  },
};
