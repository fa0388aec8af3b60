import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';

const root = join(import.meta.dirname, '..');
const launcher = readFileSync(join(root, 'bin/offhook.js'), 'utf8');

/** What the launcher does under a Node that calls itself `version`; it is run as a plain script. */
function launchUnder(version: string): { said: string[]; exitCode: number; wasLoaded: boolean } {
  const said: string[] = [];
  const process = { versions: { node: version }, exitCode: 0 };
  let wasLoaded = false;
  /** Stands where the launcher makes its `import()` out of a string. */
  function MadeImport(): () => Promise<{ start: () => void }> {
    wasLoaded = true;
    return async () => ({ start: () => undefined });
  }
  const world = { process, console: { error: (line: string) => said.push(line) } };
  vm.runInNewContext(launcher, { ...world, Function: MadeImport });
  return { said, exitCode: process.exitCode, wasLoaded };
}

test('[O1] a Node that is too old is told so before anything is loaded', () => {
  for (const version of ['4.9.1', '20.20.2', '22.17.1']) {
    const { said, exitCode, wasLoaded } = launchUnder(version);
    assert.deepEqual(said, [`offhook needs Node >= 22.18, this is ${version}`]);
    assert.equal(exitCode, 1);
    assert.equal(wasLoaded, false);
  }
});

test('a Node that is new enough loads the program', () => {
  for (const version of ['22.18.0', '24.21.0', '30.0.0']) {
    const { said, exitCode, wasLoaded } = launchUnder(version);
    assert.deepEqual(said, []);
    assert.equal(exitCode, 0);
    assert.equal(wasLoaded, true);
  }
});

test('the launcher asks for the Node that package.json declares', () => {
  const manifest: { engines: { node: string } } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const declared = manifest.engines.node.replace('>=', '>= ');
  assert.ok(launchUnder('1.0.0').said[0]?.includes(`Node ${declared},`));
});

test('what Node compiled is kept among the caches, and a start does without', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-launcher-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const noFolder = join(folder, 'file');
  writeFileSync(noFolder, '');
  for (const XDG_CACHE_HOME of [folder, noFolder]) {
    const { status, stderr } = spawnSync(process.execPath, ['bin/offhook.js', '--help'], {
      cwd: root,
      env: { XDG_CACHE_HOME },
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
  }
  assert.ok(readdirSync(join(folder, 'offhook'), { recursive: true }).length > 1);
});
