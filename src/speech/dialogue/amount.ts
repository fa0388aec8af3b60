/** A sum of money that can be counted with: 12.50 EUR is 1250 with two decimals. */
export interface Amount {
  readonly minor: bigint;
  readonly decimals: number;
  readonly currency: string;
}

const shape = /^(-?)(\d+)(?:\.(\d+))? ([A-Z]{3})$/;

/** `4500 RWF`, `-12.50 EUR`; `null` for what is no amount that we can read. */
export function amountOf(text: unknown): Amount | null {
  const [, sign, whole = '', rest = '', currency = ''] =
    (typeof text === 'string' ? shape.exec(text) : null) ?? [];
  if (sign === undefined) return null;
  return { minor: BigInt(`${sign}${whole}${rest}`), decimals: rest.length, currency };
}

export function amountText({ minor, decimals, currency }: Amount): string {
  return `${decimalText(minor, decimals)} ${currency}`;
}

/** What `one` is more than `other`, exactly; `null` where they cannot be compared. */
export function differenceText(one: unknown, other: unknown): string | null {
  const [first, second] = [amountOf(one), amountOf(other)];
  if (first === null || second === null || !areAlike(first, second)) return null;
  return amountText({ ...first, minor: first.minor - second.minor });
}

/** What part of `whole` is `part`, rounded: `29.8 percent`; `null` where there is none. */
export function shareText(part: unknown, whole: unknown): string | null {
  const [first, second] = [amountOf(part), amountOf(whole)];
  if (first === null || second === null || !areAlike(first, second)) return null;
  if (second.minor <= 0n) return null;
  const sign = first.minor < 0n ? -1n : 1n;
  const tenths = (first.minor * 2_000n + sign * second.minor) / (second.minor * 2n);
  return `${decimalText(tenths, 1)} percent`;
}

function areAlike(one: Amount, other: Amount): boolean {
  return one.currency === other.currency && one.decimals === other.decimals;
}

function decimalText(minor: bigint, decimals: number): string {
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const rest = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${minor < 0n ? '-' : ''}${whole}${rest}`;
}
