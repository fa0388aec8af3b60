import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../store/tables.ts';
import {
  asking,
  likeness,
  readingFor,
  searchText,
  type Transactions,
  wordsQuery,
} from './data-query.ts';
import { amountText } from './money.ts';
import type { Tool } from './tool.ts';

/** More than a waiter reads out. */
const itemsMax = 8;
/** Of the menu itself, which is read out in parts. */
const menuMax = 40;
/** On the demonstration menus, misspelt names are above it; `wine` and `Ftira with` are 0.4. */
const likenessMin = 0.5;

const input = z.object({
  query: searchText(
    'What the caller asks for: a dish, an ingredient, a kind of drink. Left out: the menu.',
  ).optional(),
  venue: searchText('Of this restaurant alone, as the field venue names it.').optional(),
});

export interface MenuItem {
  readonly id: string;
  readonly venue: string;
  readonly name: string;
  /** With its currency: `4500 RWF`, `12.50 EUR`. */
  readonly price: string;
  readonly description: string;
  readonly image_url: string | null;
}

/** Finds what is on the menu now, the best match first; none when there is none. */
export function lookupMenu(
  database: Transactions,
): Tool<z.infer<typeof input>, readonly MenuItem[]> {
  return {
    ...asking,
    name: 'lookup_menu',
    description:
      'Finds dishes and drinks on the menu with their prices. An empty list means that there is ' +
      'no such thing on the menu. Quote names and prices as they come; venue is the restaurant.',
    input,
    minTrust: 'anonymous',
    isSensitive: false,
    run: (asked, context) =>
      database.transaction((rows) => itemsLike(rows, asked), readingFor(context)),
  };
}

async function itemsLike(
  rows: Kysely<Tables>,
  { query = '', venue }: z.infer<typeof input>,
): Promise<readonly MenuItem[]> {
  const { sql } = await import('kysely');
  const words = wordsQuery(sql, query, '|');
  const alike = likeness(sql, query, 'name');
  const hasWord = sql<boolean>`coalesce(search @@ ${words}, false)`;
  const items = await rows
    .selectFrom('menu_items')
    .select(['id', 'venue', 'name', 'price_minor', 'currency', 'description', 'image_url'])
    .where('is_available', '=', true)
    .$if(query !== '', (asked) =>
      asked.where((where) => where.or([hasWord, where(alike, '>=', likenessMin)])),
    )
    .$if(venue !== undefined, (asked) =>
      asked.where(sql`lower(venue)`, '=', venue?.toLowerCase() ?? ''),
    )
    .orderBy(sql`coalesce(ts_rank(search, ${words}), 0)`, 'desc')
    .orderBy(alike, 'desc')
    .orderBy('name')
    .limit(query === '' ? menuMax : itemsMax)
    .execute();
  return items.map(({ price_minor, currency, description, image_url, ...item }) => ({
    ...item,
    price: amountText(price_minor, currency),
    description,
    image_url,
  }));
}
