import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceText, shareText } from './amount.ts';
import { inFull, spokenWords, wordsMax } from './normalise.ts';
import { numberWords, yearWords } from './number-words.ts';
import { periodForms, periodText, resolvedPeriod } from './periods.ts';
import { totalText } from './price.ts';
import { countedName } from './replies.ts';
import { listText, render } from './template.ts';
import { toolValues } from './tool-values.ts';

test('what is typed becomes words as they are spoken', () => {
  const spoken: Readonly<Record<string, string>> = {
    '2 Cappuccinos, please!': 'two cappuccinos please',
    'Crème brûlée & tea': 'creme brulee and tea',
    'revenue 2026-03': 'revenue march twenty twenty six',
    'the 3rd quarter of 2025': 'the third quarter of twenty twenty five',
    '21 of it, 18%': 'twenty one of it eighteen percent',
    'I’d like it, OK?': "i'd like it okay",
    '2026-13': 'twenty twenty six thirteen',
    '007': 'zero zero seven',
    日本: '',
  };
  for (const [text, words] of Object.entries(spoken)) {
    assert.equal(spokenWords(text).join(' '), words, text);
  }
  assert.equal(spokenWords('very '.repeat(500)).length, wordsMax);
});

test('numbers and years are said as people say them', () => {
  assert.deepEqual(
    [0, 7, 13, 20, 42, 99].map(numberWords).join(', '),
    'zero, seven, thirteen, twenty, forty two, ninety nine',
  );
  assert.ok(yearWords(2026).includes('two thousand and twenty six'));
  assert.deepEqual(yearWords(2000), ['two thousand']);
  assert.ok(yearWords(2005).includes('twenty oh five'));
  assert.deepEqual(yearWords(1999), ['nineteen ninety nine']);
});

test('a month without a year is the newest that there is', () => {
  const forms = periodForms(['2025-10', '2025-11', '2026-10']);
  const meaning = (words: string) =>
    forms.filter((form) => form.words === words).map(({ value }) => value);
  assert.deepEqual(meaning('october'), ['2026-10']);
  assert.deepEqual(meaning('november'), ['2025-11']);
  assert.deepEqual(meaning('october twenty twenty five'), ['2025-10']);
  assert.deepEqual(meaning('fourth quarter'), ['Q4 2026']);
  assert.deepEqual(meaning('march'), []);
  assert.deepEqual(meaning('last quarter'), ['last quarter']);
});

test('the one before is counted from the period that was spoken of', () => {
  const quarter = { from: '2026-01-01', to: '2026-03-31' };
  assert.equal(resolvedPeriod('before quarter', quarter), 'Q4 2025');
  assert.equal(resolvedPeriod('before', quarter), 'Q4 2025');
  assert.equal(resolvedPeriod('before', { from: '2026-01-01', to: '2026-01-31' }), '2025-12');
  assert.equal(resolvedPeriod('before', { from: '2025-01-01', to: '2025-12-31' }), '2024');
  assert.equal(resolvedPeriod('before quarter', null), 'last quarter');
  assert.equal(resolvedPeriod('2026-03', quarter), '2026-03');
  assert.equal(resolvedPeriod('year ago', quarter), 'Q1 2025');
  assert.equal(resolvedPeriod('year ago', { from: '2026-03-01', to: '2026-03-31' }), '2025-03');
});

test('a period is named as people name it', () => {
  assert.equal(periodText('2026-03-01', '2026-03-31'), 'March 2026');
  assert.equal(periodText('2026-07-01', '2026-09-30'), 'the third quarter of 2026');
  assert.equal(periodText('2025-01-01', '2025-12-31'), '2025');
  assert.equal(
    periodText('2026-01-01', '2026-11-21'),
    'the time from 1 January 2026 to 21 November 2026',
  );
  assert.equal(periodText('2026-01-01', '2026-06-30'), 'the time from January to June 2026');
});

test('what is said short means what is said long', () => {
  const full = (text: string) => spokenWords(text).flatMap(inFull).join(' ');
  assert.equal(full("What's that? I'll have it."), 'what is that i will have it');
  assert.equal(
    full("we'd, they've, don't, can't, gimme 2x"),
    'we would they have do not can not give me two',
  );
});

test('amounts are compared exactly, and only with their like', () => {
  assert.equal(differenceText('100.10 EUR', '99.95 EUR'), '0.15 EUR');
  assert.equal(differenceText('1 RWF', '2 RWF'), '-1 RWF');
  assert.equal(shareText('8422.80 EUR', '54200.00 EUR'), '15.5 percent');
  assert.equal(shareText('-1.00 EUR', '3.00 EUR'), '-33.3 percent');
  for (const other of ['5 RWF', '0.00 EUR', 'much', null])
    assert.equal(shareText('1.00 EUR', other), null);
  assert.equal(differenceText('1.00 EUR', '1.00 USD'), null);
  const facts = { ebitda: '1.00 EUR', revenue: '4.00 EUR', cogs: '3.00 EUR' };
  assert.equal(render('{ebitda/revenue}, {revenue-cogs}', facts), '25.0 percent, 1.00 EUR');
  assert.equal(render('a[, {ebitda/nothing}]', facts), 'a');
});

test('tools tell which values they can be given', () => {
  const parameters = {
    properties: { to: { enum: ['front_desk', 'bar'] }, note: { type: 'string' } },
  };
  assert.deepEqual(toolValues([{ name: 'transfer', parameters }, { name: 'plain' }]), {
    'transfer.to': [
      { value: 'front_desk', names: ['front desk'] },
      { value: 'bar', names: ['bar'] },
    ],
  });
});

test('totals are exact, each currency for itself, and none where a price is none', () => {
  const line = (price: string, count: number) => ({ price, count });
  assert.equal(
    totalText([line('6500 RWF', 2), line('0.10 EUR', 3), line('0.20 EUR', 1)]),
    '13000 RWF and 0.50 EUR',
  );
  assert.equal(totalText([line('90071992547409.93 EUR', 50)]), '4503599627370496.50 EUR');
  assert.equal(totalText([line('on request', 1)]), null);
  assert.equal(totalText([]), '');
});

test('so many of a dish are named as a waiter names them', () => {
  assert.equal(countedName('Lager', 1), 'one Lager');
  assert.equal(countedName('Lager', 2), 'two Lagers');
  assert.equal(countedName('Gellewza, a glass', 2), 'two glasses of Gellewza');
  assert.equal(countedName('Goat brochettes', 1), 'one portion of Goat brochettes');
  assert.equal(countedName('Ugali with beef stew', 3), 'three portions of Ugali with beef stew');
});

test('a template says what is known, and leaves out what is not', () => {
  const facts = { rule: 'It is 18 percent.', notes: null, is_demo: true, is_over: false, count: 1 };
  assert.equal(
    render('{rule}[ {notes}] [?is_demo: Made up.]', facts),
    'It is 18 percent. Made up.',
  );
  assert.equal(
    render('{rule}[!is_over: Not over.][?notes: Noted.]', facts),
    'It is 18 percent. Not over.',
  );
  assert.equal(render('{count} {count|dish|dishes}, {unknown}', facts), '1 dish,');
  assert.equal(render('{rule.length}{constructor}', { rule: 'x' }), '');
  assert.equal(listText(['a', 'b', 'c'], 'or'), 'a, b or c');
});
