import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { seedDemo } from '../../store/seed-demo.ts';
import type { Database } from '../../store/store.ts';
import { noLog, openTestDatabase } from '../../tools/testing/test-database.ts';
import { VocabularyReader } from '../../tools/vocabulary.ts';
import { openConversation } from './conversation.ts';
import type { Vocabulary } from './dialogue.ts';
import { shippedDialogue, TypedCall, today } from './testing/typed-call.ts';

/** Opened once for all tests of this file: it takes most of their time. */
const store = { database: undefined as Database | undefined, vocabulary: {} as Vocabulary };
const [waiter, cfo] = [shippedDialogue('waiter'), shippedDialogue('cfo')];

before(async () => {
  const database = openTestDatabase();
  store.database = database;
  await seedDemo(database, today);
  const reader = new VocabularyReader({ database, clock: new VirtualClock(), log: noLog });
  store.vocabulary = await reader.read();
});

after(() => store.database?.close());

function database(): Database {
  assert.ok(store.database);
  return store.database;
}

function callTo(
  dialogue = waiter,
  options: Partial<ConstructorParameters<typeof TypedCall>[0]> = {},
) {
  const { vocabulary } = store;
  return new TypedCall({ dialogue, vocabulary, database: database(), ...options });
}

/** Every line of a caller with what its answer must say. */
async function follow(call: TypedCall, lines: readonly (readonly [string, RegExp])[]) {
  for (const [said, expected] of lines) assert.match(await call.say(said), expected, said);
}

async function ordered(sessionId: string): Promise<readonly string[]> {
  const rows = await database().transaction((tables) =>
    tables
      .selectFrom('orders')
      .innerJoin('order_lines as line', 'line.order_id', 'orders.id')
      .select(['line.quantity', 'line.name', 'line.price_minor', 'line.currency'])
      .where('orders.session_id', '=', sessionId)
      .orderBy('line.position')
      .execute(),
  );
  return rows.map((row) => `${row.quantity} ${row.name} ${row.price_minor} ${row.currency}`);
}

test('[V5] a guest asks, orders, corrects, leaves, and the database has the order', async () => {
  const call = callTo(waiter, { sessionId: 'whole' });
  await follow(call, [
    ['What is on the menu?', /For which restaurant: Kigali or Valletta\?/],
    ['Kigali', /^In Kigali we have .*Akabenz for 7000 RWF.* and 13 more/],
    ['what else', /^There is also Chicken brochettes for 6000 RWF/],
    [
      'I would like two goat brochettes',
      /two portions of Goat brochettes at 6500 RWF each\. A cold lager/,
    ],
    ['yes please', /noted one Lager for 2500 RWF/],
    ['make it three', /three Lagers/],
    ['what goes with the chicken brochettes?', /ginger soda goes well with the chicken/],
    ['no thanks', /Anything else/],
    ['how much is that in all', /20500 RWF for two portions of Goat brochettes and three Lagers/],
    ['no, two of them', /two Lagers/],
    ['and an african tea', /one African tea for 1500 RWF/],
    ['not the tea', /taken off one African tea\. You have .* That is 18000 RWF/],
    ['goodbye', /Your order is .*, together 18000 RWF\. Shall I place it\?/],
    ['yes', /^Your order is placed: .*, together 18000 RWF\. .*Goodbye!$/],
  ]);
  assert.equal(call.isEnded, true);
  assert.deepEqual(await ordered('whole'), ['2 Goat brochettes 6500 RWF', '2 Lager 2500 RWF']);
});

test('a guest in Malta is told of Malta, and of Kigali that it is elsewhere', async () => {
  await follow(callTo(), [
    ['what is on the menu in valletta', /^In Valletta we have Aljotta for 8\.90 EUR/],
    ['the octopus and a salad please', /one Grilled octopus for 18\.50 EUR and one Garden salad/],
    ['two glasses of gellewza please', /two glasses of Gellewza at 6\.50 EUR each/],
    ['a lager please', /Lager is from Kigali, and your order is for Valletta/],
    ['my order', /That is 39\.00 EUR/],
  ]);
});

