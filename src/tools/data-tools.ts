import { checkTaxRule } from './check-tax-rule.ts';
import type { Transactions } from './data-query.ts';
import { fetchFinancials } from './fetch-financials.ts';
import { lookupMenu } from './lookup-menu.ts';
import { placeOrder } from './place-order.ts';
import { recommendPairing } from './recommend-pairing.ts';
import type { Tool } from './tool.ts';

/** The tools that read the operator's database, and `place_order`, which alone writes in it. */
export function dataTools(database: Transactions): readonly Tool[] {
  return [
    lookupMenu(database),
    recommendPairing(database),
    placeOrder(database),
    fetchFinancials(database),
    checkTaxRule(database),
  ];
}
