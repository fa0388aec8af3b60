import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import type { Log } from '../observe/observe.ts';
import { systemClock } from '../runtime/clock.ts';
import { databaseCopy } from './journal-copy.ts';
import { openDatabase } from './open-database.ts';
import { RetentionSweep } from './retention.ts';
import { forgetRecords } from './session-records.ts';
import { defaultOrganisationId } from './store.ts';
import { entriesOf } from './testing/entries-of.ts';

const lines: string[] = [];
const log: Log = {
  debug: () => undefined,
  info: (message, fields) => lines.push(`${message} ${JSON.stringify(fields)}`),
  warn: (message, fields) => lines.push(`${message} ${JSON.stringify(fields)}`),
  error: () => undefined,
  child: () => log,
};
const directory = mkdtempSync(join(tmpdir(), 'offhook-retention-'));
const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
const database = openDatabase(
  { is: 'embedded', directory: join(directory, 'store') },
  { clock: systemClock(), log: { ...log, info: () => undefined }, metrics },
);
after(async () => {
  await database.close();
  rmSync(directory, { recursive: true });
});
const copy = databaseCopy(database, {
  journalId: '11111111-1111-4111-8111-111111111111',
  openaiRequests: null,
});
const otherId = '00000000-0000-4000-8000-00000000000b';
const unknownId = '00000000-0000-4000-8000-00000000000c';
const dayMs = 86_400_000;

function started(sessionId: string, organisationId: string, atEpochMs: number): string {
  const entry = {
    ...{ type: 'session-start', provider: 'local', model: 'm', transport: 'text', persona: 'p' },
    ...{ trust: 'anonymous', callId: 'c', callerNumber: '+1', dialledNumber: null },
    ...{ sessionId, organisationId, sequence: 0, atMs: 0, atEpochMs },
  };
  return JSON.stringify(entry);
}

async function sessionsLeft(): Promise<readonly string[]> {
  const lists = [defaultOrganisationId, otherId].map((organisationId) =>
    database.transaction(
      async (rows) => {
        const sessions = await rows.selectFrom('sessions').select('id').execute();
        const entries = await rows.selectFrom('journal_entries').select('session_id').execute();
        assert.deepEqual(
          entries.map(({ session_id }) => session_id).toSorted(),
          sessions.map(({ id }) => id).toSorted(),
        );
        return sessions.map(({ id }) => id);
      },
      { organisationId },
    ),
  );
  return (await Promise.all(lists)).flat().toSorted();
}

test('[V20] sessions of every organisation go when their days are over', async () => {
  const clock = new VirtualClock();
  const nowMs = clock.epochMs();
  const old = Array.from({ length: 230 }, (_, at) =>
    started(`old_${at}`, defaultOrganisationId, nowMs - 8 * dayMs),
  );
  const others = [
    started('other_old', otherId, nowMs - 9 * dayMs),
    started('other_new', otherId, nowMs - 6 * dayMs),
    started('new', defaultOrganisationId, nowMs),
  ];
  await copy.add(entriesOf([...old, ...others]), { segment: 1, bytes: 1 });
  const sweep = new RetentionSweep({
    database,
    days: () => ({ sessions: 7, audit: 365 }),
    clock,
    log,
  });
  clock.advance(60_000);
  await sweep.close();
  // Asked to close, it may have stopped in the middle: the next one goes on.
  const again = new RetentionSweep({
    database,
    days: () => ({ sessions: 7, audit: 365 }),
    clock,
    log,
  });
  clock.advance(60_000);
  while ((await sessionsLeft()).length > 2) await database.transaction(async () => undefined);
  await again.close();
  assert.deepEqual(await sessionsLeft(), ['new', 'other_new']);
  assert.match(lines.join('\n'), /sessions were deleted for their age/);
});

async function auditLeft(): Promise<readonly (string | null)[]> {
  const lists = [defaultOrganisationId, unknownId].map((organisationId) =>
    database.transaction(
      (rows) => rows.selectFrom('audit_log').select('target').orderBy('target').execute(),
      { organisationId },
    ),
  );
  return (await Promise.all(lists)).flat().map(({ target }) => target);
}

test('who did what is deleted when its days are over, of every organisation', async () => {
  const clock = new VirtualClock();
  const done = async (organisationId: string, target: string, ageDays: number, count = 1) => {
    const at = new Date(Math.min(clock.epochMs(), systemClock().epochMs()) - ageDays * dayMs);
    const entry = { actor_kind: 'operator', action: 'key-create', outcome: 'done' } as const;
    const entries = Array.from({ length: count }, () => ({ ...entry, at, target }));
    await database.transaction((rows) => rows.insertInto('audit_log').values(entries).execute(), {
      organisationId,
    });
  };
  await done(defaultOrganisationId, 'old', 366, 1_200);
  await done(defaultOrganisationId, 'younger', 364);
  await done(unknownId, 'old of nobody', 366);
  await done(unknownId, 'younger of nobody', 1);
  for (let turn = 0; turn < 2; turn += 1) {
    const sweep = new RetentionSweep({
      ...{ database, clock, log, days: () => ({ sessions: 3_650, audit: 365 }) },
    });
    clock.advance(60_000);
    // What is asked of the one connection afterwards is answered afterwards.
    for (let step = 0; step < 6; step += 1) await auditLeft();
    await sweep.close();
  }
  assert.deepEqual(await auditLeft(), ['younger', 'younger of nobody']);
});

test('the database keeps the last thirty days of who did what, whoever asks', async () => {
  const before = await auditLeft();
  const { numDeletedRows } = await database.transaction(async (rows) => {
    await sql`select set_config('offhook.deletes_expired', 'yes', true)`.execute(rows);
    const since = new Date(systemClock().epochMs() - 29 * dayMs);
    const at = { at: since, actor_kind: 'operator', action: 'a', outcome: 'done' } as const;
    await rows.insertInto('audit_log').values(at).execute();
    return rows.deleteFrom('audit_log').where('at', '>=', since).executeTakeFirstOrThrow();
  });
  assert.equal(numDeletedRows, 0n);
  assert.equal((await auditLeft()).length, before.length + 1);
  const change = database.transaction((rows) =>
    rows.updateTable('audit_log').set({ target: 'other' }).execute(),
  );
  await assert.rejects(change, { code: '42501' });
});

test('[V20] a caller is forgotten by every organisation', async () => {
  const at = Date.parse('2026-05-01T10:00:00Z');
  const ended = {
    ...{ type: 'session-end', cause: 'caller-hung-up', durationMs: 1, callerFillerMs: 0 },
    ...{ agentHeardMs: 0, sessionId: 's1', organisationId: otherId, sequence: 1 },
    ...{ atMs: 1, atEpochMs: at + 1 },
  };
  const lines = [started('s1', otherId, at), JSON.stringify(ended)];
  await copy.add(entriesOf(lines), { segment: 1, bytes: 2 });
  const order = { sessionIds: [], callerNumber: '+1' };
  assert.ok((await forgetRecords(database, order)).includes('s1'));
  assert.ok(!(await sessionsLeft()).includes('s1'));
});
