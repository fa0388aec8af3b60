/**
 * How sure we are of who is calling, lowest first. A caller id alone never raises it: a PIN, a
 * signed parameter or an authenticated session does.
 */
export const trustLevels = ['anonymous', 'identified', 'verified'] as const;

export type Trust = (typeof trustLevels)[number];

/** Whether `trust` is at least `minTrust`. */
export function isTrusted(trust: Trust, minTrust: Trust): boolean {
  return trustLevels.indexOf(trust) >= trustLevels.indexOf(minTrust);
}
