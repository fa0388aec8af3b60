import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { removeDemo, seedDemo } from '../store/seed-demo.ts';
import type { Transactions } from './data-query.ts';
import { noLog, openTestDatabase } from './testing/test-database.ts';
import { VocabularyReader } from './vocabulary.ts';

test('what callers may name is read from the tables, and soon again from empty ones', async () => {
  const database = openTestDatabase();
  const clock = new VirtualClock();
  const reader = new VocabularyReader({ database, clock, log: noLog });
  const empty = await reader.read();
  assert.deepEqual(Object.values(empty).flat(), []);
  await seedDemo(database, '2026-11-21');
  assert.equal(await reader.read(), empty, 'what was read lately is not read again');
  clock.advance(10_000);
  const values = await reader.read();
  assert.deepEqual(
    values['venue']?.map(({ value }) => value),
    ['Kigali', 'Valletta'],
  );
  assert.equal(values['menu_item']?.length, 34);
  assert.ok(values['menu_item']?.some(({ value }) => value === 'Goat brochettes'));
  assert.deepEqual(
    values['jurisdiction']?.find(({ value }) => value === 'MT'),
    { value: 'MT', names: ['malta'] },
  );
  assert.ok(values['tax_topic']?.some(({ value }) => value === 'VAT standard rate'));
  assert.equal(values['ledger_month']?.[0]?.value, '2026-10');
  await removeDemo(database);
  clock.advance(119_000);
  assert.equal(
    await reader.read(),
    values,
    'what was found is not asked for again for two minutes',
  );
  await seedDemo(database, '2026-11-21');
  clock.advance(1_000);
  assert.equal(await reader.read(), values, 'the same values are the same object');
  await database.close();
});

test('a database that is away leaves what was known, and is asked again later', async () => {
  const clock = new VirtualClock();
  const asked = { count: 0 };
  const database: Transactions = {
    transaction: () => {
      asked.count += 1;
      return Promise.reject(new Error('no route to host'));
    },
  };
  const reader = new VocabularyReader({ database, clock, log: noLog });
  assert.deepEqual(reader.known(), {});
  assert.deepEqual(await reader.read(), {});
  await reader.read();
  assert.equal(asked.count, 1);
  clock.advance(10_000);
  await Promise.all([reader.read(), reader.read()]);
  assert.equal(asked.count, 2);
});
