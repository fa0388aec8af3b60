/** Whole gateways whose database goes, hangs and comes back, and whose disk takes nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { EmulatorScriptSource } from '../../src/realtime-server/script.ts';
import { openPostgres } from '../../src/store/postgres-engine.ts';
import { collectEntries, everyEntry } from '../../src/store/read-entries.ts';
import { segmentReader } from '../../src/store/segment-files.ts';
import { onConnection, prepare } from '../../src/store/testing/conformance.ts';
import { type GatewayProcess, spawnGateway, startGateway } from '../gateway-process.ts';
import { logins, type RealPostgres, serverPrograms, startPostgres } from './real-postgres.ts';

const limits = { timeout: 60_000 };
const [programs = ''] = serverPrograms().values();

/** An agent that looks something up over and over: eight times, which is all that a turn may. */
const lookingUp = (everyMs: number): EmulatorScriptSource => ({
  firstDeltaMs: 20,
  speed: 1,
  replies: [
    {
      say: 'I look again.',
      sound: { kind: 'ramp', ms: everyMs },
      calls: [{ name: 'lookup_menu', arguments: { query: 'tilapia', venue: 'Kigali' } }],
    },
  ],
});

async function asSuperuser(server: RealPostgres, name: string, sql: string): Promise<Client> {
  const client = new Client({ connectionString: server.url('postgres', name) });
  // A server that is killed under it is what is tried here.
  client.on('error', () => undefined);
  await client.connect();
  await client.query(sql);
  return client;
}

/** Settles when `isTrue`; gives up after half a minute. */
async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await isTrue()); attempt += 1) {
    assert.ok(attempt < 150, `${what} within 30 s`);
    await wait(200);
  }
}

/** A call that the caller ends, after so long. */
async function callFor(gateway: GatewayProcess, ms: number): Promise<void> {
  const { end } = await gateway.call({ holdMs: ms, callMsMax: ms });
  assert.equal(end, 'time-limit');
}

async function toolCodes(gateway: GatewayProcess): Promise<readonly (string | null)[]> {
  const entries = await gateway.journal();
  const results = entries.filter((entry) => entry.type === 'tool-result');
  return results.filter(({ outcome }) => outcome !== 'refused').map(({ code }) => code);
}

/** Every entry of the files, once each and in order, is in the database. */
async function assertCopied(gateway: GatewayProcess, server: RealPostgres): Promise<void> {
  const owner = await asSuperuser(server, 'one', 'set search_path = offhook');
  const copied = async () => {
    const { rows } = await owner.query(
      'select entry from journal_entries order by session_id, sequence',
    );
    return rows.map(({ entry }) => entry);
  };
  // The caller hears the end of a call before it is written.
  await until('the calls have ended', async () => {
    const types = (await gateway.journal()).map(({ type }) => type);
    const countOf = (wanted: string) => types.filter((type) => type === wanted).length;
    return countOf('session-end') === countOf('session-start');
  });
  const written = [...(await gateway.journal())].sort(
    (left, right) =>
      left.sessionId.localeCompare(right.sessionId) || left.sequence - right.sequence,
  );
  const ids = new Set(written.map(({ sessionId }) => sessionId));
  const ofGateway = async () => (await copied()).filter(({ sessionId }) => ids.has(sessionId));
  await until('all is copied', async () => (await ofGateway()).length >= written.length);
  assert.deepEqual(await ofGateway(), written);
  await owner.end();
}