test('of several that are meant one question is asked, once', async () => {
  await follow(callTo(), [
    ['brochettes please', /Which one do you mean: Chicken brochettes, 6000 RWF or Goat/],
    ['the goat', /one portion of Goat brochettes for 6500 RWF/],
    ['no', /Anything else/],
    ['two brochettes please', /Which one/],
    ['the first one', /two portions of Chicken brochettes/],
  ]);
});

test('what goes with an item is offered once an item, and again when asked for', async () => {
  const call = callTo();
  await follow(call, [
    ['a sambaza please', /A cold lager goes well with sambaza/],
    ['no thank you', /Anything else/],
    ['another sambaza', /^I have noted two Sambazas in all at 5000 RWF each\. Anything else\?$/],
    ['what goes with that', /^As I said: A cold lager goes well with sambaza\. I know of nothing/],
    ['what goes with the ginger soda', /do not have a recommendation for Ginger soda/],
  ]);
  const asked = call.calls.filter(({ name }) => name === 'recommend_pairing');
  assert.equal(asked.length, 3);
});

test('repairs: removed, replaced, cancelled, repeated', async () => {
  await follow(callTo(), [
    ['a lager and a ginger soda please', /one Lager for 2500 RWF and one Ginger soda for 2000 RWF/],
    ['cancel that', /taken off one Ginger soda/],
    ['what was that', /taken off one Ginger soda/],
    ['no not the lager the chips', /one portion of Chips/],
    ['what did i order', /^You have one portion of Chips\./],
    ['not the lager', /not in your order\. You have one portion of Chips/],
    ['cancel the order', /cancelled the whole order/],
    ['what did i order', /nothing in your order/],
    ['goodbye', /Goodbye/],
  ]);
});

test('what is not on the menu is said to be so, and nothing is made up', async () => {
  const call = callTo();
  await follow(call, [
    ['2 cappuccinos please', /cappuccinos is not on the menu/],
    ['do you have pizza', /no pizza on the menu/],
    ['can i pay by card', /cannot do/],
    ['i am allergic to nuts', /cannot vouch/],
    ['the weather is nice today and i am walking', /^Sorry, I did not get that\. You can say/],
    ['xyzzy', /^I can only help with the menu/],
    ['hello', /What can I get you/],
  ]);
  assert.match(await call.say(null), /Sorry, I did not get that/);
});

test('an order that is not wanted after all is not placed', async () => {
  const call = callTo(waiter, { sessionId: 'unwanted' });
  await follow(call, [
    ['a lager please', /one Lager/],
    ["that's all", /Shall I place it/],
    ['no', /not placed it/],
    ['goodbye', /Shall I place it/],
    ['no', /nothing has been ordered\. .*Goodbye/],
  ]);
  assert.equal(call.isEnded, true);
  assert.deepEqual(await ordered('unwanted'), []);
});

test('who is interrupted before a word is answered all the same', async () => {
  const call = callTo();
  const [first] = call.interject('two lagers please');
  assert.deepEqual(first?.is === 'call' && first.name, 'lookup_menu');
  assert.match(await call.say('and a ginger soda'), /two Lagers .* and one Ginger soda/);
  call.interject('what is on the menu in kigali');
  assert.match(await call.say('what did i order'), /^You have two Lagers and one Ginger soda/);
  assert.equal(call.calls.filter(({ input }) => JSON.stringify(input).includes('venue')).length, 0);
});

test('after a reconnect the items tell the whole conversation again', async () => {
  const call = callTo();
  await follow(call, [
    ['two lagers please', /two Lagers/],
    ['a chips please', /one portion of Chips/],
    ['make it two', /two portions of Chips/],
  ]);
  call.reconnect();
  assert.match(await call.say('my order'), /^You have two Lagers and two portions of Chips\./);
});

test('without rows the menu is empty, and the waiter says so', async () => {
  const empty = openTestDatabase();
  const reader = new VocabularyReader({ database: empty, clock: new VirtualClock(), log: noLog });
  const call = callTo(waiter, { database: empty, vocabulary: await reader.read() });
  await follow(call, [
    ['what is on the menu', /nothing on the menu just now/],
    ['two goat brochettes please', /goat brochettes is not on the menu/],
    ['goodbye', /Goodbye/],
  ]);
  await empty.close();
});

