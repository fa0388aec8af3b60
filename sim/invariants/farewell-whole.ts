import { frameBytes } from '../../src/audio/format.ts';
import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/** Before we drop the line, the goodbye has been played to its last sample. */
export const farewellWhole: Invariant = {
  name: 'a farewell is played whole',
  isOfSound: true,
  observe(view, claims) {
    const { core, agentSound } = view;
    const promptFrames = Math.floor(view.promptBytes / frameBytes(agentSound.format));
    let isTimedOut = false;
    let framesLeft = 0;
    return {
      news(news) {
        if (news.type === 'limit' && news.limit === 'closing') isTimedOut = true;
        if (news.type !== 'prompt') return;
        framesLeft = news.name === 'goodbye' || news.name === 'unavailable' ? promptFrames : 0;
      },
      legCommand(command) {
        if (command.type === 'agent-audio') {
          if (framesLeft === 0) return;
          const tag = agentSound.tagOf(command.bytes, command.offset, command.length);
          if (tag === tags.prompt) framesLeft -= 1;
          return;
        }
        if (command.type !== 'hang-up' && command.type !== 'transfer') return;
        const { line } = core.state;
        // The operator does not wait.
        if (line.is === 'ended' && line.cause === 'drained') return;
        claims.hold(
          framesLeft === 0,
          () => `${framesLeft} frames of the recording were not played`,
        );
        // A reply that will not begin is given up for the recording.
        if (isTimedOut) return;
        const { queuedBytes } = core.playout.account;
        claims.hold(queuedBytes === 0, () => `${queuedBytes} bytes of the goodbye were not played`);
      },
    };
  },
};
