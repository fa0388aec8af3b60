import { bytesPerMs } from '../../src/audio/format.ts';
import { leadMsMax } from '../../src/session/caller-path.ts';
import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/**
 * Everything that the caller says reaches the model while there is a link, but for what is counted
 * as dropped; and silence put in never takes the model's clock further ahead than allowed.
 */
export const callerReaches: Invariant = {
  name: 'everything said reaches the model',
  isOfSound: true,
  observe(view, claims) {
    const { core, callerSound, settings } = view;
    const { callerPath } = core;
    const perMs = bytesPerMs(callerSound.format);
    const isCounted = view.isTagged && callerSound.isExact && settings.gate === 'off';
    let saidBytes = 0;
    let reachedBytes = 0;
    let callerMs = 0;
    let fillerMs = 0;
    return {
      legEvent(event) {
        if (event.type !== 'caller-audio') return;
        callerMs += event.length / perMs;
        if (!isCounted) return;
        saidBytes += callerSound.count(event.bytes, event.offset, event.length, tags.voice);
      },
      linkCommand(_linkId, command) {
        if (command.type !== 'caller-audio' || !isCounted) return;
        const { bytes, offset, length } = command;
        reachedBytes += callerSound.count(bytes, offset, length, tags.voice);
      },
      ticked() {
        if (callerPath.fillerMs > fillerMs) {
          fillerMs = callerPath.fillerMs;
          const leadMs = callerMs + fillerMs - view.nowMs;
          claims.hold(leadMs <= leadMsMax + 20, () => `silence took the lead to ${leadMs} ms`);
        }
        if (!isCounted) return;
        claims.hold(reachedBytes <= saidBytes, 'nothing is said twice');
        if (core.state.link.is !== 'ready' || core.attached === 'second') return;
        const missingMs = (saidBytes - reachedBytes) / perMs;
        claims.hold(
          missingMs <= callerPath.droppedMs,
          () => `${missingMs} ms of the caller are missing, ${callerPath.droppedMs} were dropped`,
        );
      },
    };
  },
};
