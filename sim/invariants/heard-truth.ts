import { bytesPerMs } from '../../src/audio/format.ts';
import type { HeardItem } from '../../src/session/edges.ts';
import type { Invariant } from '../observer.ts';
import { SentSound } from '../sent-sound.ts';

/** An unplayed item is looked at every so many ticks: often enough to see a count fall. */
const ticksBetweenLooks = 10;
/** What is sent and not counted as heard: the far end's delay of the scenes. */
const uncountedMsMax = 40;

/**
 * What is counted as heard was sent and received, and never becomes less. Where each byte bears its
 * item, the count is checked against the frames.
 */
export const heardTruth: Invariant = {
  name: 'heardMs is true',
  isOfSound: true,
  observe(view, claims) {
    const { core, facts, agentSound } = view;
    const perMs = bytesPerMs(agentSound.format);
    const sent = view.isTagged && agentSound.isExact ? new SentSound(agentSound) : null;
    const heardSoFar = new Map<string, number>();
    let ticks = 0;
    const check = ({ itemId, heardMs, receivedMs }: HeardItem): void => {
      claims.hold(heardMs <= receivedMs, () => `${itemId}: heard ${heardMs} of ${receivedMs} ms`);
      const beforeMs = heardSoFar.get(itemId) ?? 0;
      claims.hold(heardMs >= beforeMs, () => `${itemId}: heard ${heardMs} ms after ${beforeMs}`);
      heardSoFar.set(itemId, heardMs);
      if (!sent) return;
      const cameMs = (facts.items.get(itemId)?.receivedBytes ?? 0) / perMs;
      claims.hold(receivedMs <= cameMs, () => `${itemId}: ${receivedMs} of ${cameMs} ms received`);
      const sentMs = sent.bytesOf(itemId) / perMs;
      claims.hold(
        heardMs <= sentMs && heardMs >= Math.floor(sentMs) - uncountedMsMax,
        () => `${itemId}: heard ${heardMs} ms, ${sentMs} ms were sent`,
      );
    };
    return {
      linkEvent(_linkId, event) {
        if (event.type === 'agent-audio') sent?.received(event);
      },
      legCommand(command) {
        if (command.type === 'agent-audio') sent?.sent(command);
      },
      ticked() {
        ticks += 1;
        if (ticks % ticksBetweenLooks === 0) core.playout.unplayed().forEach(check);
      },
      news(news) {
        if (news.type === 'barged-in') news.items.forEach(check);
      },
      linkCommand(_linkId, command) {
        if (command.type !== 'item-truncate') return;
        const { itemId } = command;
        const heardMs = heardSoFar.get(itemId) ?? 0;
        claims.hold(
          command.heardMs >= heardMs,
          () => `${itemId}: cut at ${command.heardMs} ms, ${heardMs} were heard`,
        );
      },
      journal(body) {
        if (body.type !== 'agent-said') return;
        const { itemId, heardMs } = body;
        claims.hold(heardMs <= body.receivedMs, 'recorded: heard no more than received');
        if (!sent) return;
        const sentMs = sent.bytesOf(itemId) / perMs;
        claims.hold(heardMs <= sentMs, () => `${itemId}: recorded ${heardMs} ms of ${sentMs} sent`);
      },
    };
  },
};
