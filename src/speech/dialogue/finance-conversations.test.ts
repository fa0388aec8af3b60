import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { spokenText } from '../spoken-text/spoken-text.ts';
import { follow, openDemoCalls } from './testing/demo-calls.ts';
import { shippedDialogue, type TypedCall } from './testing/typed-call.ts';

/** Measured of Flite's slt: 16.7 to 17.2. */
const spokenCharsPerSecond = 17;

const demo = await openDemoCalls();
after(() => demo.close());
const cfo = shippedDialogue('cfo');

function callTo(dialogue = cfo, options: Parameters<typeof demo.to>[1] = {}): TypedCall {
  return demo.to(dialogue, options);
}

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

test('a period or a country that is not in the books is not replaced by another', async () => {
  await follow(callTo(cfo, { trust: 'verified' }), [
    ['revenue in December 2026', /nothing for 2026-12/],
    ['third quarter 2025', /nothing for Q3 2025/],
    ['revenue for 2024', /nothing for 2024/],
    ['revenue next quarter', /cannot see ahead/],
    ['revenue from January to March', /first quarter of 2026 was 143700\.00 EUR/],
    ['revenue in the first half', /from January to June 2026 was 368700\.00 EUR/],
    ['and the same quarter last year', /nothing for 2025-01 to 2025-06/],
    ['what is the VAT in Germany', /no rules of Germany on file, only of Canada, .*the UK/],
    ['and in Belgium', /no rules of Belgium on file/],
    ['VAT threshold UK', /GBP 90,000/],
  ]);
});

test('figures that the ledger does not give are not replaced by others', async () => {
  await follow(callTo(cfo, { trust: 'verified' }), [
    ['what was the EBITDA margin in March', /was 15\.5 percent: 8422\.80 EUR on .* 54200\.00 EUR/],
    ['gross profit last quarter', /was 193264\.00 EUR: .* 29\.0 percent of revenue/],
    ['what is our net profit', /cannot do: I can only tell figures down to EBITDA/],
    ['how much did we spend on wages last quarter', /only tell as a list/],
    ['what did we spend most on', /^Costs in the third quarter of 2026 were Food used .*4 more/],
    ['go on', /Marketing/],
    ['compared to last year', /^Costs in 2025 were/],
  ]);
});

test('the notes of a rule are told to those who want more', async () => {
  await follow(callTo(cfo), [
    ['what is the VAT rate in Malta', /article 19\..* Say “more” for the notes\.$/],
    ['tell me more', /reduced rates of 12, 7 or 5 percent/],
    ['more please', /all that I know/],
  ]);
});

test('nobody has to listen for longer than half a minute', async () => {
  const call = callTo(cfo, { trust: 'verified' });
  const rules = await demo.database.transaction((tables) =>
    tables.selectFrom('tax_rules').select(['topic', 'jurisdiction']).execute(),
  );
  const named = new Map(
    demo.vocabulary['jurisdiction']?.map(({ value, names }) => [value, names[0]]),
  );
  const questions = rules.map(
    ({ topic, jurisdiction }) => `${topic} in ${named.get(jurisdiction)}`,
  );
  const others = callTo(shippedDialogue('waiter'));
  const answers = [await call.say('give me the numbers for 2026'), await call.say('break it down')];
  for (const question of questions)
    answers.push(await call.say(question), await call.say('more please'));
  answers.push(await others.say('what is on the menu in kigali'), await others.say('what else'));
  for (const answer of answers) {
    const spoken = spokenText(answer, { language: 'en' });
    assert.ok(spoken.length / spokenCharsPerSecond < 30, answer);
  }
});
