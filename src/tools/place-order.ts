import type { Kysely } from 'kysely';
import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import type { Tables } from '../store/tables.ts';
import { asking, type Transactions, writingFor } from './data-query.ts';
import { amountText } from './money.ts';
import type { Tool, ToolContext } from './tool.ts';

/** More than a table orders. */
const linesMax = 40;
/** The table `order_lines` holds the same. */
const quantityMax = 50;

const input = z.object({
  items: z
    .array(
      z.object({
        itemId: z.guid().describe('The id of an item, as lookup_menu gave it.'),
        quantity: z.int().min(1).max(quantityMax).describe('How many of it.'),
      }),
    )
    .min(1)
    .max(linesMax)
    .describe('The whole order, of one restaurant.'),
});
type Input = z.infer<typeof input>;

export interface PlacedOrder {
  readonly orderId: string;
  readonly venue: string;
  /** `amount` is the price times the quantity. */
  readonly lines: readonly {
    readonly name: string;
    readonly quantity: number;
    readonly price: string;
    readonly amount: string;
  }[];
  /** One a currency. */
  readonly totals: readonly string[];
}

/**
 * Takes an order down, at the prices of the menu: none comes from the model. The same call run
 * twice is one order.
 */
export function placeOrder(database: Transactions): Tool<Input, PlacedOrder> {
  return {
    ...asking,
    name: 'place_order',
    description:
      'Places the order that the guest has confirmed, once. Gives its id and its total; prices ' +
      'are those of the menu. When it fails, nothing has been ordered: say so.',
    input,
    repeatable: false,
    minTrust: 'anonymous',
    isSensitive: false,
    run: ({ items }, context) =>
      database.transaction((rows) => placed(rows, { items, context }), writingFor(context)),
  };
}

async function placed(
  rows: Kysely<Tables>,
  { items, context }: Input & { readonly context: Pick<ToolContext, 'sessionId' | 'callId'> },
): Promise<PlacedOrder> {
  const lines = await linesOf(rows, items);
  const [venue, ...others] = new Set(lines.map((line) => line.venue));
  if (venue === undefined || others.length > 0) {
    const venues = [venue, ...others].join(' and ');
    throw new GatewayError('REQUEST_INVALID', `an order is of one restaurant, not of ${venues}`);
  }
  const { sessionId: session_id, callId: tool_call_id } = context;
  const added = await rows
    .insertInto('orders')
    .values({ session_id, tool_call_id, venue })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (added !== undefined) {
    const order = lines.map(({ venue: _, ...line }, index) => ({
      ...line,
      order_id: added.id,
      position: index + 1,
    }));
    await rows.insertInto('order_lines').values(order).execute();
  }
  return await orderOf(rows, { session_id, tool_call_id });
}

/** What is asked for as the menu has it now; what stands twice is added up. */
async function linesOf(rows: Kysely<Tables>, items: Input['items']) {
  const quantities = new Map<string, number>();
  for (const { itemId, quantity } of items) {
    const id = itemId.toLowerCase();
    quantities.set(id, (quantities.get(id) ?? 0) + quantity);
  }
  const found = await rows
    .selectFrom('menu_items')
    .select(['id', 'venue', 'name', 'price_minor', 'currency', 'is_available'])
    .where('id', 'in', [...quantities.keys()])
    .execute();
  return [...quantities].map(([id, quantity]) => {
    const item = found.find((each) => each.id === id);
    if (item === undefined) throw new GatewayError('NOT_FOUND', `no menu item has the id ${id}`);
    const { venue, name, price_minor, currency } = item;
    if (!item.is_available) throw new GatewayError('CONFLICT', `${name} cannot be had now`);
    if (quantity > quantityMax) {
      throw new GatewayError('REQUEST_INVALID', `at most ${quantityMax} of one item`);
    }
    return { item_id: id, venue, name, quantity, price_minor, currency };
  });
}

async function orderOf(
  rows: Kysely<Tables>,
  placedBy: { readonly session_id: string; readonly tool_call_id: string },
): Promise<PlacedOrder> {
  const { id, venue } = await rows
    .selectFrom('orders')
    .select(['id', 'venue'])
    .where('session_id', '=', placedBy.session_id)
    .where('tool_call_id', '=', placedBy.tool_call_id)
    .executeTakeFirstOrThrow();
  const lines = await rows
    .selectFrom('order_lines')
    .select(['name', 'quantity', 'price_minor', 'currency'])
    .where('order_id', '=', id)
    .orderBy('position')
    .execute();
  const sums = new Map<string, bigint>();
  const amounts = lines.map(({ name, quantity, price_minor, currency }) => {
    const minor = BigInt(price_minor) * BigInt(quantity);
    sums.set(currency, (sums.get(currency) ?? 0n) + minor);
    const price = amountText(price_minor, currency);
    return { name, quantity, price, amount: amountText(minor, currency) };
  });
  const totals = [...sums].map(([currency, minor]) => amountText(minor, currency));
  return { orderId: id, venue, lines: amounts, totals };
}
