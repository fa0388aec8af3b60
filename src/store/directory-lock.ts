import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../runtime/errors.ts';

export interface DirectoryLock {
  release(): void;
}

/** SQLITE_BUSY: somebody else holds the lock. */
const busyCode = 5;

/**
 * Keeps other processes from writing in `directory`; throws `STORE_LOCKED` when one does already,
 * which names `what` it writes there, as in `the journal`.
 *
 * The lock is an exclusive transaction on an empty SQLite database in the file `lock`. SQLite takes
 * a lock of the operating system on it, so a process that dies, however it dies, gives it up at
 * once, and another container on the same disk sees it. A file that holds a process id does
 * neither: every container's first process is number 1.
 */
export function lockDirectory(directory: string, what: string): DirectoryLock {
  const database = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
  try {
    // Without a rollback journal beside it: nothing is ever written.
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === busyCode;
    if (!isBusy) throw error;
    const message = `another process writes ${what} in ${directory}`;
    throw new GatewayError('STORE_LOCKED', message, { directory }, error);
  }
  return { release: () => database.close() };
}
