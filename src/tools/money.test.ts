import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amountText } from './money.ts';

test('[A1] Rwandan francs have no decimals, euros have two', () => {
  assert.equal(amountText(4_500, 'RWF'), '4500 RWF');
  assert.equal(amountText(4_500, 'EUR'), '45.00 EUR');
  assert.equal(amountText(5, 'EUR'), '0.05 EUR');
  assert.equal(amountText(0, 'RWF'), '0 RWF');
  assert.equal(amountText(1_234, 'KWD'), '1.234 KWD');
  assert.equal(amountText(-1, 'USD'), '-0.01 USD');
});

test('an amount keeps every digit, however large', () => {
  assert.equal(amountText(900_719_925_474_099_312n, 'USD'), '9007199254740993.12 USD');
  fc.assert(
    fc.property(fc.bigInt(), fc.constantFrom('RWF', 'EUR', 'KWD', 'CLF'), (minor, currency) => {
      const text = amountText(minor, currency);
      assert.equal(BigInt(text.replace(/[. ]|[A-Z]/g, '')), minor);
    }),
  );
});
