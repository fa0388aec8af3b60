import { GatewayError } from '../runtime/errors.ts';
import type { Database } from './store.ts';

/** `store: none`: calls are taken and kept in the journal, and tools that need rows say so. */
export function noDatabase(): Database {
  const reason = 'store is none in the configuration';
  return {
    isEmbedded: false,
    state: { is: 'away', reason },
    transaction: () =>
      Promise.reject(new GatewayError('STORE_UNAVAILABLE', `there is no database: ${reason}`)),
    close: async () => undefined,
  };
}
