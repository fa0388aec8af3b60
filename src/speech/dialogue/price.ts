import { amountOf, amountText } from './amount.ts';
import { listText } from './template.ts';

/**
 * What `lines` cost together, exactly, each currency for itself: `13000 RWF and 6.50 EUR`. `null`
 * when a price is none that we can read.
 */
export function totalText(
  lines: readonly { readonly price: string; readonly count: number }[],
): string | null {
  const sums = new Map<string, { readonly minor: bigint; readonly decimals: number }>();
  for (const { price, count } of lines) {
    const amount = amountOf(price);
    if (amount === null) return null;
    const { minor, decimals, currency } = amount;
    const sum = sums.get(currency)?.minor ?? 0n;
    sums.set(currency, { minor: sum + minor * BigInt(count), decimals });
  }
  return listText([...sums].map(([currency, sum]) => amountText({ ...sum, currency })));
}
