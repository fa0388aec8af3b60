import type { Config } from '../config/schema.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What the commands are given: they are loaded when they are used. */
export interface StoreCommandParts {
  readonly person: Terminal;
  readonly configuration: (path?: string) => Promise<Config>;
  readonly end: (exitCode: ExitCode) => void;
  /** Lines of commands, as a person types them. */
  readonly example: (...lines: readonly string[]) => string;
}
