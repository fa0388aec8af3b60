import { type ErrorCode, GatewayError } from '../runtime/errors.ts';
import { type Origin, type Path, placeOf } from './tree.ts';

/** Something in the configuration that stops the gateway, or that its operator should know. */
export interface Problem {
  readonly code: Extract<
    ErrorCode,
    'CONFIG_INVALID' | 'CONFIG_UNKNOWN_KEY' | 'LISTEN_UNSAFE' | 'PROVIDER_UNKNOWN'
  >;
  readonly origin: Origin;
  /** What is wrong and what cures it, with the key; never a secret. */
  readonly message: string;
}

/** A problem of several keys together; `path` is the one to point at. */
export interface Contradiction extends Pick<Problem, 'code' | 'message'> {
  readonly path: Path;
}

/** `config/ai-agent.yaml:12:3: …`, which editors and terminals know how to open. */
export function problemLine({ origin, message }: Pick<Problem, 'origin' | 'message'>): string {
  return origin.is === 'default' ? message : `${placeOf(origin)}: ${message}`;
}

/** All problems as the one error that stops the start. */
export function configError(problems: readonly Problem[]): GatewayError {
  const [first] = problems;
  const lines = problems.map(problemLine).join('\n');
  return new GatewayError(first?.code ?? 'CONFIG_INVALID', lines, { problems: problems.length });
}

/**
 * By file, line and column, as one goes through them to mend them; what is in no file comes last.
 */
export function inFileOrder<Item extends Pick<Problem, 'origin'>>(
  items: readonly Item[],
): readonly Item[] {
  return items.toSorted(({ origin: one }, { origin: other }) => {
    if (one.is !== 'file' || other.is !== 'file')
      return Number(other.is === 'file') - Number(one.is === 'file');
    const isSameFile = one.file === other.file;
    if (!isSameFile) return one.file < other.file ? -1 : 1;
    return one.line - other.line || one.column - other.column;
  });
}
