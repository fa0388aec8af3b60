import { isLoopbackHost } from '../runtime/address-ranges.ts';
import type { Config } from './schema.ts';

/** A listener that more than this machine could reach, and what cures it. */
export interface UnsafeListener {
  readonly key: 'api.host' | 'audiosocket.host';
  readonly message: string;
}

/** Listeners on other addresses that nothing guards; empty: it is safe to listen. */
export function listenSafety(
  config: Pick<Config, 'api' | 'audiosocket'>,
): readonly UnsafeListener[] {
  const unsafe: UnsafeListener[] = [];
  const { api, audiosocket } = config;
  if (!isLoopbackHost(api.host) && api.auth.mode === 'loopback') {
    const message =
      `api.host is ${api.host}, which other machines can reach, but api.auth.mode is loopback. ` +
      'Set api.host: 127.0.0.1, or api.auth.mode: required and make a key (`offhook keys ' +
      'create`) or name your issuer of tokens in api.auth.issuers';
    unsafe.push({ key: 'api.host', message });
  }
  if (!isLoopbackHost(audiosocket.host) && audiosocket.allow.length === 0) {
    const message =
      `audiosocket.host is ${audiosocket.host}, which other machines can reach, and ` +
      'audiosocket.allow is empty. Set audiosocket.allow to the addresses of your Asterisk, ' +
      'such as ["192.0.2.7"], or audiosocket.host: 127.0.0.1';
    unsafe.push({ key: 'audiosocket.host', message });
  }
  return unsafe;
}