test('with the database away the waiter cannot see the menu, and notes nothing', async () => {
  const away = { transaction: () => Promise.reject(new Error('no route to host')) };
  await follow(callTo(waiter, { database: away }), [
    ['what is on the menu in kigali', /cannot see the menu just now/],
    ['two lagers please', /cannot see the menu just now\. I have not noted lagers/],
    ['my order', /nothing in your order/],
  ]);
});

test('[V5] the finance persona tells figures and rules, with those before in mind', async () => {
  await follow(callTo(cfo, { trust: 'verified' }), [
    [
      'what was our revenue last quarter',
      /third quarter of 2026 was 272300\.00 EUR\. .*demonstration/,
    ],
    ['and the quarter before', /Revenue in the second quarter of 2026 was 225000\.00 EUR/],
    ['and the EBITDA', /EBITDA in the second quarter of 2026 was 57858\.00 EUR/],
    ['EBITDA for March', /EBITDA in March 2026 was 8422\.80 EUR/],
    ['and the month before', /EBITDA in February 2026/],
    ['break it down', /The accounts of February 2026 are/],
    ['revenue this month', /ledger has nothing for this month/],
    ['what is the VAT rate in Malta', /18 percent\. .*The source is Value Added Tax Act/],
    ['and in the UK', /20 percent/],
    ['and in Canada', /No rule on VAT rate is on file for Canada\. I will not guess/],
    ['what is the lottery tax in Malta', /No rule on lottery tax is on file for Malta/],
    ['what is our cash flow', /cannot do: I can only/],
    ['thank you goodbye', /Goodbye/],
  ]);
});

test('a period or a jurisdiction that is missing is asked for', async () => {
  await follow(callTo(cfo, { trust: 'verified' }), [
    ['what was our revenue', /^For which period/],
    ['last quarter', /^Revenue in the third quarter of 2026/],
    ['what is the vat rate', /^For which jurisdiction/],
    ['in malta', /18 percent/],
  ]);
});

test('[V19] a caller who is not verified is told that figures are not for them', async () => {
  await follow(callTo(cfo), [
    ['what was our revenue last quarter', /for verified callers only, and I could not verify you/],
    ['what is the vat rate in malta', /18 percent/],
  ]);
});

test('whatever is said and whatever tools give, there is an answer and no error', () => {
  const said = fc.constantFrom(
    'what is on the menu',
    'kigali',
    'two lagers please',
    'brochettes',
    'yes',
    'no',
    'the first one',
    'make it two',
    'cancel that',
    'not the lager',
    'goodbye',
    'my order',
    'that is all',
    'another one',
    'what goes with that',
    'no not the lager the chips',
    'help',
    '…',
  );
  const output = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((result) => JSON.stringify({ result })),
    fc.constantFrom('{"error":{"code":"STORE_TIMEOUT"}}', '{"error":7}', '{"truncated":true}'),
    fc.constant('{"result":[{"id":"i","name":"Lager","price":"2 EUR","venue":"Kigali"}]}'),
  );
  const property = fc.property(fc.array(fc.tuple(said, output), { maxLength: 12 }), (turns) => {
    const conversation = openConversation(waiter, store.vocabulary);
    const items: Parameters<typeof conversation.answer>[0][number][] = [];
    for (const [text, outputJson] of turns) {
      items.push({ id: `c${items.length}`, is: 'caller', text });
      const actions = conversation.answer(items, store.vocabulary);
      assert.ok(actions.length > 0);
      for (const action of actions) {
        if (action.is !== 'call') continue;
        const callId = `call_${items.length}`;
        const { name, argumentsJson } = action;
        items.push({ id: `f${items.length}`, is: 'call', callId, name, argumentsJson });
        items.push({ id: `o${items.length}`, is: 'result', callId, outputJson });
      }
      assert.ok(conversation.answer(items, store.vocabulary).length > 0);
      items.push({ id: `a${items.length}`, is: 'agent' });
    }
    const again = openConversation(waiter, store.vocabulary).answer(items, store.vocabulary);
    assert.deepEqual(again, conversation.answer(items, store.vocabulary));
  });
  fc.assert(property, { numRuns: 100 });
});
