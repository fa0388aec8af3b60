import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/** The detector's pause, 60 ms until silence is put in, and a process that stands still for 2 s. */
const pauseMsMax = 3_000;

/** A caller whom only our gate hears is not held to be speaking when nothing is to be heard. */
export const speechEnds: Invariant = {
  name: 'speech ends, also when the line goes dead',
  isOfSound: true,
  observe(view, claims) {
    const { core, callerSound, settings } = view;
    if (settings.gate !== 'local' || !view.isTagged) return {};
    let quietMs = 0;
    return {
      legEvent(event) {
        if (event.type !== 'caller-audio') return;
        if (callerSound.tagOf(event.bytes, event.offset, event.length) === tags.voice) quietMs = 0;
      },
      secondEvent(event) {
        if (event.type !== 'caller-audio') return;
        if (callerSound.tagOf(event.bytes, event.offset, event.length) !== tags.silence)
          quietMs = 0;
      },
      ticked() {
        quietMs += 20;
        const { caller, line } = core.state;
        if (line.is !== 'up' || caller.is !== 'talking' || caller.by !== 'gate') return;
        claims.hold(
          quietMs <= pauseMsMax,
          () => `held to be speaking after ${quietMs} ms of nothing`,
        );
      },
    };
  },
};
