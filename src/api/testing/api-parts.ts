import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { CallRegistry } from '../../asterisk/call-registry.ts';
import { metricsRegistry } from '../../observe/metrics.ts';
import type { Log } from '../../observe/observe.ts';
import { addressRanges } from '../../runtime/address-ranges.ts';
import { seededRandom } from '../../runtime/random.ts';
import { noDatabase } from '../../store/no-database.ts';
import type { ApiParts } from '../app.ts';
import { ApiKeys } from '../auth/api-keys.ts';
import { Audit } from '../auth/audit.ts';
import type { GatewayView } from '../gateway-view.ts';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** An API of the loopback rule over a gateway that does nothing, for tests to change. */
export function apiParts(options: Partial<ApiParts> = {}) {
  const errors: unknown[] = [];
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (_message, fields) => errors.push(fields),
    child: () => log,
  };
  const clock = new VirtualClock();
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const calls = new CallRegistry({ clock, log, metrics, destinations: new Map() });
  const gateway: Mutable<GatewayView> = {
    state: () => 'serving',
    providers: [],
    journal: { isWritable: true },
    loop: { isBusy: false },
    sessions: () => [],
    calls,
    metrics,
  };
  const random = seededRandom(1);
  const database = noDatabase();
  const parts: ApiParts = {
    gateway,
    auth: { mode: 'loopback', metricsToken: 'metrics-token' },
    keys: new ApiKeys({ database, clock, log, random }),
    audit: new Audit({ database, clock, log, metrics }),
    log,
    random,
    version: '1.2.3',
    limits: { requestsPerMinuteMax: 5_000 },
    trustedProxies: addressRanges([]),
    ...options,
  };
  return { calls, clock, errors, gateway, metrics, parts };
}
