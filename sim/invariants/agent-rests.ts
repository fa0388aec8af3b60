import { frameMs } from '../../src/audio/format.ts';
import { isReplyDue } from '../../src/session/arbiter.ts';
import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/** Longer than any cushion: what is complete and not played by then is stuck. */
const stuckMsMax = 1_000;

/**
 * The session knows when the agent is done: it is not held to be speaking when its reply is
 * complete and nothing sounds, and it does not rest while a reply that was asked for is still to
 * come.
 */
export const agentRests: Invariant = {
  name: 'the agent rests when it is done, not before',
  isOfSound: true,
  observe(view, claims) {
    const { core, facts, agentSound } = view;
    let silentMs = 0;
    let restingMs = 0;
    let vainMs = 0;
    let isAsked = false;
    return {
      legCommand(command) {
        if (command.type !== 'agent-audio') return;
        const tag = agentSound.tagOf(command.bytes, command.offset, command.length);
        silentMs = tag === tags.silence ? silentMs + frameMs : 0;
      },
      attached() {
        isAsked = false;
      },
      linkCommand(_linkId, command) {
        if (command.type === 'reply-start' || command.type === 'tool-results') isAsked = true;
      },
      linkEvent(_linkId, event) {
        if (event.type === 'reply-start') isAsked = false;
        if (event.type === 'request-refused') isAsked = true;
      },
      ticked() {
        const { agent, arbiter, line, link } = core.state;
        if (agent.is === 'speaking' && !arbiter.active) {
          claims.hold(silentMs <= stuckMsMax, () => `speaking, and ${silentMs} ms of silence`);
        }
        if (facts.talkingBy || line.is !== 'up') isAsked = false;
        const isResting = isAsked && agent.is === 'silent' && link.is === 'ready';
        restingMs = isResting ? restingMs + frameMs : 0;
        claims.hold(restingMs <= stuckMsMax, 'a reply was asked for, and the agent rests');
        // On a closing line a recording stands in for the reply.
        const isMakable = agent.is === 'awaited' && link.is === 'ready' && line.is === 'up';
        vainMs = isMakable && !facts.talkingBy && !isReplyDue(core.state) ? vainMs + frameMs : 0;
        claims.hold(vainMs <= stuckMsMax, 'a reply is awaited that nobody was asked for');
      },
    };
  },
};
