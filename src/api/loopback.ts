import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackAddress, isLoopbackHost } from '../runtime/address-ranges.ts';
import { GatewayError } from '../runtime/errors.ts';

/** What the rule judges of a request. */
export interface RequestOrigin {
  readonly method: string;
  readonly peerAddress: string;
  /** The port of ours that the request came in by. */
  readonly localPort: number;
  readonly headers: IncomingHttpHeaders;
  /** The route takes forms, as Asterisk's `CURL()` posts them. */
  readonly takesForms: boolean;
}

/** The part of `auth.mode: loopback` that a request breaks, and how. */
export interface LoopbackObjection {
  readonly rule: 'peer' | 'forwarded' | 'host' | 'origin' | 'content-type';
  readonly detail: string;
}

const knownHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?$/i;
const httpPort = 80;
const forwardingHeader = /^(?:x-forwarded-.*|x-real-ip|forwarded|via)$/;
/**
 * Types that a page of any site may post without asking first (Fetch standard, CORS-safelisted).
 */
const unaskedType = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)$/;
const formType = 'application/x-www-form-urlencoded';
const bodyMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * `auth.mode: loopback`: a request without credentials is the operator's own when it comes from
 * this machine (peer), straight (forwarded), to a name of this machine (host: a web page that
 * rebinds its own name to 127.0.0.1 still sends that name), and not from a web page of somebody
 * else (origin, content-type). Gives the first part that the request breaks, or `null`.
 */
export function loopbackObjection(request: RequestOrigin): LoopbackObjection | null {
  const { headers, localPort, peerAddress } = request;
  if (!isLoopbackAddress(peerAddress)) {
    return { rule: 'peer', detail: `${peerAddress} is not this machine` };
  }
  const forwarding = Object.keys(headers).find((name) => forwardingHeader.test(name));
  if (forwarding !== undefined) {
    return { rule: 'forwarded', detail: `${forwarding} tells of somebody behind a proxy` };
  }
  if (!isOwnHost(headers.host ?? '', localPort)) {
    const detail = `the host must be localhost, 127.0.0.1 or [::1] with port ${localPort}`;
    return { rule: 'host', detail };
  }
  return pageObjection(request);
}

/** Whether a web page of another origin may have sent the request. */
function pageObjection({
  headers,
  localPort,
  method,
  takesForms,
}: RequestOrigin): LoopbackObjection | null {
  const { origin, referer } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && !isOwnOrigin(origin, localPort)) {
    return { rule: 'origin', detail: 'the request comes from a page of another origin' };
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { rule: 'origin', detail: `the browser says that the request is ${site}` };
  }
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (!bodyMethods.has(method) || type === undefined || !unaskedType.test(type)) return null;
  const isPage = origin !== undefined || referer !== undefined || site !== undefined;
  if (takesForms && type === formType && !isPage) return null;
  const detail = takesForms
    ? 'the body must be application/json, or a form that no browser sent'
    : 'the body must be application/json';
  return { rule: 'content-type', detail };
}

function isOwnHost(host: string, localPort: number): boolean {
  const match = knownHost.exec(host);
  return match !== null && Number(match[1] ?? httpPort) === localPort;
}

function isOwnOrigin(origin: string, localPort: number): boolean {
  const scheme = 'http://';
  return origin.startsWith(scheme) && isOwnHost(origin.slice(scheme.length), localPort);
}

/**
 * Throws `LISTEN_UNSAFE` for an address that other machines can reach: with `auth.mode: loopback`
 * nobody there could ever be answered.
 */
export function assertLoopbackListen(host: string): void {
  if (isLoopbackHost(host)) return;
  const message =
    `api.host is ${host}, which other machines can reach, but auth.mode is loopback. ` +
    'Set api.host: 127.0.0.1, or api.auth.mode: required, so that others need a key';
  throw new GatewayError('LISTEN_UNSAFE', message, { host });
}