suite('a gateway over a database that fails', () => {
  let server: RealPostgres;
  const start = (t: TestContext): Promise<GatewayProcess> =>
    startGateway(t, {
      config: {
        store: 'auto',
        database: { url: server.url('runner', 'one') },
        personas: {
          assistant: { instructions: 'Help.', greeting: 'Hello.', tools: ['lookup_menu'] },
        },
      },
      // Time enough for a server to be started on a machine with much to do.
      script: lookingUp(2_000),
    });

  before(async () => {
    server = await startPostgres(programs);
    await (await asSuperuser(server, 'postgres', logins)).end();
    await (await asSuperuser(server, 'postgres', 'create database one owner keeper')).end();
    const url = server.url('keeper', 'one');
    const owner = await openPostgres({ url, connectionsMax: 1, migrations: null });
    await onConnection(owner, prepare);
    await onConnection(owner, (keeper) => keeper.run('grant offhook_gateway to runner'));
    await owner.close();
  });
  after(() => server.stop());

  test('[V12] away at the start: calls are taken, tools say so', limits, async (t) => {
    await server.kill();
    const gateway = await start(t);
    await callFor(gateway, 5_000);
    const codes = await toolCodes(gateway);
    assert.ok(codes.length > 0);
    assert.deepEqual(new Set(codes), new Set(['STORE_UNAVAILABLE']));
    await server.start();
    await assertCopied(gateway, server);
    await callFor(gateway, 4_000);
    assert.equal((await toolCodes(gateway)).at(-1), null);
  });

  test('[V12] gone in a call and back: the call goes on, nothing is lost', limits, async (t) => {
    const gateway = await start(t);
    const calling = callFor(gateway, 17_000);
    await until('a tool has answered', async () => (await toolCodes(gateway)).includes(null));
    await server.kill();
    await until('a tool has failed', async () =>
      (await toolCodes(gateway)).includes('STORE_UNAVAILABLE'),
    );
    await server.start();
    await until('a tool answers again', async () => (await toolCodes(gateway)).at(-1) === null);
    await calling;
    await assertCopied(gateway, server);
  });

  test('[V12] slow: a tool gives up in time, the call goes on', limits, async (t) => {
    const gateway = await start(t);
    const lock = 'begin; lock table offhook.menu_items in access exclusive mode';
    const locking = await asSuperuser(server, 'one', lock);
    const calling = callFor(gateway, 12_000);
    await until('a tool has given up', async () =>
      (await toolCodes(gateway)).includes('STORE_TIMEOUT'),
    );
    await locking.query('rollback');
    await locking.end();
    await until('a tool answers again', async () => (await toolCodes(gateway)).at(-1) === null);
    await calling;
    await assertCopied(gateway, server);
  });
});

/** A disk of its own with little room. */
function smallDisk(t: TestContext): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch (error) {
    assert.ok(error instanceof Error);
    rmSync(folder, { recursive: true });
    return null;
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

suite('a gateway over a disk that fails', () => {
  test('[V12] full: a call goes on, new ones wait for room', limits, async (t) => {
    const disk = smallDisk(t);
    if (disk === null) return t.skip('a disk cannot be mounted here');
    const config = { journal: { dir: join(disk, 'journal') } };
    const gateway = await startGateway(t, { config, script: lookingUp(500) });
    const running = callFor(gateway, 10_000);
    await gateway.log.line('AgentAudio');
    const filler = join(disk, 'filler');
    assert.throws(() => writeFileSync(filler, Buffer.alloc(2 * 1024 * 1024)), { code: 'ENOSPC' });
    await gateway.log.line('journal cannot be written');
    const refused = await gateway.call();
    assert.equal(refused.end, 'agent-hung-up');
    assert.equal((await gateway.log.line('call refused'))['code'], 'DISK_FULL');
    const ready = await fetch(`${gateway.apiUrl}/readyz`);
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /journal/);
    rmSync(filler);
    await gateway.log.line('journal is written again');
    await callFor(gateway, 1_000);
    await running;
    await gateway.log.line('call ended', 2);
    const written = await collectEntries(everyEntry(segmentReader(config.journal.dir)));
    const sessions = Map.groupBy(written, ({ sessionId }) => sessionId);
    assert.equal(sessions.size, 2);
    for (const entries of sessions.values()) {
      assert.deepEqual(
        entries.map(({ sequence }) => sequence),
        [...entries.keys()],
      );
    }
  });

  test('[O6] read-only: it does not start, and says which folder and why', limits, async (t) => {
    const disk = smallDisk(t);
    if (disk === null) return t.skip('a disk cannot be mounted here');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const journal = spawnGateway(t, { config: { journal: { dir: join(disk, 'journal') } } });
    assert.notEqual(await journal.exit, 0);
    assert.ok(journal.log.text.includes(disk), journal.log.text);
    assert.match(journal.log.text, /read-only/i);
    assert.doesNotMatch(journal.log.text, /^ {4}at /m);
  });
});
