import type { CallAnnouncement } from '../asterisk/wire.ts';
import type { Provider } from '../providers/provider.ts';
import type { Journal } from '../store/store.ts';
import type { TransportKind } from '../transports/transport.ts';

/** `draining`: no new calls, those in progress go on. */
export type GatewayState = 'starting' | 'serving' | 'draining';

/** A session in progress, in short. */
export interface LiveSession {
  readonly sessionId: string;
  readonly callId: string;
  readonly transport: TransportKind;
  readonly provider: string;
  readonly persona: string;
  readonly organisationId: string;
  readonly startedAtEpochMs: number;
}

/** What the API can see and do of the gateway. */
export interface GatewayView {
  state(): GatewayState;
  /** The providers that calls may be sent to. */
  readonly providers: readonly Pick<Provider, 'name' | 'readiness'>[];
  readonly journal: Pick<Journal, 'isWritable'>;
  readonly loop: { readonly isBusy: boolean };
  sessions(): readonly LiveSession[];
  readonly calls: {
    /** Throws a `GatewayError` when the call cannot be expected. */
    announce(announcement: CallAnnouncement): void;
    /** `hangup`, `goto:CONTEXT,EXT,PRI` or `dial:KEY`. */
    next(callId: string): string;
  };
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/** Why the gateway should get no call now. */
export interface UnreadyReason {
  readonly reason: 'starting' | 'draining' | 'provider' | 'journal' | 'loop';
  readonly detail: string;
}

/** Every reason at once, so that an operator need not mend them one by one; empty when ready. */
export function unreadyReasons(gateway: GatewayView): readonly UnreadyReason[] {
  const reasons: UnreadyReason[] = [];
  const state = gateway.state();
  if (state !== 'serving') reasons.push({ reason: state, detail: `the gateway is ${state}` });
  for (const provider of gateway.providers) {
    const readiness = provider.readiness();
    if (readiness.isReady) continue;
    const { code } = readiness.error;
    reasons.push({ reason: 'provider', detail: `provider ${provider.name} is not ready: ${code}` });
  }
  if (!gateway.journal.isWritable) {
    reasons.push({ reason: 'journal', detail: 'the journal cannot be written' });
  }
  if (gateway.loop.isBusy) reasons.push({ reason: 'loop', detail: 'the event loop is late' });
  return reasons;
}
