/**
 * `npm run witnesses [-- FILE…]`: installs the stock clients of others, unless that was done since
 * their lock file changed, and holds Offhook against them; then spoken calls are played, with the
 * machine to themselves.
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
const passes = (...given: readonly string[]) =>
  succeeds(process.execPath, ['scripts/run-tests.ts', ...given]);
const chosen = process.argv.slice(2);
const suites = chosen.length > 0 ? [['witnesses', ...chosen]] : [['witnesses'], ['dialogues']];
const failed = isReady ? suites.filter((suite) => !passes(...suite)) : suites;
process.exitCode = failed.length === 0 ? 0 : 1;
