import { GatewayError, messageOf } from '../runtime/errors.ts';

export interface SqlResult {
  readonly rows: readonly Record<string, unknown>[];
  /** Rows that were written, where the statement writes any. */
  readonly affectedCount: number;
}

/** One connection, held by one user at a time until `release` or `destroy`. */
export interface Connection {
  /**
   * Runs one statement with parameters, or several without. Bytes are text in UTF-8, for a place
   * that takes `text`. Rejects with the database's error, which bears its SQLSTATE as `code`, or
   * with `STORE_UNAVAILABLE` when the way to the database is lost.
   */
  run(sql: string, parameters?: readonly unknown[]): Promise<SqlResult>;
  release(): void;
  /** For a connection in an unknown state. What it ran is ended, if that is in its power. */
  destroy(reason: string): void;
}

/** A database that is open. */
export interface Engine {
  acquire(): Promise<Connection>;
  /** Settles, with why, when it is of no more use. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/**
 * Classes of SQLSTATE that speak of the way to the database and not of the statement: connection
 * exceptions, resources, operator intervention (shutdown, restart).
 */
const unavailableShape = /^(?:08|53|57P)/;
/** The statement ran into `statement_timeout`. */
export const queryCanceled = '57014';

/** The SQLSTATE of an error of the database; `undefined` for every other thing that was thrown. */
export function sqlStateOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error && 'code' in thrown)) return undefined;
  return typeof thrown.code === 'string' && /^[0-9A-Z]{5}$/.test(thrown.code)
    ? thrown.code
    : undefined;
}

/** The error of a statement as it is, or that the database cannot be reached. */
export function connectionError(thrown: unknown): Error {
  if (thrown instanceof GatewayError) return thrown;
  const state = sqlStateOf(thrown);
  if (thrown instanceof Error && state !== undefined && !unavailableShape.test(state)) {
    return thrown;
  }
  return unavailable(`the database does not answer: ${messageOf(thrown)}`, thrown);
}

export function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('STORE_UNAVAILABLE', message, {}, cause);
}
