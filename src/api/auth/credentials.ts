import type { FastifyRequest } from 'fastify';
import type { Log, Metrics } from '../../observe/observe.ts';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Audit } from './audit.ts';
import { FailedAttempts } from './failed-attempts.ts';
import type { Issuers } from './issuers.ts';
import type { Principal } from './principal.ts';
import { refused } from './refusal.ts';

/**
 * Wrong credentials that are written down in a minute, of all addresses together: 3 MB of rows a
 * day while somebody tries all day. The others are in the metric alone.
 */
const auditedPerMinuteMax = 10;
const minuteMs = 60_000;

export interface CredentialsParts {
  readonly keys: Pick<ApiKeys, 'check'>;
  /** `null`: no issuer is configured. */
  readonly issuers: Issuers | null;
  readonly audit: Pick<Audit, 'note'>;
  readonly failuresPerMinuteMax: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Finds out who is behind a request by what stands in `Authorization: Bearer …`. */
export class Credentials {
  readonly #parts: CredentialsParts;
  readonly #failures: FailedAttempts;
  #audited = { endsMs: 0, count: 0 };

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
    this.#failures = new FailedAttempts(parts.failuresPerMinuteMax, parts);
  }

  /**
   * Throws `UNAUTHENTICATED` for credentials that are not right, `RATE_LIMITED` for an address that
   * had too many of them, and `STORE_UNAVAILABLE` or `ISSUER_UNREACHABLE` when nobody can say.
   */
  async check(request: FastifyRequest, bearer: string | undefined): Promise<Principal> {
    const { metrics } = this.#parts;
    if (bearer === undefined) {
      metrics.count('offhook_credentials_refused_total', { reason: 'missing' });
      throw refused(
        'missing',
        'credentials are needed: Authorization: Bearer, then a key or token',
      );
    }
    const address = request.clientAddress;
    const waitS = this.#failures.waitS(address);
    if (waitS > 0) {
      const message = `too many wrong credentials from ${address}: wait for ${waitS} s`;
      throw new GatewayError('RATE_LIMITED', message, { retryAfterS: waitS });
    }
    try {
      return await this.#principalOf(bearer);
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'UNAUTHENTICATED') {
        this.#failures.note(address);
        this.#note(request, String(error.details['reason']));
      }
      throw error;
    }
  }

  #principalOf(bearer: string): Promise<Principal> {
    const { issuers, keys } = this.#parts;
    if (issuers === null || bearer.startsWith('ofk_')) return keys.check(bearer);
    return issuers.check(bearer);
  }

  #note(request: FastifyRequest, reason: string): void {
    const { audit, clock, metrics } = this.#parts;
    metrics.count('offhook_credentials_refused_total', { reason });
    const nowMs = clock.monotonicMs();
    if (nowMs >= this.#audited.endsMs) this.#audited = { endsMs: nowMs + minuteMs, count: 0 };
    if (this.#audited.count >= auditedPerMinuteMax) return;
    this.#audited.count += 1;
    audit.note(request, { action: 'credentials', target: reason, outcome: 'refused' });
  }
}
