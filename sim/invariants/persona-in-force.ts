import type { Invariant } from '../observer.ts';

/** A reply is asked only of a link that knows the agent in force, also behind a new link. */
export const personaInForce: Invariant = {
  name: 'the persona in force answers',
  observe(_view, claims) {
    const told = new Map<number, string>();
    let inForce: string | null = null;
    return {
      linkOpened(linkId, personaKey) {
        inForce ??= personaKey;
        claims.hold(personaKey === inForce, () => `link ${linkId} is opened for ${personaKey}`);
        told.set(linkId, personaKey);
      },
      journal(body) {
        if (body.type === 'persona-change') inForce = body.persona;
      },
      linkCommand(linkId, command) {
        if (command.type === 'persona') told.set(linkId, command.persona.key);
        if (command.type !== 'reply-start') return;
        const knows = told.get(linkId);
        claims.hold(knows === inForce, () => `link ${linkId} knows ${knows}, not ${inForce}`);
      },
    };
  },
};
