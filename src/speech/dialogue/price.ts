import { listText } from './template.ts';

const priceShape = /^(-?)(\d+)(?:\.(\d+))? ([A-Z]{3})$/;

/**
 * What `lines` cost together, exactly, each currency for itself: `13000 RWF and 6.50 EUR`. `null`
 * when a price is none that we can read.
 */
export function totalText(
  lines: readonly { readonly price: string; readonly count: number }[],
): string | null {
  const sums = new Map<string, { readonly minor: bigint; readonly decimals: number }>();
  for (const { price, count } of lines) {
    const [, sign, whole = '', rest = '', currency = ''] = priceShape.exec(price) ?? [];
    if (sign === undefined) return null;
    const minor = BigInt(`${sign}${whole}${rest}`) * BigInt(count);
    const sum = sums.get(currency)?.minor ?? 0n;
    sums.set(currency, { minor: sum + minor, decimals: rest.length });
  }
  const texts = [...sums].map(([currency, { minor, decimals }]) => {
    const digits = String(minor).padStart(decimals + 1, '0');
    const whole = digits.slice(0, digits.length - decimals);
    return `${whole}${decimals === 0 ? '' : `.${digits.slice(-decimals)}`} ${currency}`;
  });
  return listText(texts);
}
