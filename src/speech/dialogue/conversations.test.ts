import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { noLog, openTestDatabase } from '../../tools/testing/test-database.ts';
import { VocabularyReader } from '../../tools/vocabulary.ts';
import { openConversation } from './conversation.ts';
import { sceneOf } from './scene.ts';
import { follow, openDemoCalls } from './testing/demo-calls.ts';
import { shippedDialogue, type TypedCall } from './testing/typed-call.ts';
import { toolValues } from './tool-values.ts';

const demo = await openDemoCalls();
after(() => demo.close());
const waiter = shippedDialogue('waiter');

function callTo(dialogue = waiter, options: Parameters<typeof demo.to>[1] = {}): TypedCall {
  return demo.to(dialogue, options);
}

async function ordered(sessionId: string): Promise<readonly string[]> {
  const rows = await demo.database.transaction((tables) =>
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

test('who asks for more than can be noted gets none, not one', async () => {
  await follow(callTo(), [
    ['a hundred lagers', /can note at most 50/],
    ['forty lagers please', /forty Lagers/],
    ['twenty more', /can note at most 50/],
    ['what did i order', /^You have forty Lagers\./],
  ]);
});

test('what a breath holds besides dishes is told of, not passed over', async () => {
  await follow(callTo(), [
    ['a pint of guinness and two goat brochettes', /two portions of Goat.* guinness is not on/],
    ['two goat brochettes, hold the onions', /only note dishes as they are/],
    ['one lager, one chips, one fruit platter', /one Lager .* one portion of Chips .* one Fruit/],
    ['three portions of isombe', /three Isombes/],
    ['2x sambaza', /two Sambazas/],
    ['one moment please', /Take your time/],
    ['and a lager for my friend', /noted two Lagers in all at 2500 RWF each\. Anything else/],
  ]);
});

test('that and those mean what was offered, or what was spoken of last', async () => {
  await follow(callTo(), [
    ["what's akabenz", /^Akabenz, 7000 RWF: Crispy roast pork/],
    ['how much is that', /^Akabenz is 7000 RWF\.$/],
    ["what's in it", /Crispy roast pork/],
    ["I'll take it", /one Akabenz for 7000 RWF\. Fried plantain goes well .* for 2500 RWF\?/],
    ['two of those', /two Fried plantains/],
    ['two more of those', /four Fried plantains in all/],
    ['a goat brochettes', /A cold lager goes well/],
    ['no', /Anything else/],
    ['what goes with that', /^As I said: A cold lager/],
    ["yes please, I'll have that", /one Lager/],
    [
      'order that',
      /^Your order is one Akabenz, four Fried plantains, one portion of Goat .*place it/,
    ],
  ]);
});

test('the second one is that of the list that was told last', async () => {
  await follow(callTo(), [
    ['what is on the menu in valletta', /Aljotta .* Bigilla .* Bitter orange soda/],
    ['the second one', /one Bigilla/],
    ['no', /Anything else/],
    ['what else', /^There is also/],
    ['the first one', /^What would you like\?$/],
    ['minus one bigilla', /taken off one Bigilla/],
    ['two girgentina please', /two glasses of Girgentina/],
    ['remove the wine', /taken off two glasses of Girgentina/],
    ['whats my total', /nothing in your order/],
  ]);
});

test('a dish that was asked for is not ordered by its name', async () => {
  await follow(callTo(), [
    ["what's in it", /^Of which dish\?$/],
    ['the akabenz', /^Akabenz, 7000 RWF: Crispy roast pork/],
    ['my order', /nothing in your order/],
  ]);
});

test('an offer that is a question is not asked twice', async () => {
  await follow(callTo(), [
    [
      "I'd like a coffee",
      /Would you like some fruit with your coffee\? Fruit platter is 3500 RWF\.$/,
    ],
    ['yes', /one Fruit platter for 3500 RWF/],
    ['what goes with the coffee', /That is in your order already\.$/],
  ]);
});

test('one dish takes the place of another, whichever is named first', async () => {
  await follow(callTo(), [
    ['an akabenz and two lagers please', /two Lagers/],
    ['instead of the lager a ginger soda', /one Ginger soda .* in the place of two Lagers/],
    ['a lager instead of the ginger soda', /one Lager .* in the place of one Ginger soda/],
    ['replace the akabenz with chips', /Chips .* in the place of one Akabenz/],
    ['actually make it an african tea', /African tea .* in the place of one portion of Chips/],
    ['what have i got', /^You have one Lager and one African tea\./],
    ['remove everything', /cancelled the whole order/],
  ]);
});

test('an order that is placed is remembered, and not changed', async () => {
  const call = callTo(waiter, { sessionId: 'placed' });
  await follow(call, [
    ['a lager', /one Lager/],
    ["that's all", /Shall I place it/],
    ['yes', /^Your order is placed: one Lager, together 2500 RWF\. Can I do anything else/],
    ["no that's wrong", /^Your order has been placed: one Lager.* I cannot change it/],
    ['what did i order', /^Your order has been placed: one Lager/],
    ['and a chips please', /one portion of Chips/],
    ['cancel my order', /cancelled the whole order/],
    ["that's it", /Goodbye/],
  ]);
  assert.equal(call.isEnded, true);
  assert.deepEqual(await ordered('placed'), ['1 Lager 2500 RWF']);
});

test('who asks for one thing is not told of what is like it', async () => {
  await follow(callTo(), [
    ['how much is the tilapia', /^Grilled tilapia is 14000 RWF\.$/],
    ['do you have beer', /^We have Lager for 2500 RWF\.$/],
    [
      'anything vegan',
      /^Vegan in Kigali we have Avocado salad, Beans and plantain and Fried plantain\.$/,
    ],
    ['do you have anything vegetarian', /Isombe/],
    ['does the isombe contain nuts', /groundnuts.* cannot vouch for allergens/],
    ['which restaurants do you have', /in Kigali and Valletta/],
    ['fish please', /Which one do you mean: Grilled tilapia, 14000 RWF or Sambaza, 5000 RWF\?/],
    ['never mind', /Anything else/],
  ]);
});

test('however somebody leaves, the agent says goodbye', async () => {
  for (const said of [
    'thank you very much, goodbye',
    'no that’s it thanks bye',
    'ok bye now',
    'have a nice day',
    'I have to go',
    "that's all, goodbye",
  ]) {
    const call = callTo();
    assert.match(await call.say(said), /Goodbye!$/, said);
    assert.equal(call.isEnded, true, said);
  }
});

test('whoever is not understood hears something else each time', async () => {
  const call = callTo();
  const answers = [];
  for (const said of ['asdf', 'qwertz', 'yxcv', 'uiop', null]) answers.push(await call.say(said));
  assert.equal(new Set(answers).size, answers.length);
  await follow(call, [
    ['are you a robot', /a program that takes orders/],
    ['can I talk to a human', /cannot put you through/],
    ['when do you open', /that I do not know/],
  ]);
});

test('whoever asks for a person is put through where there is somebody', () => {
  const vocabulary = {
    ...demo.vocabulary,
    ...toolValues([
      {
        name: 'transfer_call',
        parameters: { properties: { destination: { enum: ['front_desk', 'kitchen'] } } },
      },
    ]),
  };
  const scene = sceneOf(waiter, vocabulary);
  const conversation = openConversation(scene);
  const said = (id: string, text: string) => ({ id, is: 'caller', text }) as const;
  const asked = conversation.answer([said('1', 'can I talk to a human')], scene);
  assert.deepEqual(asked, [{ is: 'say', text: 'Gladly. To whom: Front Desk or Kitchen?' }]);
  const [call] = conversation.answer([said('2', 'the front desk please')], scene);
  assert.deepEqual(call, {
    is: 'call',
    name: 'transfer_call',
    argumentsJson: '{"destination":"front_desk"}',
  });
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
  const scene = sceneOf(waiter, demo.vocabulary);
  const property = fc.property(fc.array(fc.tuple(said, output), { maxLength: 12 }), (turns) => {
    const conversation = openConversation(scene);
    const items: Parameters<typeof conversation.answer>[0][number][] = [];
    for (const [text, outputJson] of turns) {
      items.push({ id: `c${items.length}`, is: 'caller', text });
      const actions = conversation.answer(items, scene);
      assert.ok(actions.length > 0);
      for (const action of actions) {
        if (action.is !== 'call') continue;
        const callId = `call_${items.length}`;
        const { name, argumentsJson } = action;
        items.push({ id: `f${items.length}`, is: 'call', callId, name, argumentsJson });
        items.push({ id: `o${items.length}`, is: 'result', callId, outputJson });
      }
      assert.ok(conversation.answer(items, scene).length > 0);
      items.push({ id: `a${items.length}`, is: 'agent' });
    }
    const again = openConversation(scene).answer(items, scene);
    assert.deepEqual(again, conversation.answer(items, scene));
  });
  fc.assert(property, { numRuns: 100 });
});
