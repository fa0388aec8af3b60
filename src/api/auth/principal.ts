import type { FastifyRequest } from 'fastify';
import { assert } from '../../runtime/assert.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Role } from '../../runtime/role.ts';
import type { Trust } from '../../runtime/trust.ts';
import { defaultOrganisationId } from '../../store/store.ts';

/** Who stands behind a request, whichever way they proved it. */
export interface Principal {
  /** `operator`: a program on the gateway's own machine, by `api.auth.mode: loopback`. */
  readonly kind: 'operator' | 'key' | 'user';
  /** The id of the key, or what the issuer of the token calls its user. */
  readonly id: string;
  /** A UUID in lower case: whose rows may be seen and written. */
  readonly organisationId: string;
  readonly role: Role;
  /** A call that begins by this request begins with it. */
  readonly trust: Trust;
}

/** `anyone`: without credentials, where credentials are required of others. */
export type Access = 'anyone' | Role;

declare module 'fastify' {
  interface FastifyRequest {
    /** `null` where `access` is `anyone`, and for a bearer of the token of /metrics. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** The least role that a route asks for. Every route declares it. */
    access?: Access;
  }
}

/** Whoever sits at the machine may do everything, for every organisation. */
export const operator: Principal = {
  kind: 'operator',
  id: 'operator',
  organisationId: defaultOrganisationId,
  role: 'SYSTEM_ADMIN',
  trust: 'verified',
};

/** Who asks, on a route whose access is a role. */
export function principalOf({ principal }: FastifyRequest): Principal {
  assert(principal !== null, 'a route for a role is not reached without a principal');
  return principal;
}

/**
 * The organisation to work for: that of the principal unless the operator `asked` for another.
 * Throws `FORBIDDEN` when somebody else did.
 */
export function organisationFor(principal: Principal, asked: string | undefined): string {
  const own = principal.organisationId;
  if (asked === undefined || asked === own || principal.kind === 'operator') return asked ?? own;
  const message = `organisation ${asked} is not yours, which is ${own}`;
  throw new GatewayError('FORBIDDEN', message, { organisationId: asked });
}
