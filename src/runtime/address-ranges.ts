import { BlockList, isIP } from 'node:net';
import { GatewayError } from './errors.ts';

/** Numeric addresses of the network. */
export interface AddressRanges {
  /** IPv4 in IPv6 is judged as IPv4. A text that is no numeric address is in no range. */
  holds(address: string): boolean;
}

/**
 * The addresses of ranges such as `192.0.2.7` and `2001:db8::/32`. Throws `CONFIG_INVALID` for an
 * entry that is neither an address nor a CIDR.
 */
export function addressRanges(entries: readonly string[]): AddressRanges {
  const list = new BlockList();
  for (const entry of entries) {
    const range = parse(entry);
    if (range === null) {
      throw new GatewayError('CONFIG_INVALID', `"${entry}" is no address and no CIDR`, { entry });
    }
    list.addSubnet(range.address, range.bits, range.family);
  }
  return {
    holds(address) {
      const family = familyOf(address);
      return family !== null && list.check(address, family);
    },
  };
}

export function isAddressOrCidr(text: string): boolean {
  return parse(text) !== null;
}

const loopback = addressRanges(['127.0.0.0/8', '::1']);

/** Whether a numeric address is of this very machine. */
export function isLoopbackAddress(address: string): boolean {
  return loopback.holds(address);
}

/** Whether only this machine can reach a listener bound to `host`. A name is not looked up. */
export function isLoopbackHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  return address.toLowerCase() === 'localhost' || isLoopbackAddress(address);
}

interface Range {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

function parse(entry: string): Range | null {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = familyOf(address);
  if (family === null || rest.length > 0) return null;
  const bitsMax = family === 'ipv6' ? 128 : 32;
  if (prefix === undefined) return { address, bits: bitsMax, family };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bitsMax) return null;
  return { address, bits: Number(prefix), family };
}

function familyOf(address: string): Range['family'] | null {
  const version = isIP(address);
  if (version === 0) return null;
  return version === 6 ? 'ipv6' : 'ipv4';
}
