import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { metricsRegistry } from '../../src/observe/metrics.ts';
import { silentLog } from '../../src/observe/testing/silent.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Engine } from '../../src/store/engine.ts';
import { databaseCopy } from '../../src/store/journal-copy.ts';
import { applyMigrations, shippedMigrations } from '../../src/store/migrations.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { openPostgres } from '../../src/store/postgres-engine.ts';
import { recordedEntries } from '../../src/store/session-records.ts';
import type { Database } from '../../src/store/store.ts';
import { conformance, onConnection, prepare } from '../../src/store/testing/conformance.ts';
import { entriesOf } from '../../src/store/testing/entries-of.ts';
import { poolerProgram, poolSize, type RealPooler, startPooler } from './real-pooler.ts';
import { logins, type RealPostgres, serverPrograms, startPostgres } from './real-postgres.ts';

const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
const [program, programs] = [poolerProgram(), [...serverPrograms().values()].at(-1)];
const skip = program === null || programs === undefined ? 'pgbouncer is not installed' : false;

async function asked(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows?.[0];
}

/** What would outlive a transaction on a connection to the server. */
const leftovers = `select current_user, current_setting('search_path') as search_path,
  coalesce(current_setting('offhook.organisation_id', true), '') as organisation_id,
  current_setting('statement_timeout') as statement_timeout,
  (select count(*)::int from pg_prepared_statements) as prepared,
  (select count(*)::int from pg_listening_channels()) as listening,
  (select count(*)::int from pg_locks where locktype = 'advisory') as locks,
  (select count(*)::int from pg_class where relpersistence = 't') as temporary`;

suite('pgbouncer in transaction mode', { skip }, () => {
  let server: RealPostgres;
  let pooler: RealPooler;
  let owner: Engine;
  let database: Database;

  before(async () => {
    server = await startPostgres(programs ?? '');
    await asked(server.url('postgres', 'postgres'), logins);
    await asked(server.url('postgres', 'postgres'), 'create database one owner keeper');
    const users = ['postgres', 'keeper', 'runner'];
    pooler = await startPooler(program ?? '', server.url('postgres', 'postgres'), users);
    const url = pooler.url('keeper', 'one');
    owner = await openPostgres({ url, connectionsMax: 1, migrations: null });
    await onConnection(owner, prepare);
    await onConnection(owner, (keeper) => keeper.run('grant offhook_gateway to runner'));
    database = openDatabase(
      { is: 'postgres', url: pooler.url('runner', 'one'), connectionsMax: 20 },
      { clock: systemClock(), log: silentLog, metrics },
    );
  });
  after(async () => {
    await database.close();
    await owner.close();
    await pooler.stop();
    await server.stop();
  });

  conformance('pgbouncer', () => ({ database, asOwner: (work) => onConnection(owner, work) }));

  test('[A6] two that migrate at once through the pooler wait for each other', async () => {
    const url = pooler.url('keeper', 'one');
    const second = await openPostgres({ url, connectionsMax: 1, migrations: null });
    const both = [owner, second].map((engine) =>
      onConnection(engine, (keeper) => applyMigrations(keeper, shippedMigrations())),
    );
    assert.deepEqual(await Promise.all(both), [[], []]);
    await second.close();
  });

  test('[A6] nothing outlives a transaction on a connection that others get after it', async () => {
    const busy = Array.from({ length: 20 }, () =>
      database.transaction((rows) => rows.selectFrom('organisations').selectAll().execute()),
    );
    await Promise.all(busy);
    const fresh = await asked(server.url('runner', 'one'), leftovers);
    for (let each = 0; each < 2 * poolSize; each += 1) {
      assert.deepEqual(await asked(pooler.url('runner', 'one'), leftovers), fresh);
    }
  });

  test('the journals of two gateways are copied beside each other', async () => {
    const entry = (sessionId: string, sequence: number) => {
      const at = { sessionId, sequence, atMs: sequence, atEpochMs: sequence };
      return JSON.stringify({ ...at, type: 'prompt', name: 'hold' });
    };
    const copied = ['a', 'b'].map(async (name, at) => {
      const journalId = `11111111-1111-4111-8111-11111111111${at}`;
      const copy = databaseCopy(database, { journalId, openaiRequests: null });
      for (let batch = 0; batch < 20; batch += 1) {
        const lines = Array.from({ length: 50 }, (_, each) => entry(name, batch * 50 + each));
        await copy.add(entriesOf(lines), { segment: 1, bytes: batch });
      }
      assert.deepEqual(await copy.position(), { segment: 1, bytes: 19 });
      const sequences = (await recordedEntries(database, name)).map(({ sequence }) => sequence);
      assert.deepEqual(sequences, [...Array(1_000).keys()]);
    });
    await Promise.all(copied);
  });

  test('a pooler that is started anew is used again', async () => {
    const count = () =>
      database.transaction((rows) => rows.selectFrom('organisations').select('slug').execute());
    await count();
    await pooler.restart();
    for (let attempt = 0; (await count().catch(() => null)) === null; attempt += 1) {
      assert.ok(attempt < 50, 'it is used again within seconds');
      await wait(100);
    }
    assert.deepEqual(database.state, { is: 'ready' });
  });
});
