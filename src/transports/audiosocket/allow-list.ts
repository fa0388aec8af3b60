import { BlockList, isIP } from 'node:net';
import { GatewayError } from '../../runtime/errors.ts';

/**
 * The addresses that may call, as `audiosocket.allow` lists them: `192.0.2.7`, `2001:db8::/32`.
 * An empty list allows loopback only, whatever the listener is bound to.
 */
export class AllowList {
  readonly #allowed = new BlockList();

  /** Throws `CONFIG_INVALID` for an entry that is neither an address nor a CIDR. */
  constructor(entries: readonly string[]) {
    for (const entry of entries.length > 0 ? entries : ['127.0.0.0/8', '::1']) this.#add(entry);
  }

  /** `address` is numeric, as a socket gives it; IPv4 in IPv6 is judged as IPv4. */
  isAllowed(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#allowed.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }

  #add(entry: string): void {
    const [address = '', prefix, ...rest] = entry.split('/');
    const version = isIP(address);
    const bitsMax = version === 6 ? 128 : 32;
    const bits = prefix === undefined ? bitsMax : Number(prefix);
    const isCidr = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (version === 0 || !isCidr || bits > bitsMax || rest.length > 0) {
      throw new GatewayError('CONFIG_INVALID', `"${entry}" is no address and no CIDR`, { entry });
    }
    this.#allowed.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/**
 * Refuses to listen for everybody: throws `LISTEN_UNSAFE` for a host that is not loopback while no
 * address is allowed by name, because AudioSocket knows no password.
 */
export function assertListenSafe(host: string, allow: readonly string[]): void {
  const isLoopback = host === 'localhost' || new AllowList([]).isAllowed(host);
  if (isLoopback || allow.length > 0) return;
  throw new GatewayError(
    'LISTEN_UNSAFE',
    `audiosocket.host ${host} can be reached from elsewhere and audiosocket.allow is empty. ` +
      'List the addresses of your Asterisk there, such as ["192.0.2.7"], ' +
      'or set audiosocket.host to 127.0.0.1.',
    { host },
  );
}
