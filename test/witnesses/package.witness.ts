import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { ProcessLog } from '../process-log.ts';

const root = join(import.meta.dirname, '..', '..');
const packed = z.array(
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);

function command(program: string, given: readonly string[], cwd: string): string {
  return execFileSync(program, given, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Packs a clone, so that no `dist/` is left in this one for the launcher to find. */
function pack(folder: string) {
  const clone = join(folder, 'clone');
  command('git', ['clone', '--quiet', '--depth=1', `file://${root}`, clone], folder);
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  command(process.execPath, [join(clone, 'scripts', 'build.ts')], clone);
  const given = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [found] = packed.parse(JSON.parse(command('npm', given, clone)));
  assert.ok(found);
  return { tarball: join(folder, found.filename), paths: found.files.map(({ path }) => path) };
}

test('[O1] what is published serves from an empty folder, and brings no tests', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-package-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { tarball, paths } = pack(folder);
  const forUs = /\.test\.|\.witness\.|(^|\/)(testing|fixtures|bench|sim|test|scripts|src)\//;
  assert.deepEqual(
    paths.filter((path) => forUs.test(path)),
    [],
  );

  const home = join(folder, 'home');
  mkdirSync(join(home, 'config'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private": true}');
  writeFileSync(
    join(home, 'config', 'ai-agent.yaml'),
    'api: {port: 0}\naudiosocket: {port: 0}\nstore: none\n',
  );
  command('npm', ['install', '--no-audit', '--no-fund', tarball], home);
  const offhook = join(home, 'node_modules', 'offhook', 'bin', 'offhook.js');
  const gateway = spawn(process.execPath, [offhook, 'serve'], { cwd: home, stdio: 'pipe' });
  t.after(() => gateway.kill('SIGKILL'));
  const exited = once(gateway, 'exit');
  const log = new ProcessLog();
  gateway.stdout.on('data', (bytes: Buffer) => log.push(bytes));
  gateway.stdout.on('end', () => log.end());
  const { api } = await log.line('Offhook serves');
  const answer = await fetch(`${api}/healthz`);
  assert.equal(answer.status, 200);
  gateway.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});
