import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultConfig } from '../config/load.ts';
import { seed } from './seed.ts';
import { terminal } from './terminal.ts';

test('[A2] offhook seed demo fills the database, and empties it again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-seed-'));
  const lines: string[] = [];
  const out = { write: (text: string) => lines.push(text) };
  const person = terminal({ out, errors: out, env: { TERM: undefined, NO_COLOR: undefined } });
  const database = { ...defaultConfig().database, dir: directory };
  try {
    const counts = '34 menu items, 26 pairings, 25 tax rules, 25 accounts and 440 ledger entries';
    assert.equal(await seed({ database, isRemoval: false }, person), 0);
    assert.equal(lines.shift(), `Wrote ${counts}.\n`);
    assert.match(lines.shift() ?? '', /marked as demonstration data/);
    assert.equal(await seed({ database, isRemoval: true }, person), 0);
    assert.deepEqual(lines, [`Deleted ${counts}.\n`]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
