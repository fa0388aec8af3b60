import { addressRanges, isLoopbackAddress, isLoopbackHost } from '../../runtime/address-ranges.ts';
import { GatewayError } from '../../runtime/errors.ts';

/**
 * Who may call, by the entries of `audiosocket.allow`. An empty list allows loopback only, whatever
 * the listener is bound to. Throws `CONFIG_INVALID` for an entry that is no address.
 */
export function allowedBy(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) return isLoopbackAddress;
  const ranges = addressRanges(entries);
  return (address) => ranges.holds(address);
}

/**
 * Refuses to listen for everybody: throws `LISTEN_UNSAFE` for a host that is not loopback while no
 * address is allowed by name, because AudioSocket knows no password.
 */
export function assertListenSafe(host: string, allow: readonly string[]): void {
  if (isLoopbackHost(host) || allow.length > 0) return;
  throw new GatewayError(
    'LISTEN_UNSAFE',
    `audiosocket.host ${host} can be reached from elsewhere and audiosocket.allow is empty. ` +
      'List the addresses of your Asterisk there, such as ["192.0.2.7"], ' +
      'or set audiosocket.host to 127.0.0.1.',
    { host },
  );
}
