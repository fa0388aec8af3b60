import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Only the gateway's own user reads what callers said. */
const directoryMode = 0o700;

/**
 * Makes a directory that is missing, for its owner alone, and sees that it can be written. Throws
 * what stands against it: of a disk that may only be read, Node's `mkdir` says that there is no
 * such file, and SQLite's lock that it cannot open one.
 */
export function makeDirectory(directory: string): void {
  accessSync(nearest(directory), constants.W_OK);
  mkdirSync(directory, { recursive: true, mode: directoryMode });
}

/** The directory, or the first above it that is there. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}
