import { z } from 'zod';
import { type ErrorCode, type ErrorDetails, GatewayError } from '../../runtime/errors.ts';
import type { SocketClose } from '../../runtime/message-socket.ts';

/** What an error does to a link: nothing worth telling, a warning, or its end. */
export type ErrorEffect = 'ignore' | 'warn' | 'end';

interface Verdict {
  readonly effect: ErrorEffect;
  readonly code: ErrorCode;
}

const ignore: Verdict = { effect: 'ignore', code: 'PROVIDER_PROTOCOL' };
const warn = (code: ErrorCode): Verdict => ({ effect: 'warn', code });
const end = (code: ErrorCode): Verdict => ({ effect: 'end', code });

/**
 * The vendor's error codes that we know. A code whose own code here is retryable (see `ERRORS`)
 * lets the session try another link; the others would fail again.
 */
const verdicts: Readonly<Record<string, Verdict>> = {
  // Races between the caller, the server's turn detection and us. Both sides end up agreeing.
  response_cancel_not_active: ignore,
  item_truncate_invalid_item_id: ignore,
  input_audio_buffer_commit_empty: ignore,
  conversation_already_has_active_response: warn('PROVIDER_PROTOCOL'),
  invalid_tool_call_id: warn('PROVIDER_PROTOCOL'),
  // It may pass.
  server_error: warn('PROVIDER_UNREACHABLE'),
  rate_limit_exceeded: warn('PROVIDER_RATE_LIMITED'),
  session_expired: end('PROVIDER_SESSION_EXPIRED'),
  // It will not pass.
  invalid_api_key: end('PROVIDER_REFUSED'),
  account_deactivated: end('PROVIDER_REFUSED'),
  model_not_found: end('PROVIDER_REFUSED'),
  insufficient_quota: end('PROVIDER_QUOTA'),
  billing_hard_limit_reached: end('PROVIDER_QUOTA'),
  beta_api_shape_disabled: end('PROVIDER_PROTOCOL'),
};

/** An error as the vendor words it, in an event, a response or the body of a refusal. */
export interface VendorError {
  readonly type?: string | null | undefined;
  readonly code?: string | null | undefined;
  readonly message?: string | null | undefined;
}

/**
 * What a vendor's error means: its code decides, then its type, else it is a fault of our message.
 */
export function verdictOn(error: VendorError): Verdict {
  for (const key of [error.code, error.type]) {
    if (typeof key === 'string' && Object.hasOwn(verdicts, key)) return verdicts[key] ?? ignore;
  }
  return warn('PROVIDER_PROTOCOL');
}

/** So much of a vendor's message is kept. */
const wordsMax = 400;

function wordsOf(error: VendorError | null): string {
  return error?.message?.slice(0, wordsMax) ?? 'no message';
}

/** The error as ours, with the vendor's code and words. */
export function vendorError(error: VendorError): GatewayError {
  const vendorCode = error.code ?? error.type ?? null;
  return new GatewayError(
    verdictOn(error).code,
    `the provider reports ${vendorCode ?? 'an error'}: ${wordsOf(error)}`,
    { vendorCode },
  );
}

/** A link that stopped working without a word from the far end: another one may work. */
export function lostLink(what: string, details: ErrorDetails): GatewayError {
  return new GatewayError('PROVIDER_UNREACHABLE', what, details);
}

/** RFC 6455 §7.4.1 and the registry behind it; 4000 is how a beta session is turned away. */
const closeCodes: Readonly<Record<number, ErrorCode>> = {
  1002: 'PROVIDER_PROTOCOL',
  1003: 'PROVIDER_PROTOCOL',
  1007: 'PROVIDER_PROTOCOL',
  1008: 'PROVIDER_REFUSED',
  1009: 'PROVIDER_PROTOCOL',
  1010: 'PROVIDER_PROTOCOL',
  3000: 'PROVIDER_REFUSED',
  4000: 'PROVIDER_PROTOCOL',
};

const refusalBody = z.object({
  error: z.object({
    type: z.string().nullable().exactOptional(),
    code: z.string().nullable().exactOptional(),
    message: z.string().nullable().exactOptional(),
  }),
});

/** Why a socket that we did not close has closed. */
export function closeError(close: SocketClose): GatewayError {
  if (close.httpStatus !== undefined) return refusalError(close.httpStatus, close.httpBody ?? '');
  const code = closeCodes[close.code] ?? 'PROVIDER_UNREACHABLE';
  const words = close.reason === '' ? (close.error?.message ?? 'no reason given') : close.reason;
  return new GatewayError(
    code,
    `the provider closed the link with code ${close.code}: ${words}`,
    { closeCode: close.code },
    close.error,
  );
}

function statusCode(httpStatus: number): ErrorCode {
  if (httpStatus === 429) return 'PROVIDER_RATE_LIMITED';
  return httpStatus >= 500 ? 'PROVIDER_UNREACHABLE' : 'PROVIDER_REFUSED';
}

/** An upgrade that was answered with an ordinary response: a known code in its body says more. */
function refusalError(httpStatus: number, body: string): GatewayError {
  const error = errorIn(body);
  const isKnown = typeof error?.code === 'string' && Object.hasOwn(verdicts, error.code);
  const code = isKnown && error !== null ? verdictOn(error).code : statusCode(httpStatus);
  return new GatewayError(
    code,
    `the provider refused the link with HTTP ${httpStatus}: ${wordsOf(error)}`,
    { httpStatus, vendorCode: error?.code ?? null },
  );
}

function errorIn(body: string): VendorError | null {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return null;
  }
  const parsed = refusalBody.safeParse(raw);
  return parsed.success ? parsed.data.error : null;
}
