import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { metricsRegistry } from '../observe/metrics.ts';
import { silentLog } from '../observe/testing/silent.ts';
import { systemClock } from '../runtime/clock.ts';
import { BackgroundDatabase } from './background-database.ts';
import { archiveVersion } from './cluster-archive.ts';
import type { Engine } from './engine.ts';
import { openPglite } from './pglite-engine.ts';
import { conformance, onConnection, prepare } from './testing/conformance.ts';

const clock = systemClock();
const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });

let directory = '';
let engine: Engine;
let database: BackgroundDatabase;

const open = async (): Promise<Engine> => {
  engine = await openPglite({ directory: join(directory, 'store'), migrations: null, clock });
  await onConnection(engine, prepare);
  return engine;
};

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'offhook-store-'));
  database = new BackgroundDatabase({ open, isEmbedded: true, clock, log: silentLog, metrics });
  await database.transaction(async () => undefined, { limitMs: 30_000 });
});
after(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

conformance('embedded', () => ({ database, asOwner: (work) => onConnection(engine, work) }));

test('a second process is refused the directory', async () => {
  await assert.rejects(
    openPglite({ directory: join(directory, 'store'), migrations: null, clock }),
    {
      code: 'STORE_LOCKED',
    },
  );
});

test('what was committed is there after the process was killed', async () => {
  await database.transaction((rows) =>
    rows
      .insertInto('menu_items')
      .values({
        venue: 'Valletta',
        name: 'Lampuki',
        description: '',
        price_minor: 1,
        currency: 'EUR',
      })
      .execute(),
  );
  const held = await engine.acquire();
  held.destroy('killed by a test');
  await engine.ended;
  const left = await database.transaction((rows) =>
    rows.selectFrom('menu_items').select('name').where('venue', '=', 'Valletta').execute(),
  );
  assert.deepEqual(left, [{ name: 'Lampuki' }]);
});

test('the cluster that is shipped was made by the PGlite that is installed', () => {
  const manifest = readFileSync('node_modules/@electric-sql/pglite/package.json', 'utf8');
  const { version }: { version: string } = JSON.parse(manifest);
  assert.equal(version, archiveVersion);
});

test('a child whose parent goes while it opens ends by itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-store-'));
  const program = join(import.meta.dirname, 'pglite.child.ts');
  const child = fork(program, [folder], { execArgv: ['--liftoff-only'], stdio: 'ignore' });
  await once(child, 'spawn');
  child.disconnect();
  const [exitCode] = await once(child, 'exit');
  assert.equal(exitCode, 0);
  await rm(folder, { recursive: true });
});
