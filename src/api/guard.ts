import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../runtime/errors.ts';
import { loopbackObjection } from './loopback.ts';

/** Who may use the API. */
export interface ApiAuth {
  readonly mode: 'loopback';
  /** Lets whoever bears it read `/metrics`, from anywhere; `null`: nobody. */
  readonly metricsToken: string | null;
}

const metricsUrl = '/metrics';
const formUrl = '/asterisk/calls';

/** Throws `FORBIDDEN` or `UNAUTHENTICATED` for a request that `auth` does not let in. */
export function admit(request: FastifyRequest, auth: ApiAuth): void {
  const { headers, socket } = request.raw;
  const { url } = request.routeOptions;
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (url === metricsUrl && auth.metricsToken !== null && bearer !== undefined) {
    if (isSame(bearer, auth.metricsToken)) return;
    throw new GatewayError('UNAUTHENTICATED', 'the bearer token is not the one of /metrics');
  }
  const objection = loopbackObjection({
    method: request.method,
    peerAddress: socket.remoteAddress ?? 'unknown',
    localPort: socket.localPort ?? 0,
    headers,
    takesForms: url === formUrl,
  });
  if (objection === null) return;
  const { rule, detail } = objection;
  const message = `auth.mode loopback, rule ${rule}: ${detail}`;
  throw new GatewayError('FORBIDDEN', message, { mode: 'loopback', rule });
}

/** Takes the same time wherever the two differ. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
