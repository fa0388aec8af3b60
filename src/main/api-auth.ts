import { ApiKeys } from '../api/auth/api-keys.ts';
import { Audit } from '../api/auth/audit.ts';
import { Credentials } from '../api/auth/credentials.ts';
import { openIssuers } from '../api/auth/issuers.ts';
import type { ApiAuth } from '../api/guard.ts';
import type { Config } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Database } from '../store/store.ts';

/** Who may use the API, and what is written down of it. */
export interface ApiAccess {
  readonly auth: ApiAuth;
  readonly keys: ApiKeys;
  readonly audit: Audit;
}

export async function apiAccess(
  { auth, metrics_token: metricsToken }: Config['api'],
  shared: {
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly database: Database;
  },
): Promise<ApiAccess> {
  const parts = { ...shared, log: shared.log.child('auth') };
  const [keys, audit] = [new ApiKeys(parts), new Audit(parts)];
  if (auth.mode === 'loopback') return { auth: { mode: 'loopback', metricsToken }, keys, audit };
  const hasIssuers = Object.keys(auth.issuers).length > 0;
  const credentials = new Credentials({
    ...parts,
    keys,
    audit,
    issuers: hasIssuers ? await openIssuers(auth.issuers, shared.clock) : null,
    failuresPerMinuteMax: auth.failures_per_minute_max,
  });
  return { auth: { mode: 'required', metricsToken, credentials }, keys, audit };
}
