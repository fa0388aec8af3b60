import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';
import { removeDemo, seedDemo } from '../store/seed-demo.ts';
import type { Transactions } from './data-query.ts';
import { dataTools } from './data-tools.ts';
import type { Financials } from './fetch-financials.ts';
import { toolRegistry } from './registry.ts';
import { toolRunner } from './runner.ts';
import { demoDatabase, noLog, noMetrics } from './testing/test-database.ts';
import type { ToolOutcome } from './tool.ts';

const toolNames = ['lookup_menu', 'recommend_pairing', 'fetch_financials', 'check_tax_rule'];
const rabbitId = '0ff40000-0001-4000-8000-000000000204';
const timpanaId = '0ff40000-0001-4000-8000-000000000207';
const espressoId = '0ff40000-0001-4000-8000-000000000216';
/** What people type where only a name is wanted. */
const injections = [
  "'; drop table offhook.menu_items; --",
  "x' or '1'='1",
  '%',
  '_',
  '100% \\ _%',
  `a & b | !c <-> 'd':* "e" ( ) \\`,
  ':*',
];

const database = demoDatabase();

/** Runs a tool as a session does, on 21 November 2026. */
async function run(
  name: string,
  input: object,
  { trust = 'verified' as Trust, rows = database() as Transactions, organisation = {} } = {},
): Promise<ToolOutcome> {
  const clock = new VirtualClock();
  clock.stepEpoch(Date.UTC(2026, 10, 21) - clock.epochMs());
  const registry = toolRegistry(dataTools(rows));
  const runner = toolRunner({ registry, clock, log: noLog, metrics: noMetrics });
  const call = { callId: 'call_1', name, argumentsJson: JSON.stringify(input) };
  const grant = {
    sessionId: 's1',
    call: { callId: 'c1', variables: {}, ...organisation },
    trust,
    toolNames,
  };
  const durable = () => assert.fail('reading does not wait for the disk');
  return await runner.run(call, grant, { signal: new AbortController().signal, durable });
}

async function resultOf<Result>(...given: Parameters<typeof run>): Promise<Result> {
  const { outcome, outputJson } = await run(...given);
  assert.equal(outcome, 'ok', outputJson);
  return JSON.parse(outputJson).result;
}

async function errorOf(...given: Parameters<typeof run>): Promise<string> {
  const { outcome, outputJson } = await run(...given);
  assert.notEqual(outcome, 'ok', outputJson);
  const { code, message } = JSON.parse(outputJson).error;
  return `${outcome} ${code}: ${message}`;
}

interface Found {
  readonly name: string;
  readonly price: string;
}

async function found(query: string): Promise<readonly string[]> {
  const items = await resultOf<readonly Found[]>('lookup_menu', { query });
  return items.map(({ name, price }) => `${name}, ${price}`);
}

test('[A2] lookup_menu gives id, name, price and currency, description and image', async () => {
  assert.deepEqual(await resultOf('lookup_menu', { query: 'rabbit' }), [
    {
      id: rabbitId,
      venue: 'Valletta',
      name: 'Rabbit stew',
      price: '21.50 EUR',
      description:
        'Rabbit braised in red wine with garlic and bay leaf; the dish of Malta, stuffat tal-fenek',
      image_url: null,
    },
  ]);
});

test('[A2] dishes are found by words, beginnings and misspelt names, the best first', async () => {
  assert.equal((await found('do you have goat brochettes'))[0], 'Goat brochettes, 6500 RWF');
  assert.equal((await found('brochete')).length, 2);
  assert.deepEqual(await found('tilapa'), ['Grilled tilapia, 14000 RWF']);
  assert.equal((await found('fried potatoes'))[0], 'Chips, 2500 RWF');
  assert.equal((await found('anything vegan')).length, 5);
  assert.deepEqual(await found('pizza'), []);
});

test('[A2] without a query lookup_menu gives the menu, or that of one restaurant', async () => {
  const all = await resultOf<readonly { venue: string }[]>('lookup_menu', {});
  assert.equal(all.length, 34);
  const theirs = await resultOf<readonly { venue: string }[]>('lookup_menu', { venue: 'kigali' });
  assert.equal(theirs.length, 17);
  assert.ok(theirs.every(({ venue }) => venue === 'Kigali'));
  assert.deepEqual(await resultOf('lookup_menu', { query: 'rabbit', venue: 'Kigali' }), []);
});

