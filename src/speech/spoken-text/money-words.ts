import { cardinalWords, numberWords } from './number-words.ts';

interface Currency {
  readonly one: string;
  readonly many: string;
  readonly hasCents: boolean;
}

const rwandanFranc: Currency = {
  one: 'Rwandan franc',
  many: 'Rwandan francs',
  hasCents: false,
};
const euro: Currency = { one: 'euro', many: 'euros', hasCents: true };
const dollar: Currency = { one: 'dollar', many: 'dollars', hasCents: true };
const pound: Currency = { one: 'pound', many: 'pounds', hasCents: true };

const currencies: ReadonlyMap<string, Currency> = new Map([
  ['RWF', rwandanFranc],
  ['FRW', rwandanFranc],
  ['EUR', euro],
  ['€', euro],
  ['USD', dollar],
  ['$', dollar],
  ['GBP', pound],
  ['£', pound],
]);

const magnitudes: ReadonlyMap<string, string> = new Map([
  ['k', 'thousand'],
  ['m', 'million'],
  ['mn', 'million'],
  ['million', 'million'],
  ['b', 'billion'],
  ['bn', 'billion'],
  ['billion', 'billion'],
  ['thousand', 'thousand'],
]);

const magnitude = 'k|mn?|bn?|million|billion|thousand';
const amount = String.raw`(\d[\d,]*(?: \d{3}(?!\d))*(?:\.\d+)?) ?(${magnitude})?`;
const symbolFirst = new RegExp(
  String.raw`(€|\$|£|\b(?:RWF|FRW|EUR|USD|GBP)) ?${amount}(?!\w)`,
  'giu',
);
const symbolLast = new RegExp(String.raw`${amount} ?(€|\$|£|(?:RWF|FRW|EUR|USD|GBP)\b)`, 'giu');
const symbolAlone = /[€$£]|\b(?:RWF|FRW|EUR|USD|GBP)\b/gu;

/** Sums with a currency, and currencies alone, as words. */
export function sayMoney(text: string): string {
  return text
    .replace(/\bUS(?=\$)/gu, '')
    .replace(symbolFirst, (_, symbol, number, magnitude) => sum(number, magnitude, symbol))
    .replace(symbolLast, (_, number, magnitude, symbol) => sum(number, magnitude, symbol))
    .replace(symbolAlone, (symbol) => ` ${currencies.get(symbol)?.many ?? ''} `);
}

/** `€12.50`: twelve euros fifty. `$1.2M`: one point two million dollars. */
function sum(number: string, magnitude: string | undefined, symbol: string): string {
  const currency = currencies.get(symbol.toUpperCase())!;
  const plain = number.replaceAll(/[, ]/gu, '');
  const [whole = '', fraction = ''] = plain.split('.');
  if (magnitude !== undefined) {
    const scale = magnitudes.get(magnitude.toLowerCase());
    return ` ${numberWords(plain)} ${scale} ${currency.many} `;
  }
  const name = Number(whole) === 1 ? currency.one : currency.many;
  if (Number(fraction) === 0) return ` ${cardinalWords(whole)} ${name} `;
  if (!currency.hasCents || fraction.length !== 2) {
    return ` ${numberWords(plain)} ${currency.many} `;
  }
  const cents = cardinalWords(fraction);
  if (Number(whole) === 0) return ` ${cents} ${currency === pound ? 'pence' : 'cents'} `;
  const zero = Number(fraction) < 10 ? 'oh ' : '';
  return ` ${cardinalWords(whole)} ${name} ${zero}${cents} `;
}
