/** Decimals of the currencies that do not have two: ISO 4217, list one. */
const decimalsOf: Readonly<Record<string, number>> = {
  ...decimals(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...decimals(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...decimals(4, 'CLF UYW'),
};

function decimals(count: number, currencies: string): Readonly<Record<string, number>> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, count]));
}

/**
 * An amount as people write it, with its currency: 4500 minor units are `4500 RWF` and `45.00 EUR`.
 * Exact at any size. `currency` is an ISO 4217 code in capitals.
 */
export function amountText(minorUnits: number | bigint, currency: string): string {
  const count = decimalsOf[currency] ?? 2;
  const minor = BigInt(minorUnits);
  const sign = minor < 0n ? '-' : '';
  const digits = String(minor < 0n ? -minor : minor).padStart(count + 1, '0');
  const whole = digits.slice(0, digits.length - count);
  const rest = digits.slice(digits.length - count);
  return `${sign}${whole}${rest === '' ? '' : `.${rest}`} ${currency}`;
}
