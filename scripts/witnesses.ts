/**
 * `npm run witnesses [-- FILE…]`: installs the stock clients of others, unless that was done since
 * their lock file changed, and holds Offhook against them.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test', 'witnesses');

function succeeds(command: string, given: readonly string[]): boolean {
  return spawnSync(command, given, { cwd: root, stdio: 'inherit' }).status === 0;
}

/** When a file of the folder was written; never, if it is not there. */
function writtenMs(name: string): number {
  return statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// npm writes its own copy of the lock file last, once everything is installed.
const isInstalled = writtenMs('node_modules/.package-lock.json') > writtenMs('package-lock.json');
const isReady = isInstalled || succeeds('npm', ['ci', '--prefix', folder]);
const runner = ['scripts/run-tests.ts', 'witnesses', ...process.argv.slice(2)];
process.exitCode = isReady && succeeds(process.execPath, runner) ? 0 : 1;
