import { frameBytes } from '../../src/audio/format.ts';
import type { Invariant } from '../observer.ts';

/** Each turn of the wheel sends one whole frame, and nothing sends one between. */
export const framePerTick: Invariant = {
  name: 'one frame per tick',
  isOfSound: true,
  observe(view, claims) {
    const length = frameBytes(view.agentSound.format);
    let frames = 0;
    return {
      legCommand(command) {
        if (command.type !== 'agent-audio') return;
        frames += 1;
        claims.hold(
          command.length === length && command.offset + length <= command.bytes.length,
          'a frame is 20 ms long',
        );
      },
      ticked() {
        if (!view.core.isEnded) claims.hold(frames === 1, () => `${frames} frames in one tick`);
        frames = 0;
      },
    };
  },
};
