import type { Kysely } from 'kysely';
import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import type { Tables } from '../store/tables.ts';
import { asking, readingFor, type Transactions } from './data-query.ts';
import { amountText } from './money.ts';
import type { Tool } from './tool.ts';

const input = z.object({
  itemId: z.guid().describe('The id of an item, as lookup_menu gave it.'),
});

export interface Pairing {
  /** What to say; `null` when nothing is known to go with the item. */
  readonly upsell: string | null;
  /** What it speaks of, where that is on the menu. */
  readonly item: { readonly id: string; readonly name: string; readonly price: string } | null;
}

/** The best recommendation whose dish or drink can be had now. `NOT_FOUND` for no item of ours. */
export function recommendPairing(database: Transactions): Tool<z.infer<typeof input>, Pairing> {
  return {
    ...asking,
    name: 'recommend_pairing',
    description:
      'Says what goes well with an item of the menu. upsell null means that there is no ' +
      'recommendation: make none up.',
    input,
    minTrust: 'anonymous',
    isSensitive: false,
    run: ({ itemId }, context) =>
      database.transaction((rows) => bestPairing(rows, itemId), readingFor(context)),
  };
}

async function bestPairing(rows: Kysely<Tables>, itemId: string): Promise<Pairing> {
  const item = await rows
    .selectFrom('menu_items')
    .select('id')
    .where('id', '=', itemId)
    .executeTakeFirst();
  if (item === undefined) throw new GatewayError('NOT_FOUND', `no menu item has the id ${itemId}`);
  const best = await rows
    .selectFrom('pairings')
    .leftJoin('menu_items as paired', 'paired.id', 'pairings.paired_item_id')
    .select(['text', 'paired.id', 'paired.name', 'paired.price_minor', 'paired.currency'])
    .where('item_id', '=', itemId)
    .where((where) =>
      where.or([where('paired_item_id', 'is', null), where('paired.is_available', '=', true)]),
    )
    .orderBy('rank')
    .orderBy('pairings.id')
    .limit(1)
    .executeTakeFirst();
  if (best === undefined) return { upsell: null, item: null };
  const { text, id, name, price_minor, currency } = best;
  const isOnMenu = id !== null && name !== null && price_minor !== null && currency !== null;
  return {
    upsell: text,
    item: isOnMenu ? { id, name, price: amountText(price_minor, currency) } : null,
  };
}
