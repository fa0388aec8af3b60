import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { addressRanges } from '../runtime/address-ranges.ts';
import { GatewayError } from '../runtime/errors.ts';

/** An address that has been checked: the connection goes there, no name is resolved again. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Every address of a name. */
export type Resolve = (host: string) => Promise<readonly CheckedAddress[]>;

/** Not of the public Internet, by the registries of special-purpose addresses (RFC 6890). */
const specialOnes = addressRanges([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Node holds an IPv4-mapped address against the ranges of IPv4. These hold one as well: NAT64
  // (RFC 6052, 8215), 6to4, Teredo and the compatible ones of old.
  ...['64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32', '::/96'],
  ...['100::/64', '2001:db8::/32', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]);

/** Whether `address` is one of the public Internet. */
export function isPublicAddress(address: string): boolean {
  return isIP(address) !== 0 && !specialOnes.holds(address);
}

/**
 * Resolves `host` once. One private address among several is enough to refuse them all: the next
 * look-up would give it. Throws `TOOL_ADDRESS_REFUSED`.
 */
export async function checkedAddress(
  host: string,
  options: { readonly isPrivateAllowed: boolean; readonly resolve?: Resolve },
): Promise<CheckedAddress> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const addresses = await (options.resolve ?? resolveBySystem)(bare);
  const isRefused = ({ address }: CheckedAddress) => !isPublicAddress(address);
  const [first] = addresses;
  if (first === undefined || (!options.isPrivateAllowed && addresses.some(isRefused))) {
    const message = `${host} leads to no address that a tool may reach`;
    throw new GatewayError('TOOL_ADDRESS_REFUSED', message, { host });
  }
  return first;
}

async function resolveBySystem(host: string): Promise<readonly CheckedAddress[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}
