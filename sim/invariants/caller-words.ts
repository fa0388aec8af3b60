import type { SessionCore } from '../../src/session/core.ts';
import type { Invariant } from '../observer.ts';

/**
 * Whoever is on the caller's line is told their own words as they are understood, each piece once,
 * and none of what a second party says.
 */
export const callerWords: Invariant = {
  name: 'the caller is told their own words',
  observe(view, claims) {
    const speakers = new Map<string, SessionCore['attached']>();
    let attached: SessionCore['attached'] = 'caller';
    let due: string | null = null;
    return {
      attached(party) {
        if (party !== 'nobody') attached = party;
      },
      linkEvent(linkId, event) {
        const { line, link } = view.core.state;
        const isInUse = link.is === 'ready' && link.linkId === linkId;
        if (line.is === 'ended' || !isInUse) return;
        if (event.type !== 'caller-speech-start' && event.type !== 'caller-transcript') return;
        const { itemId } = event;
        if (!speakers.has(itemId)) speakers.set(itemId, attached);
        if (event.type === 'caller-speech-start' || event.isFinal) return;
        due = speakers.get(itemId) === 'caller' ? `${itemId}: ${event.text}` : null;
      },
      legCommand(command) {
        if (command.type !== 'caller-words') return;
        const told = `${command.itemId}: ${command.text}`;
        claims.hold(told === due, () => `told "${told}", not "${due}"`);
        due = null;
      },
      ticked() {
        claims.hold(due === null, () => `"${due}" is not told`);
      },
    };
  },
};