test('[A2] what is sold out is not offered, nor what goes with it', async () => {
  const setAvailable = (isAvailable: boolean) =>
    database().transaction((rows) =>
      rows
        .updateTable('menu_items')
        .set({ is_available: isAvailable })
        .where('name', 'in', ['Gellewza, a glass'])
        .execute(),
    );
  await setAvailable(false);
  const pairing = await resultOf<{ upsell: string }>('recommend_pairing', { itemId: rabbitId });
  const wines = await found('wine');
  await setAvailable(true);
  assert.equal(pairing.upsell, 'Bigilla is the classic starter before it.');
  assert.ok(!wines.some((wine) => wine.startsWith('Gellewza')));
});

test('[A2] metacharacters of SQL and of searches mean nothing', async () => {
  for (const query of injections) {
    assert.equal((await run('lookup_menu', { query })).outcome, 'ok', query);
    const asked = { jurisdiction: 'EU', topic: query };
    assert.equal((await run('check_tax_rule', asked)).outcome, 'ok', query);
    assert.match(await errorOf('fetch_financials', { period: query }), /REQUEST_INVALID/);
    assert.match(await errorOf('recommend_pairing', { itemId: query }), /ARGUMENTS_INVALID/);
  }
  assert.deepEqual(await found('%'), []);
  assert.deepEqual(await found('_'), []);
  const nul = await errorOf('lookup_menu', { query: 'fish\u0000' });
  assert.match(nul, /refused TOOL_ARGUMENTS_INVALID.*without NUL/);
});

test('[A2] recommend_pairing gives the upsell and its price, or that there is none', async () => {
  assert.deepEqual(await resultOf('recommend_pairing', { itemId: timpanaId }), {
    upsell: 'A garden salad goes well with timpana.',
    item: { id: '0ff40000-0001-4000-8000-000000000211', name: 'Garden salad', price: '7.50 EUR' },
  });
  assert.deepEqual(await resultOf('recommend_pairing', { itemId: espressoId }), {
    upsell: null,
    item: null,
  });
  const stranger = { itemId: '0ff40000-0001-4000-8000-000000009999' };
  assert.match(await errorOf('recommend_pairing', stranger), /NOT_FOUND: no menu item/);
});

test('[A2] fetch_financials gives revenue, cogs and ebitda that its lines add up to', async () => {
  const { lines, ...totals } = await resultOf<Financials>('fetch_financials', {
    period: 'last quarter',
  });
  assert.deepEqual(totals, {
    from: '2026-07-01',
    to: '2026-09-30',
    is_over: true,
    revenue: '272300.00 EUR',
    cogs: '79036.00 EUR',
    operating_expenses: '112175.30 EUR',
    ebitda: '81088.70 EUR',
    lines_left_out: 0,
    is_demo: true,
  });
  const cents = (amount: string) => Math.round(Number.parseFloat(amount) * 100);
  const sum = lines.reduce(
    (total, { category, amount }) => total + (category === 'revenue' ? 1 : -1) * cents(amount),
    0,
  );
  assert.equal(sum, cents(totals.ebitda));
  assert.deepEqual(lines[0], {
    category: 'revenue',
    account: 'DEMO-4000',
    name: 'Sales of food',
    amount: '174000.00 EUR',
  });
});

test('[A2] a period that goes on is said to, an empty one has no figures', async () => {
  const year = await resultOf<Financials>('fetch_financials', { period: '2026' });
  assert.equal(year.is_over, false);
  const empty = await errorOf('fetch_financials', { period: '2020' });
  assert.equal(empty, 'failed NOT_FOUND: the ledger has nothing from 2020-01-01 to 2020-12-31');
  const francs = await errorOf('fetch_financials', { period: '2026', currency: 'rwf' });
  assert.match(francs, /NOT_FOUND: the ledger has nothing in RWF/);
  const wrong = await errorOf('fetch_financials', { period: '2026', currency: 'euros' });
  assert.match(wrong, /TOOL_ARGUMENTS_INVALID: .*ISO 4217/);
});

