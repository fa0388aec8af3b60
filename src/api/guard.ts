import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../runtime/errors.ts';
import { hasRole } from '../runtime/role.ts';
import type { Credentials } from './auth/credentials.ts';
import { type Access, operator, type Principal } from './auth/principal.ts';
import { loopbackObjection } from './loopback.ts';

/** Who may use the API. */
export type ApiAuth = {
  /** Lets whoever bears it read `/metrics`, from anywhere; `null`: nobody. */
  readonly metricsToken: string | null;
} & (
  | { readonly mode: 'loopback' }
  | { readonly mode: 'required'; readonly credentials: Pick<Credentials, 'check'> }
);

const metricsUrl = '/metrics';
const formUrl = '/asterisk/calls';

/**
 * Sets `principal`, or throws for a request that `auth` does not let in: `FORBIDDEN` by mode
 * loopback, by mode required `UNAUTHENTICATED`, and `ROLE_TOO_LOW` with the role that is needed.
 */
export async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  auth: ApiAuth,
): Promise<void> {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (isMetricsToken(request, bearer, auth)) return;
  if (auth.mode === 'loopback') {
    refuseStrangers(request);
    request.principal = operator;
    return;
  }
  // Where nothing is, whoever has credentials is told so.
  const access: Access = request.routeOptions.config?.access ?? 'EMPLOYEE';
  if (access === 'anyone') return;
  request.principal = await auth.credentials.check(request, bearer).catch((error) => {
    tellHowToCome(reply, error, bearer !== undefined);
    throw error;
  });
  if (!hasRole(request.principal.role, access)) throw roleTooLow(request.principal, access);
}

/** With mode loopback a bearer of anything else at /metrics is refused: it comes from afar. */
function isMetricsToken(
  request: FastifyRequest,
  bearer: string | undefined,
  { metricsToken, mode }: ApiAuth,
): boolean {
  if (request.routeOptions.url !== metricsUrl || metricsToken === null) return false;
  if (bearer === undefined) return false;
  if (isSame(bearer, metricsToken)) return true;
  if (mode === 'required') return false;
  throw new GatewayError('UNAUTHENTICATED', 'the bearer token is not the one of /metrics');
}

function refuseStrangers(request: FastifyRequest): void {
  const { headers, socket } = request.raw;
  const objection = loopbackObjection({
    method: request.method,
    peerAddress: socket.remoteAddress ?? 'unknown',
    localPort: socket.localPort ?? 0,
    headers,
    takesForms: request.routeOptions.url === formUrl,
  });
  if (objection === null) return;
  const { rule, detail } = objection;
  const message = `auth.mode loopback, rule ${rule}: ${detail}`;
  throw new GatewayError('FORBIDDEN', message, { mode: 'loopback', rule });
}

/** RFC 6750 §3, and RFC 9110 §10.2.3 for whoever has to wait. */
function tellHowToCome(reply: FastifyReply, error: unknown, hadCredentials: boolean): void {
  if (!(error instanceof GatewayError)) return;
  const { code, details } = error;
  if (code === 'UNAUTHENTICATED') {
    const why = hadCredentials ? ', error="invalid_token"' : '';
    reply.header('www-authenticate', `Bearer realm="offhook"${why}`);
  }
  if (code === 'RATE_LIMITED') reply.header('retry-after', details['retryAfterS']);
}

function roleTooLow({ role }: Principal, minRole: Access): GatewayError {
  const message = `this needs role ${minRole}, and yours is ${role}`;
  return new GatewayError('ROLE_TOO_LOW', message, { minRole, role });
}

/** Takes the same time wherever the two differ. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
