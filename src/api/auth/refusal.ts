import { GatewayError } from '../../runtime/errors.ts';

/** Why credentials are refused; also the label `reason` of the metric. */
export type RefusalReason =
  | 'missing'
  | 'key'
  | 'revoked'
  | 'expired'
  | 'token'
  | 'issuer'
  | 'signature'
  | 'claims';

/** `UNAUTHENTICATED`. The message is for whoever sent the credentials, and holds none of them. */
export function refused(reason: RefusalReason, message: string, cause?: unknown): GatewayError {
  return new GatewayError('UNAUTHENTICATED', message, { reason }, cause);
}
