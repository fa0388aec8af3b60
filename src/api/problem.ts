import { hasZodFastifySchemaValidationErrors } from '@fastify/type-provider-zod';
import { z } from 'zod';
import { ERRORS, type ErrorCode, type ErrorDetails, GatewayError } from '../runtime/errors.ts';
import { nodeHttp } from '../runtime/node-http.ts';

/** An error as HTTP callers get it (RFC 9457). Branch on `code`. */
export const problem = z.object({
  type: z.string().describe('`urn:offhook:error:` and the code'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(ERRORS)),
  retryable: z.boolean().describe('whether the same request may succeed later'),
  requestId: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

export type Problem = z.output<typeof problem>;

export const problemType = 'application/problem+json';

/** More fields than this are not told of: whoever sent them guesses. */
const fieldsMax = 16;

/** The statuses by which fastify and its plugins refuse a request, as codes of ours. */
const codeOfStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [404, 'NOT_FOUND'],
  [405, 'METHOD_NOT_ALLOWED'],
  [413, 'REQUEST_TOO_LARGE'],
  [415, 'REQUEST_MEDIA_TYPE'],
  [429, 'RATE_LIMITED'],
]);

/**
 * What `thrown` is for the caller. An error that nobody expected tells nothing of itself: its
 * message is for the log.
 */
export function gatewayErrorOf(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const status = statusOf(thrown);
  if (thrown instanceof Error && status >= 400 && status < 500) {
    const code = codeOfStatus.get(status) ?? 'REQUEST_INVALID';
    return new GatewayError(code, thrown.message, fieldsOf(thrown), thrown);
  }
  return new GatewayError('INTERNAL', 'an error of the gateway; its log has it', {}, thrown);
}

export function problemOf(error: GatewayError, requestId: string): Problem {
  const { code, details, httpStatus, message, retryable } = error;
  return {
    type: `urn:offhook:error:${code}`,
    title: nodeHttp().STATUS_CODES[httpStatus] ?? 'Error',
    status: httpStatus,
    detail: message,
    code,
    retryable,
    requestId,
    details: { ...details },
  };
}

/** What is wrong with each field of a body, by its JSON pointer (RFC 6901). */
function fieldsOf(thrown: Error): ErrorDetails {
  if (!hasZodFastifySchemaValidationErrors(thrown)) return {};
  const wrong = thrown.validation.slice(0, fieldsMax);
  return Object.fromEntries(
    wrong.map(({ instancePath, message }) => [instancePath, message ?? '']),
  );
}

function statusOf(thrown: unknown): number {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return 500;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
}
