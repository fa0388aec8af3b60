import { bytesPerMs } from '../../src/audio/format.ts';
import type { HeardItem } from '../../src/session/edges.ts';
import type { Invariant } from '../observer.ts';
import { firstItemTag } from '../tagged-sound.ts';

/** An unplayed item is looked at every so many ticks: often enough to see a count fall. */
const ticksBetweenLooks = 10;

/**
 * What is counted as heard was sent and received, and never becomes less. Where each byte bears its
 * item, the count is checked against the frames.
 */
export const heardTruth: Invariant = {
  name: 'heardMs is true',
  observe(view, claims) {
    const { core, facts, agentSound } = view;
    const perMs = bytesPerMs(agentSound.format);
    const isCounted = view.isTagged && agentSound.isExact;
    const sentBytes = new Map<number, number>();
    const tagOfItem = new Map<string, number>();
    const heardSoFar = new Map<string, number>();
    let ticks = 0;
    const check = (item: HeardItem): void => {
      const { itemId, heardMs, receivedMs } = item;
      const known = facts.items.get(itemId);
      claims.hold(heardMs <= receivedMs, () => `${itemId}: heard ${heardMs} of ${receivedMs} ms`);
      claims.hold(
        heardMs >= (heardSoFar.get(itemId) ?? 0),
        () => `${itemId}: heard ${heardMs} ms after ${heardSoFar.get(itemId)}`,
      );
      heardSoFar.set(itemId, heardMs);
      if (!isCounted || !known) return;
      claims.hold(
        receivedMs <= known.receivedBytes / perMs,
        () => `${itemId}: ${receivedMs} ms received, ${known.receivedBytes} bytes came`,
      );
      const tag = tagOfItem.get(itemId);
      const sentMs = ((tag && sentBytes.get(tag)) ?? 0) / perMs;
      claims.hold(
        heardMs <= sentMs && heardMs >= Math.floor(sentMs) - 40,
        () => `${itemId}: heard ${heardMs} ms, ${sentMs} ms were sent`,
      );
    };
    return {
      linkEvent(_linkId, event) {
        if (!isCounted || event.type !== 'agent-audio' || event.length === 0) return;
        const tag = agentSound.tagAt(event.bytes, event.offset);
        if (tagOfItem.get(event.itemId) === tag) return;
        tagOfItem.set(event.itemId, tag);
        sentBytes.set(tag, 0);
      },
      legCommand(command) {
        if (!isCounted || command.type !== 'agent-audio') return;
        const { bytes, offset, length } = command;
        for (let at = offset; at < offset + length; ) {
          const tag = bytes[at]!;
          let end = at + 1;
          while (end < offset + length && bytes[end] === tag) end += 1;
          if (tag >= firstItemTag) sentBytes.set(tag, (sentBytes.get(tag) ?? 0) + end - at);
          at = end;
        }
      },
      ticked() {
        ticks += 1;
        if (ticks % ticksBetweenLooks === 0)
          for (const item of core.playout.unplayed()) check(item);
      },
      news(news) {
        if (news.type === 'barged-in') news.items.forEach(check);
      },
      linkCommand(_linkId, command) {
        if (command.type !== 'item-truncate') return;
        const heardMs = heardSoFar.get(command.itemId);
        claims.hold(
          heardMs === undefined || command.heardMs >= heardMs,
          () => `${command.itemId}: cut at ${command.heardMs} ms, ${heardMs} were heard`,
        );
      },
      journal(body) {
        if (body.type !== 'agent-said') return;
        claims.hold(body.heardMs <= body.receivedMs, 'recorded: heard no more than received');
        const tag = tagOfItem.get(body.itemId);
        if (!isCounted || tag === undefined) return;
        const sentMs = (sentBytes.get(tag) ?? 0) / perMs;
        claims.hold(
          body.heardMs <= sentMs,
          () => `${body.itemId}: recorded as heard ${body.heardMs} ms, ${sentMs} ms were sent`,
        );
      },
    };
  },
};
