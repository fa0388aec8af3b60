import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/** In so short a piece the end of what the converter held back may stand out. */
const tailMsMax = 8;

/**
 * Behind a local gate the model never hears the agent's own echo, unless the caller is speaking.
 */
export const echoKeptOut: Invariant = {
  name: 'no echo passes a shut gate',
  isOfSound: true,
  observe(view, claims) {
    const { core, callerSound, settings } = view;
    if (settings.gate !== 'local' || !view.isTagged) return {};
    let linkIdAtTick = 0;
    return {
      linkCommand(linkId, command) {
        if (command.type !== 'caller-audio' || !core.callerPath.isGateShut) return;
        // A new link gets what an open gate let through before.
        if (linkId !== linkIdAtTick) return;
        // So little may be what the converter still held when the gate shut.
        const isTail = !callerSound.isExact && command.length < tailMsMax * view.modelBytesPerMs;
        if (isTail) return;
        const tag = callerSound.tagOf(command.bytes, command.offset, command.length);
        claims.hold(tag !== tags.echo && tag !== tags.voice, 'a shut gate lets nothing through');
      },
      ticked() {
        const { agent, caller, link } = core.state;
        linkIdAtTick = link.is === 'ready' ? link.linkId : 0;
        if (agent.is !== 'speaking' || caller.is === 'talking') return;
        if (core.playout.isSounding) claims.hold(core.callerPath.isGateShut, 'the gate is shut');
      },
    };
  },
};
