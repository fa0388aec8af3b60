import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { placeOrder } from './place-order.ts';
import { toolRegistry } from './registry.ts';
import { toolRunner } from './runner.ts';
import { demoDatabase, noLog, noMetrics } from './testing/test-database.ts';

const goatId = '0ff40000-0001-4000-8000-000000000101';
const lagerId = '0ff40000-0001-4000-8000-000000000117';
const rabbitId = '0ff40000-0001-4000-8000-000000000204';

const database = demoDatabase();

async function place(
  items: readonly object[],
  { callId = 'call_1', durable = async () => undefined as undefined } = {},
) {
  const registry = toolRegistry([placeOrder(database())]);
  const clock = new VirtualClock();
  const runner = toolRunner({ registry, clock, log: noLog, metrics: noMetrics });
  const call = { callId, name: 'place_order', argumentsJson: JSON.stringify({ items }) };
  const grant = {
    sessionId: 'ses_orders',
    call: { callId: 'c1', variables: {} },
    trust: 'anonymous',
    toolNames: ['place_order'],
    handoffs: [],
  } as const;
  const { signal } = new AbortController();
  const { outputJson } = await runner.run(call, grant, { signal, durable });
  return JSON.parse(outputJson);
}

async function orderCount(): Promise<number> {
  const rows = await database().transaction((tables) =>
    tables.selectFrom('orders').select('id').execute(),
  );
  return rows.length;
}

test('[A2] an order is taken down at the prices of the menu', async () => {
  const items = [
    { itemId: goatId, quantity: 1, price: '1 RWF' },
    { itemId: lagerId, quantity: 3 },
    { itemId: goatId, quantity: 1 },
  ];
  const { result } = await place(items, { callId: 'call_priced' });
  const { orderId, ...order } = result;
  assert.match(orderId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(order, {
    venue: 'Kigali',
    lines: [
      { name: 'Goat brochettes', quantity: 2, price: '6500 RWF', amount: '13000 RWF' },
      { name: 'Lager', quantity: 3, price: '2500 RWF', amount: '7500 RWF' },
    ],
    totals: ['20500 RWF'],
  });
});

test('the same call run twice is one order', async () => {
  const items = [{ itemId: lagerId, quantity: 1 }];
  const first = await place(items, { callId: 'call_twice' });
  const count = await orderCount();
  assert.deepEqual(await place(items, { callId: 'call_twice' }), first);
  assert.equal(await orderCount(), count);
  const other = await place(items, { callId: 'call_other' });
  assert.notEqual(other.result.orderId, first.result.orderId);
});

test('what cannot be ordered leaves no order behind', async () => {
  const count = await orderCount();
  const strange = '0ff40000-0001-4000-8000-000000009999';
  const refused: readonly (readonly [readonly object[], string])[] = [
    [[], 'TOOL_ARGUMENTS_INVALID'],
    [[{ itemId: lagerId, quantity: 0 }], 'TOOL_ARGUMENTS_INVALID'],
    [[{ itemId: lagerId, quantity: 51 }], 'TOOL_ARGUMENTS_INVALID'],
    [
      [
        { itemId: lagerId, quantity: 30 },
        { itemId: lagerId, quantity: 30 },
      ],
      'REQUEST_INVALID',
    ],
    [[{ itemId: 'lager', quantity: 1 }], 'TOOL_ARGUMENTS_INVALID'],
    [[{ itemId: strange, quantity: 1 }], 'NOT_FOUND'],
    [
      [
        { itemId: lagerId, quantity: 1 },
        { itemId: rabbitId, quantity: 1 },
      ],
      'REQUEST_INVALID',
    ],
  ];
  for (const [items, code] of refused) {
    const { error } = await place(items, { callId: 'call_refused' });
    assert.equal(error?.code, code, JSON.stringify(items));
  }
  assert.equal(await orderCount(), count);
});

test('what is sold out is refused by its name', async () => {
  const setAvailable = (isAvailable: boolean) =>
    database().transaction((rows) =>
      rows
        .updateTable('menu_items')
        .set({ is_available: isAvailable })
        .where('id', '=', lagerId)
        .execute(),
    );
  await setAvailable(false);
  const { error } = await place([{ itemId: lagerId, quantity: 1 }], { callId: 'call_sold_out' });
  await setAvailable(true);
  assert.deepEqual([error.code, error.message], ['CONFLICT', 'Lager cannot be had now']);
});

test('[V11] an order is placed only once its call is written down', async () => {
  const count = await orderCount();
  const durable = () => Promise.reject(new Error('disk full'));
  const { error } = await place([{ itemId: lagerId, quantity: 1 }], {
    callId: 'call_lost',
    durable,
  });
  assert.equal(error.code, 'STORE_UNAVAILABLE');
  assert.equal(await orderCount(), count);
});

test('an order of one organisation is not seen by another', async () => {
  await place([{ itemId: lagerId, quantity: 1 }], { callId: 'call_ours' });
  const organisationId = '00000000-0000-4000-8000-00000000000b';
  const theirs = await database().transaction(
    async (rows) => [
      ...(await rows.selectFrom('orders').select('id').execute()),
      ...(await rows.selectFrom('order_lines').select('name').execute()),
    ],
    { organisationId },
  );
  assert.deepEqual(theirs, []);
});
