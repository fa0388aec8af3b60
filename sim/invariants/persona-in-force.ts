import type { Invariant } from '../observer.ts';
import { brieferKey } from '../scripted-transfer.ts';

/** A reply is asked only of a link that knows the agent in force, also behind a new link. */
export const personaInForce: Invariant = {
  name: 'the persona in force answers',
  observe(view, claims) {
    const told = new Map<number, string>();
    let inForce: string | null = null;
    const speaker = () => (view.core.attached === 'second' ? brieferKey : inForce);
    return {
      linkOpened(linkId, personaKey) {
        inForce ??= personaKey;
        claims.hold(personaKey === speaker(), () => `link ${linkId} is opened for ${personaKey}`);
        told.set(linkId, personaKey);
      },
      journal(body) {
        if (body.type === 'persona-change') inForce = body.persona;
      },
      linkCommand(linkId, command) {
        if (command.type === 'persona') told.set(linkId, command.persona.key);
        if (command.type !== 'reply-start') return;
        const knows = told.get(linkId);
        claims.hold(knows === speaker(), () => `link ${linkId} knows ${knows}, not ${speaker()}`);
      },
    };
  },
};
