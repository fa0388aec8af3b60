import type { Invariant } from '../observer.ts';
import { tags } from '../tagged-sound.ts';

/** Of a reply that the caller has cut off not a sample is played any more. */
export const cutOffReply: Invariant = {
  name: 'nothing of a silenced reply is played',
  isOfSound: true,
  observe(view, claims) {
    const { facts, agentSound, isTagged } = view;
    const itemOfTag = new Map<number, string>();
    return {
      linkEvent(_linkId, event) {
        if (event.type !== 'agent-audio' || event.length < 2 || !isTagged) return;
        const tag = agentSound.isExact ? agentSound.tagAt(event.bytes, event.offset) : -1;
        if (tag >= 0) itemOfTag.set(tag, event.itemId);
      },
      legCommand(command) {
        if (command.type !== 'agent-audio') return;
        const { bytes, offset, length } = command;
        const tag = agentSound.tagOf(bytes, offset, length);
        if (tag === tags.silence || tag === tags.prompt || (isTagged && tag < 0)) return;
        claims.hold(facts.playableBytes > 0, 'sound is played although none may be');
        if (!isTagged) return;
        claims.hold(tag !== tags.stale, 'audio is kept instead of copied');
        if (!agentSound.isExact) return;
        for (const at of [offset, offset + length - 1]) {
          const item = facts.items.get(itemOfTag.get(agentSound.tagAt(bytes, at)) ?? '');
          if (item) {
            claims.hold(!facts.isCut(item.reply), () => `${item.reply.replyId} was cut off`);
          }
        }
      },
    };
  },
};
