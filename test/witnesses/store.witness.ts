import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Client } from 'pg';
import { metricsRegistry } from '../../src/observe/metrics.ts';
import { silentLog } from '../../src/observe/testing/silent.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Engine } from '../../src/store/engine.ts';
import { printMigrations, shippedMigrations } from '../../src/store/migrations.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { openPostgres } from '../../src/store/postgres-engine.ts';
import type { Database } from '../../src/store/store.ts';
import { conformance, onConnection, prepare } from '../../src/store/testing/conformance.ts';
import { logins, type RealPostgres, serverPrograms, startPostgres } from './real-postgres.ts';

const clock = systemClock();
const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });

async function asSuperuser(server: RealPostgres, database: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server.url('postgres', database) });
  await client.connect();
  await client.query(sql);
  await client.end();
}

for (const [name, programs] of serverPrograms()) {
  suite(name, () => {
    let server: RealPostgres;
    let owner: Engine;
    let database: Database;
    const connect = (databaseName: string): Database => {
      const url = server.url('runner', databaseName);
      return openDatabase(
        { is: 'postgres', url, connectionsMax: 5 },
        { clock, log: silentLog, metrics },
      );
    };

    before(async () => {
      server = await startPostgres(programs);
      await asSuperuser(server, 'postgres', logins);
      await asSuperuser(server, 'postgres', 'create database one owner keeper');
      await asSuperuser(server, 'postgres', 'create database two owner keeper');
      const url = server.url('keeper', 'one');
      owner = await openPostgres({ url, connectionsMax: 1, migrations: null });
      await onConnection(owner, prepare);
      await onConnection(owner, (keeper) => keeper.run('grant offhook_gateway to runner'));
      database = connect('one');
    });
    after(async () => {
      await database.close();
      await owner.close();
      await server.stop();
    });

    conformance(name, () => ({ database, asOwner: (work) => onConnection(owner, work) }));

    test('[A6] a database that lacks migrations is refused, with what to do', async () => {
      const unmade = connect('two');
      const answer = unmade.transaction(async () => undefined);
      await assert.rejects(answer, /run `offhook migrate`/);
      await unmade.close();
    });

    test('[A6] the printed SQL makes the same database', async () => {
      const url = server.url('keeper', 'two');
      const keeper = await openPostgres({ url, connectionsMax: 1, migrations: null });
      await onConnection(keeper, (each) => each.run(printMigrations(shippedMigrations())));
      await keeper.close();
      const made = connect('two');
      const rows = await made.transaction((each) =>
        each.selectFrom('organisations').select('slug').execute(),
      );
      assert.deepEqual(rows, [{ slug: 'default' }]);
      await made.close();
    });

    test('a server that goes away and comes back is used again', async () => {
      const count = () =>
        database.transaction((rows) => rows.selectFrom('organisations').select('slug').execute());
      await count();
      await server.kill();
      await assert.rejects(count(), { code: 'STORE_UNAVAILABLE' });
      await server.start();
      for (;;) {
        const rows = await count().catch(() => null);
        if (rows !== null) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.deepEqual(database.state, { is: 'ready' });
    });
  });
}
