import type { Invariant } from '../observer.ts';

/**
 * One start, one end and nothing behind it; results follow their calls; nothing is recorded
 * twice.
 */
export const journalShape: Invariant = {
  name: 'one start and one end in the journal',
  observe(_view, claims) {
    const once = new Set<string>();
    const calls = new Set<string>();
    let entries = 0;
    let hasEnded = false;
    return {
      journal(body) {
        claims.hold(!hasEnded, () => `${body.type} is recorded behind the end`);
        if (body.type === 'session-start') claims.hold(entries === 0, 'the start comes first');
        entries += 1;
        if (body.type === 'session-end') {
          hasEnded = true;
          claims.hold(body.cause !== 'internal-error', 'no call ends by an error of ours');
        }
        if (body.type === 'tool-call') calls.add(body.callId);
        if (body.type === 'tool-result') {
          claims.hold(calls.has(body.callId), 'a result follows its call');
        }
        const key = keyOf(body);
        if (key === null) return;
        claims.hold(!once.has(key), () => `${key} is recorded twice`);
        once.add(key);
      },
      ended() {
        claims.hold(hasEnded, 'a session that ends is recorded as ended');
      },
    };
  },
};

function keyOf(body: {
  readonly type: string;
  readonly itemId?: string;
  readonly callId?: string;
}) {
  switch (body.type) {
    case 'agent-said':
    case 'caller-said':
      return `${body.type} ${body.itemId}`;
    case 'tool-result':
      return `${body.type} ${body.callId}`;
    default:
      return null;
  }
}
