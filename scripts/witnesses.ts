/**
 * `npm run witnesses [-- FILE…]`: installs the stock clients of others, if they are not there as
 * their lock file says, and holds Offhook against them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test', 'witnesses');

function succeeds(command: string, given: readonly string[]): boolean {
  return spawnSync(command, given, { cwd: root, stdio: 'inherit' }).status === 0;
}

/** npm leaves a copy of the lock file's packages in `node_modules` once it has installed them. */
function isInstalled(): boolean {
  const left = join(folder, 'node_modules', '.package-lock.json');
  return existsSync(left) && packagesIn(left) === packagesIn(join(folder, 'package-lock.json'));
}

function packagesIn(path: string): string {
  const lock: { packages: Record<string, { version?: string; optional?: boolean }> } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  // Optional packages are for other machines; '' is the folder itself, which only the source has.
  const wanted = Object.entries(lock.packages).filter(([at, { optional }]) => at && !optional);
  return wanted.map(([at, { version }]) => `${at}@${version}`).join('\n');
}

function main(chosen: readonly string[]): void {
  const isReady = isInstalled() || succeeds('npm', ['ci', '--prefix', folder]);
  const runner = ['scripts/run-tests.ts', 'witnesses', ...chosen];
  const hasAny = globSync('*.witness.ts', { cwd: folder }).length > 0;
  if (!hasAny) console.error('no witness in test/witnesses');
  process.exitCode = isReady && hasAny && succeeds(process.execPath, runner) ? 0 : 1;
}

main(process.argv.slice(2));
