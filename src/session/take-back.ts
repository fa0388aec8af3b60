import type { HeardItem, TurnContext } from './edges.ts';
import type { TurnState, UnheardItem } from './state.ts';

/**
 * Tells the provider what was heard. Nothing is ever cut at 0 ms, which vendors refuse; the item is
 * deleted instead, once its reply is over and the item can no longer grow.
 */
export function takeBack(
  state: TurnState,
  unplayed: readonly HeardItem[],
  { effects }: TurnContext,
): TurnState {
  const unheardItems: UnheardItem[] = [...state.unheardItems];
  for (const { replyId, itemId, contentIndex, heardMs, receivedMs } of unplayed) {
    if (state.orphanReplyIds.includes(replyId)) continue;
    if (heardMs >= 1 && heardMs < receivedMs) {
      const command = { type: 'item-truncate', itemId, contentIndex, heardMs } as const;
      effects.push({ type: 'link', command });
    } else if (heardMs < 1 && state.arbiter.active?.replyId === replyId) {
      unheardItems.push({ replyId, itemId });
    } else if (heardMs < 1) {
      effects.push({ type: 'link', command: { type: 'item-drop', itemId } });
    }
  }
  return { ...state, unheardItems };
}

/** Deletes what was not heard of a reply that has now ended. */
export function dropUnheard(
  state: TurnState,
  replyId: string,
  { effects }: TurnContext,
): TurnState {
  const isIts = (item: UnheardItem) => item.replyId === replyId;
  if (!state.unheardItems.some(isIts)) return state;
  for (const { itemId } of state.unheardItems.filter(isIts)) {
    effects.push({ type: 'link', command: { type: 'item-drop', itemId } });
  }
  return { ...state, unheardItems: state.unheardItems.filter((item) => !isIts(item)) };
}
