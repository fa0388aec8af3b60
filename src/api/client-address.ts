import type { IncomingHttpHeaders } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import type { AddressRanges } from '../runtime/address-ranges.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom limits and records mean: the peer, or whom trusted proxies name in its place. */
    clientAddress: string;
  }
}

/**
 * Who asks. Each proxy writes its own peer at the right end of `X-Forwarded-For`, so that is where
 * reading begins, and it goes on only while the one who wrote is trusted: whatever the client
 * itself has sent stands further left. What a trusted proxy writes and is no address (`unknown`) is
 * not taken: then the proxy answers for it.
 */
export function clientAddress(
  peerAddress: string,
  headers: IncomingHttpHeaders,
  trusted: AddressRanges,
): string {
  if (!trusted.holds(peerAddress)) return peerAddress;
  const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  let address = peerAddress;
  while (trusted.holds(address)) {
    const named = addressIn(hops.pop() ?? '');
    if (named === null) return address;
    address = named;
  }
  return address;
}

/** A numeric address with or without its port: some proxies write it. */
function addressIn(hop: string): string | null {
  const text = hop.trim();
  if (isIP(text) !== 0) return text;
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text.replace(/:\d{1,5}$/, '');
  return isIP(bare) === 0 ? null : bare;
}

/** Whom a limit of one address means: of IPv6 the /64, which one subscriber has as a whole. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const left = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? 8 - groups.length - left.length : 0;
  return [...groups, ...new Array<string>(zeros).fill('0'), ...left].slice(0, 4).join(':');
}
