import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

/** Runs a script that compares what is checked in with what it would make, and gives its words. */
function compare(script: string): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${script}`], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
}

test('[V7] the kernel that is checked in is what its source compiles to', () => {
  const { status, said } = compare('build-kernel.ts');
  assert.equal(status, 0, said);
});

test('[B2] the schema that judges our events is what the published types make', () => {
  const { status, said } = compare('build-realtime-schema.ts');
  assert.equal(status, 0, said);
});
