import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { configSchema } from '../config/schema.ts';
import type { Trust } from '../runtime/trust.ts';
import { toolRegistry } from './registry.ts';
import { toolRunner } from './runner.ts';
import { sqlTool } from './sql-tool.ts';
import { demoDatabase, noLog, noMetrics } from './testing/test-database.ts';
import { outputBytesMax } from './tool-output.ts';

const database = demoDatabase();

const named = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const count = 'select count(*)::int as count from menu_items';

/** Declares a tool of `statement` as an operator does, and has a model call it. */
async function ask(
  statement: string,
  input: object = {},
  { trust = 'verified' as Trust, organisationId = '', settings = {} as object } = {},
) {
  const written = { kind: 'sql', description: 'Asks.', statement, ...settings };
  const declared = configSchema.shape.own_tools.parse({ ask: written })['ask'];
  assert.ok(declared?.kind === 'sql');
  const runner = toolRunner({
    registry: toolRegistry([sqlTool('ask', declared, database())]),
    clock: new VirtualClock(),
    log: noLog,
    metrics: noMetrics,
  });
  const whose = organisationId === '' ? {} : { organisationId };
  const call = { callId: 'c1', variables: {}, ...whose };
  const { outcome, code, outputJson } = await runner.run(
    { callId: 'call_1', name: 'ask', argumentsJson: JSON.stringify(input) },
    { sessionId: 's1', call, trust, toolNames: ['ask'] },
    {
      signal: new AbortController().signal,
      durable: () => assert.fail('reading does not wait for the disk'),
    },
  );
  return { outcome, code, outputJson, result: JSON.parse(outputJson).result };
}

test('[V19] what a model gives is bound: nothing of it is taken for SQL', async () => {
  const statement = 'select :name::text as given, \':name\' as "a:name", :name as again';
  for (const name of ["'; drop table menu_items; --", "x' or '1'='1", '$1 :name', '\\', '%', 'ż']) {
    const { result } = await ask(statement, { name }, { settings: { parameters: named } });
    assert.deepEqual(result.rows, [{ given: name, 'a:name': ':name', again: name }]);
  }
  const { outcome } = await ask(statement, { name: 'a\0b' }, { settings: { parameters: named } });
  assert.equal(outcome, 'failed');
  assert.ok((await ask(count)).result.rows[0].count > 10);
});

test('rows are cut to those that fit, whole, and the model is told of the rest', async () => {
  const settings = { rows_max: 3 };
  const three = 'select n from generate_series(1, 3) as n';
  const all = { rows: [{ n: 1 }, { n: 2 }, { n: 3 }], more_rows_left_out: false };
  assert.deepEqual((await ask(three, {}, { settings })).result, all);
  const million = 'select n from generate_series(1, 1000000) as n -- all of them';
  const cut = { ...all, more_rows_left_out: true };
  assert.deepEqual((await ask(million, {}, { settings })).result, cut);
  const wide = "select repeat('ż', 2000) as text from generate_series(1, 40)";
  const { result, outputJson } = await ask(wide);
  assert.equal(result.rows.length, 4);
  assert.equal(result.more_rows_left_out, true);
  assert.ok(Buffer.byteLength(outputJson) <= outputBytesMax);
  const long = await ask("select repeat('x', 5000000) as text");
  assert.equal(JSON.parse(long.outputJson).truncated, true);
  assert.ok(Buffer.byteLength(long.outputJson) <= outputBytesMax);
});

test('values of every kind become JSON', async () => {
  const { result } = await ask(
    "select 4500000000::bigint as big, 12.50::numeric as price, '2026-11-21'::date as day",
  );
  assert.deepEqual(result.rows, [{ big: 4_500_000_000, price: '12.50', day: '2026-11-21' }]);
});

test('[V19] nothing is written, by no function and by no trick of a statement', async () => {
  const insert = `insert into offhook.menu_items (venue, name, price_minor, currency)
    select venue, name, price_minor, currency from offhook.menu_items limit 1`;
  await database().transaction(async (rows) => {
    await sql
      .raw(`create function pg_temp.order_one() returns int language plpgsql as
        $$ begin ${insert}; return 1; end $$`)
      .execute(rows);
    // It works where writing is allowed.
    await sql`select pg_temp.order_one()`.execute(rows);
  });
  const before = (await ask(count)).result.rows[0].count;
  for (const statement of [
    'select pg_temp.order_one() as done',
    "select set_config('transaction_read_only', 'off', true), pg_temp.order_one()",
    'select * from menu_items for update',
  ]) {
    const { outcome, outputJson } = await ask(statement);
    assert.equal(outcome, 'failed', outputJson);
    assert.doesNotMatch(outputJson, /menu_items|order_one|read-only/);
  }
  const tools = configSchema.shape.own_tools;
  for (const statement of [
    'delete from menu_items',
    'select 1; drop table menu_items',
    'with gone as (delete from menu_items returning 1) select 1',
  ]) {
    const declared = { ask: { kind: 'sql', description: 'Asks.', statement } };
    assert.equal(tools.safeParse(declared).success, false, statement);
  }
  assert.equal((await ask(count)).result.rows[0].count, before);
});

test('[A6] a statement sees the rows of the organisation of the call alone', async () => {
  const organisationId = '00000000-0000-4000-8000-00000000000d';
  const { result } = await ask(count, {}, { organisationId });
  assert.equal(result.rows[0].count, 0);
  assert.ok((await ask(count)).result.rows[0].count > 0);
});

test('[V19] it is for callers who are verified unless the operator says less', async () => {
  const { outcome, code } = await ask(count, {}, { trust: 'identified' });
  assert.deepEqual([outcome, code], ['refused', 'TRUST_TOO_LOW']);
  const settings = { min_trust: 'anonymous' };
  assert.equal((await ask(count, {}, { trust: 'anonymous', settings })).outcome, 'ok');
});

test('a statement that takes too long is ended by the database', async () => {
  const settings = { timeout_ms: 100 };
  const { outcome, code } = await ask('select pg_sleep(60)', {}, { settings });
  assert.deepEqual([outcome, code], ['failed', 'STORE_TIMEOUT']);
});
