import type { Invariant } from '../observer.ts';

/** A link is told only of items that it knows, and an item is cut within what came of it. */
export const truncation: Invariant = {
  name: 'truncation is what the vendor allows',
  isOfSound: true,
  observe(view, claims) {
    const perMs = view.modelBytesPerMs;
    return {
      linkCommand(linkId, command) {
        if (command.type !== 'item-truncate' && command.type !== 'item-drop') return;
        const item = view.facts.items.get(command.itemId);
        claims.hold(item !== undefined, 'an item that is cut or dropped is known');
        claims.hold(
          item?.reply.linkId === linkId,
          () => `${command.itemId} is not of link ${linkId}`,
        );
        if (command.type === 'item-drop') {
          claims.hold(
            item?.reply.outcome !== null,
            'an item is dropped when it can no longer grow',
          );
          return;
        }
        const { heardMs } = command;
        claims.hold(Number.isInteger(heardMs) && heardMs >= 1, () => `cut at ${heardMs} ms`);
        claims.hold(
          heardMs <= (item?.receivedBytes ?? 0) / perMs,
          () => `cut at ${heardMs} ms of ${item?.receivedBytes} bytes`,
        );
      },
    };
  },
};