test('[A2] amounts of two currencies are never added', async () => {
  const inMay = { period: 'May 2026' };
  await database().transaction(async (rows) => {
    const account = await rows
      .insertInto('gl_accounts')
      .values({ code: 'K-4000', name: 'Sales in Kigali', category: 'revenue' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const entry = { account_id: account.id, currency: 'RWF', memo: null };
    await rows
      .insertInto('gl_entries')
      .values([
        { ...entry, posted_on: '2026-05-01', amount_minor: -1_500_000 },
        { ...entry, posted_on: '2026-05-31', amount_minor: -500_000 },
        { ...entry, posted_on: '2026-06-01', amount_minor: -1 },
      ])
      .execute();
  });
  try {
    const error = await errorOf('fetch_financials', inMay);
    assert.equal(error, 'failed REQUEST_INVALID: name one currency, the ledger has EUR, RWF');
    const francs = await resultOf<Financials>('fetch_financials', { ...inMay, currency: 'RWF' });
    assert.equal(francs.revenue, '2000000 RWF');
    assert.equal(francs.ebitda, '2000000 RWF');
    assert.equal(francs.is_demo, false);
    const euros = await resultOf<Financials>('fetch_financials', { ...inMay, currency: 'EUR' });
    assert.equal(euros.revenue, '75000.00 EUR');
  } finally {
    await database().transaction(async (rows) => {
      await rows.deleteFrom('gl_entries').where('is_demo', '=', false).execute();
      await rows.deleteFrom('gl_accounts').where('is_demo', '=', false).execute();
    });
  }
});

interface Rule {
  readonly jurisdiction: string;
  readonly rule: string | null;
  readonly notes: string;
  readonly source: string | null;
}

async function ruleOn(jurisdiction: string, topic: string): Promise<Rule> {
  return await resultOf<Rule>('check_tax_rule', { jurisdiction, topic });
}

test('[A2] check_tax_rule gives rule, notes and source', async () => {
  assert.deepEqual(await ruleOn('UK', 'VAT rate'), {
    jurisdiction: 'GB',
    topic: 'VAT standard rate',
    rule: 'The standard rate of VAT is 20 percent.',
    notes: 'Reduced rate of 5 percent: Schedule 7A. Zero rate: Schedule 8. As of 2026.',
    source: 'Value Added Tax Act 1994, s. 2(1)',
    effective_from: '2011-01-04',
    is_demo: true,
  });
  assert.match((await ruleOn('EU', 'pillar two')).source ?? '', /2022\/2523/);
  assert.match((await ruleOn('Canada', 'GST')).rule ?? '', /5 percent/);
});

test('[A2] a state has its own rules before those of its country, and CA is Canada', async () => {
  assert.equal((await ruleOn('California', 'sales tax')).jurisdiction, 'US-CA');
  assert.equal((await ruleOn('US-CA', 'business meals')).jurisdiction, 'US');
  assert.equal((await ruleOn('ca', 'business meals')).jurisdiction, 'CA');
});

test('[A2] a rule that is not on file is not made up', async () => {
  for (const [where, topic] of [
    ['EU', 'payroll tax'],
    ['US', 'R&D credit'],
    ['DE', 'VAT standard rate'],
  ] as const) {
    const { rule, source, notes } = await ruleOn(where, topic);
    assert.deepEqual({ rule, source }, { rule: null, source: null }, topic);
    assert.equal(notes, 'No rule on this is on file.');
  }
  const nowhere = { jurisdiction: 'the moon', topic: 'VAT' };
  assert.match(await errorOf('check_tax_rule', nowhere), /REQUEST_INVALID: "the moon" is no juris/);
});

test('[A2] a rule counts from the day on which it is in force to the last one', async () => {
  const rule = { jurisdiction: 'MT', topic: 'glass deposit', source: 'made up for a test' };
  await database().transaction((rows) =>
    rows
      .insertInto('tax_rules')
      .values([
        { ...rule, rule: 'past', effective_to: '2026-11-20', effective_from: null, notes: null },
        {
          ...rule,
          rule: 'now',
          effective_from: '2026-11-21',
          effective_to: '2026-11-21',
          notes: null,
        },
        { ...rule, rule: 'future', effective_from: '2026-11-22', effective_to: null, notes: null },
      ])
      .execute(),
  );
  const inForce = await ruleOn('MT', 'glass deposit');
  await database().transaction((rows) =>
    rows.deleteFrom('tax_rules').where('is_demo', '=', false).execute(),
  );
  assert.equal(inForce.rule, 'now');
});

test('[V19] the ledger is for verified callers, prompt or no', async () => {
  for (const trust of ['anonymous', 'identified'] as const) {
    const refusal = await errorOf('fetch_financials', { period: '2026' }, { trust });
    assert.match(refusal, /^refused TRUST_TOO_LOW/);
    assert.equal((await run('lookup_menu', { query: 'fish' }, { trust })).outcome, 'ok');
  }
});

test('[A2] a database that is away is an error, never an answer', async () => {
  const away: Transactions = {
    transaction: async () => {
      throw new GatewayError('STORE_UNAVAILABLE', 'connection refused at db.example');
    },
  };
  const inputs = [{ query: 'fish' }, { itemId: rabbitId }, { period: '2026' }];
  for (const [index, input] of [...inputs, { jurisdiction: 'EU', topic: 'VAT' }].entries()) {
    const error = await errorOf(toolNames[index] ?? '', input, { rows: away });
    assert.match(error, /^failed STORE_UNAVAILABLE: the tool failed; nothing is known/);
  }
});

test('[A2] the tools cannot write', async () => {
  const options: unknown[] = [];
  const watched: Transactions = {
    transaction: (work, given) => {
      options.push(given);
      return database().transaction(work, given);
    },
  };
  await run('lookup_menu', { query: 'fish' }, { rows: watched });
  await run('recommend_pairing', { itemId: rabbitId }, { rows: watched });
  await run('fetch_financials', { period: '2026' }, { rows: watched });
  await run('check_tax_rule', { jurisdiction: 'EU', topic: 'VAT' }, { rows: watched });
  assert.deepEqual(
    options,
    toolNames.map(() => ({ isReadOnly: true, limitMs: 3_000 })),
  );
});

test('[A6] a call sees the rows of its own organisation alone, by every tool', async () => {
  const organisationId = '00000000-0000-4000-8000-00000000000c';
  const organisation = { organisationId };
  await database().transaction(async (rows) => {
    const named = { id: organisationId, slug: 'other', name: 'Other' };
    await rows.insertInto('organisations').values(named).execute();
    const dish = { venue: 'Elsewhere', name: 'Rabbit pie', description: '', currency: 'EUR' };
    const priced = { ...dish, price_minor: 900, image_url: null };
    await rows.insertInto('menu_items').values(priced).execute();
  }, organisation);
  const names = async (options = {}) => {
    const items = await resultOf<readonly Found[]>('lookup_menu', { query: 'rabbit' }, options);
    return items.map(({ name }) => name);
  };
  assert.deepEqual(await names(), ['Rabbit stew']);
  assert.deepEqual(await names({ organisation }), ['Rabbit pie']);
  const theirs = { organisation };
  const pairing = await errorOf('recommend_pairing', { itemId: rabbitId }, theirs);
  assert.match(pairing, /NOT_FOUND/);
  const tax = { jurisdiction: 'MT', topic: 'VAT' };
  const rule = await resultOf<{ rule: string | null }>('check_tax_rule', tax, theirs);
  assert.equal(rule.rule, null);
  const ledger = await run('fetch_financials', { period: '2026' }, theirs);
  assert.doesNotMatch(ledger.outputJson, /"account"/);
});

test('[A2] demonstration data is marked, complete once, and goes without a trace', async () => {
  const again = await seedDemo(database(), '2026-11-21');
  assert.deepEqual(again, {
    menu_items: 0,
    pairings: 0,
    tax_rules: 0,
    gl_accounts: 0,
    gl_entries: 440,
  });
  const ledger = await database().transaction((rows) =>
    rows
      .selectFrom('gl_entries')
      .select(({ fn }) => [
        fn.sum<string>('amount_minor').as('sum'),
        fn.min('posted_on').as('first'),
        fn.max('posted_on').as('last'),
      ])
      .executeTakeFirstOrThrow(),
  );
  assert.deepEqual(
    { ...ledger, sum: Number(ledger.sum) },
    { sum: 0, first: '2025-11-01', last: '2026-10-28' },
  );
  const own = { venue: 'Kigali', name: 'Own dish', price_minor: 1, currency: 'RWF' };
  await database().transaction((rows) =>
    rows
      .insertInto('menu_items')
      .values({ ...own, description: '', image_url: null })
      .execute(),
  );
  const removed = await removeDemo(database());
  const left = await database().transaction((rows) =>
    rows.selectFrom('menu_items').select('name').execute(),
  );
  await seedDemo(database(), '2026-11-21');
  assert.deepEqual(left, [{ name: 'Own dish' }]);
  assert.deepEqual(removed, {
    menu_items: 34,
    pairings: 26,
    tax_rules: 25,
    gl_accounts: 25,
    gl_entries: 440,
  });
});
