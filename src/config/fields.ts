import { z } from 'zod';
import { isAddressOrCidr } from '../runtime/address-ranges.ts';

/** Ends of a number, both included. */
export type Bounds = readonly [min: number, max: number];

/** A whole number that is `initial` unless the operator says otherwise. */
export function wholeNumber(initial: number, [min, max]: Bounds, description: string) {
  return z.int().min(min).max(max).default(initial).describe(description);
}

/** A limit of one persona in the place of that at `key`. */
export function ownLimit([min, max]: Bounds, key: string) {
  const description = `In the place of ${key}. null: that.`;
  return z.int().min(min).max(max).nullable().default(null).describe(description);
}

export function yesOrNo(initial: boolean, description: string) {
  return z.boolean().default(initial).describe(description);
}

/** A text that may be left out; `null` then. */
export function optionalText(description: string, charsMax = 1000) {
  return z.string().trim().min(1).max(charsMax).nullable().default(null).describe(description);
}

/** A text that nobody may see: `writeOnly` is JSON Schema's word for it. */
export function secret(description: string) {
  return optionalText(description).meta({ writeOnly: true });
}

/** A key that the operator chooses: of a persona, a destination. */
export const chosenKey = z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, _ and -, at most 64');

/** Where an OpenAI-compatible server is, up to its version: the rest of the path is ours. */
export function endpointUrl(description: string) {
  return z
    .url({ protocol: /^https?$/, error: 'a URL that begins with https:// or http://' })
    .refine((text) => !hasCredentials(text), 'a URL without a user name or password in it')
    .refine((text) => !/[?#]/.test(text), 'a URL without ? and #')
    .nullable()
    .default(null)
    .describe(description);
}

export function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

export const addressOrCidr = z
  .string()
  .refine(isAddressOrCidr, 'an address or CIDR, such as 192.0.2.7');

/** Where a listener is bound: to this machine, unless the operator says otherwise. */
export function loopbackHost(description: string) {
  return z.string().min(1).max(255).default('127.0.0.1').describe(description);
}

export function listenPort(initial: number, description: string) {
  return wholeNumber(initial, [0, 65_535], `${description} 0: any free one.`);
}
