import type { Metrics } from '../../observe/observe.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { GatewayError } from '../../runtime/errors.ts';
import type { Conversations } from './conversation.ts';

/** What stands behind `/ai`. */
export interface AiDoor {
  readonly isEnabled: boolean;
  readonly textCharsMax: number;
  /** Of one API key or user. */
  readonly requestsPerMinuteMax: number;
  readonly conversations: Conversations;
  /** Whom a caller gets who names nobody. */
  defaultPersona(): string;
  /** Why the default persona's provider could not answer now; `null`: it could. Never rejects. */
  refusal(): Promise<GatewayError | null>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}
