/**
 * Every error that Offhook can name: what an HTTP caller gets for it and whether trying again can
 * help. Callers branch on the code, never on the message.
 */
export const ERRORS = {
  // What somebody sent.
  WIRE_MALFORMED: { httpStatus: 400, retryable: false },
  REQUEST_INVALID: { httpStatus: 400, retryable: false },
  REQUEST_TOO_LARGE: { httpStatus: 413, retryable: false },
  REQUEST_MEDIA_TYPE: { httpStatus: 415, retryable: false },
  NOT_FOUND: { httpStatus: 404, retryable: false },
  METHOD_NOT_ALLOWED: { httpStatus: 405, retryable: false },
  CONFLICT: { httpStatus: 409, retryable: false },
  RATE_LIMITED: { httpStatus: 429, retryable: true },
  // Who may.
  UNAUTHENTICATED: { httpStatus: 401, retryable: false },
  FORBIDDEN: { httpStatus: 403, retryable: false },
  ROLE_TOO_LOW: { httpStatus: 403, retryable: false },
  TRUST_TOO_LOW: { httpStatus: 403, retryable: false },
  ISSUER_UNREACHABLE: { httpStatus: 503, retryable: true },
  // The operator's settings.
  CONFIG_INVALID: { httpStatus: 500, retryable: false },
  CONFIG_UNKNOWN_KEY: { httpStatus: 500, retryable: false },
  LISTEN_UNSAFE: { httpStatus: 500, retryable: false },
  LISTEN_FAILED: { httpStatus: 500, retryable: true },
  // Calls.
  CALLS_AT_LIMIT: { httpStatus: 503, retryable: true },
  LOOP_BUSY: { httpStatus: 503, retryable: true },
  DRAINING: { httpStatus: 503, retryable: true },
  CALL_NOT_REGISTERED: { httpStatus: 403, retryable: false },
  CALL_UNANSWERED: { httpStatus: 502, retryable: true },
  SESSION_BUSY: { httpStatus: 423, retryable: true },
  SESSION_ELSEWHERE: { httpStatus: 421, retryable: false },
  SESSIONS_AT_LIMIT: { httpStatus: 503, retryable: true },
  SESSIONS_OF_CALLER_AT_LIMIT: { httpStatus: 429, retryable: true },
  REALTIME_DISABLED: { httpStatus: 404, retryable: false },
  SESSION_ENDED: { httpStatus: 410, retryable: false },
  CALL_ALREADY_LIVE: { httpStatus: 409, retryable: false },
  AUDIO_RATE_UNSUPPORTED: { httpStatus: 400, retryable: false },
  // Providers.
  PROVIDER_UNKNOWN: { httpStatus: 400, retryable: false },
  PROVIDER_NOT_READY: { httpStatus: 503, retryable: true },
  PROVIDER_UNREACHABLE: { httpStatus: 502, retryable: true },
  PROVIDER_REFUSED: { httpStatus: 502, retryable: false },
  PROVIDER_QUOTA: { httpStatus: 502, retryable: false },
  PROVIDER_RATE_LIMITED: { httpStatus: 502, retryable: true },
  PROVIDER_PROTOCOL: { httpStatus: 502, retryable: false },
  PROVIDER_SESSION_EXPIRED: { httpStatus: 502, retryable: true },
  PROVIDER_TIMEOUT: { httpStatus: 504, retryable: true },
  PROVIDER_OVERFLOW: { httpStatus: 502, retryable: false },
  // The embedded speech engines.
  SPEECH_ENGINE_LOST: { httpStatus: 503, retryable: true },
  SPEECH_ENGINE_BUSY: { httpStatus: 503, retryable: true },
  SPEECH_ENGINE_FAILED: { httpStatus: 500, retryable: false },
  // Asterisk's REST Interface.
  ARI_UNREACHABLE: { httpStatus: 502, retryable: true },
  ARI_REFUSED: { httpStatus: 502, retryable: false },
  ARI_PROTOCOL: { httpStatus: 502, retryable: false },
  // Tools.
  TOOL_UNKNOWN: { httpStatus: 404, retryable: false },
  TOOL_ARGUMENTS_INVALID: { httpStatus: 400, retryable: false },
  TOOL_TIMEOUT: { httpStatus: 504, retryable: true },
  TOOL_FAILED: { httpStatus: 500, retryable: false },
  TOOL_ABORTED: { httpStatus: 499, retryable: false },
  TOOL_CAP_REACHED: { httpStatus: 429, retryable: false },
  TOOL_ADDRESS_REFUSED: { httpStatus: 403, retryable: false },
  MAIL_NOT_SENT: { httpStatus: 424, retryable: true },
  MAIL_OUTCOME_UNKNOWN: { httpStatus: 424, retryable: false },
  TOOL_OUTCOME_UNKNOWN: { httpStatus: 500, retryable: false },
  // Storage.
  STORE_UNAVAILABLE: { httpStatus: 503, retryable: true },
  STORE_TIMEOUT: { httpStatus: 504, retryable: true },
  STORE_OUTDATED: { httpStatus: 503, retryable: false },
  STORE_LOCKED: { httpStatus: 503, retryable: true },
  DISK_FULL: { httpStatus: 507, retryable: true },
  // Audio files.
  WAV_UNSUPPORTED: { httpStatus: 400, retryable: false },
  // Ours.
  INTERNAL: { httpStatus: 500, retryable: false },
} as const satisfies Record<string, { httpStatus: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** Plain facts about an error: numbers, limits, names. Never a secret, a digit or audio. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/** An expected failure of the network, a provider, a caller or a tool. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /** `message` states what happened, to what, with the number and the limit. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get httpStatus(): number {
    return ERRORS[this.code].httpStatus;
  }
}

/** What `thrown` says, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
