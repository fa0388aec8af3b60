import { frameMs } from '../../src/audio/format.ts';
import type { Invariant } from '../observer.ts';
import { awayMsMax } from '../scripted-transfer.ts';
import { tags } from '../tagged-sound.ts';

/**
 * Of the caller and a second party one is joined with the model at most: nothing that is said to
 * the one is heard by the other, and the caller is away for a bounded time.
 */
export const oneParty: Invariant = {
  name: 'the agent speaks with one party at a time',
  observe(view, claims) {
    const { core, agentSound, callerSound } = view;
    const isExact = view.isTagged && callerSound.isExact;
    let before = core.attached;
    let linkIdAtTick = 0;
    let awayMs = 0;
    return {
      attached(party) {
        claims.hold(
          before === 'nobody' || party === 'nobody',
          () => `from ${before} to ${party} without a pause`,
        );
        before = party;
      },
      heldCommand(command) {
        if (command.type !== 'agent-audio') return;
        const tag = agentSound.tagOf(command.bytes, command.offset, command.length);
        claims.hold(tag === tags.silence, 'who is on hold hears nothing of the agent');
      },
      linkCommand(linkId, command) {
        if (command.type !== 'caller-audio' || !isExact) return;
        const { bytes, offset, length } = command;
        const countOf = (tag: number) => callerSound.count(bytes, offset, length, tag);
        if (core.attached !== 'second') {
          claims.hold(countOf(tags.second) === 0, 'the second party is not heard any more');
        }
        // A new link is told what was said before.
        const isNewLink = linkId !== linkIdAtTick && core.attached === 'nobody';
        if (core.attached === 'caller' || isNewLink) return;
        claims.hold(countOf(tags.voice) + countOf(tags.echo) === 0, 'who is on hold is not heard');
      },
      ticked() {
        const { link, line, party } = core.state;
        linkIdAtTick = link.is === 'ready' ? link.linkId : 0;
        const isWithCaller = party.is === 'caller' || party.is === 'parting';
        if (line.is !== 'ended') {
          const attached = isWithCaller ? 'caller' : party.is;
          claims.hold(core.attached === attached, `${core.attached} is attached, not ${attached}`);
        }
        awayMs = isWithCaller || line.is === 'ended' ? 0 : awayMs + frameMs;
        claims.hold(awayMs <= awayMsMax, () => `the caller is away for ${awayMs} ms`);
      },
    };
  },
};
