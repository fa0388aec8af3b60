import { cardinalWords, numberWords } from './number-words.ts';

interface Currency {
  readonly one: string;
  readonly many: string;
  readonly hasCents: boolean;
}

function ofMany(one: string, hasCents = true): Currency {
  return { one, many: `${one}s`, hasCents };
}

const rwandanFranc = ofMany('Rwandan franc', false);
const euro = ofMany('euro');
const dollar = ofMany('dollar');
const pound = ofMany('pound');
const yen: Currency = { one: 'yen', many: 'yen', hasCents: false };
const rupee = ofMany('rupee', false);

const currencies: ReadonlyMap<string, Currency> = new Map([
  ['RWF', rwandanFranc],
  ['FRW', rwandanFranc],
  ['EUR', euro],
  ['€', euro],
  ['USD', dollar],
  ['$', dollar],
  ['GBP', pound],
  ['£', pound],
  ['JPY', yen],
  ['¥', yen],
  ['INR', rupee],
  ['₹', rupee],
  ['CAD', ofMany('Canadian dollar')],
  ['AUD', ofMany('Australian dollar')],
  ['CHF', ofMany('Swiss franc')],
  ['KES', ofMany('Kenyan shilling', false)],
  ['UGX', ofMany('Ugandan shilling', false)],
  ['TZS', ofMany('Tanzanian shilling', false)],
  ['ZAR', { one: 'rand', many: 'rand', hasCents: false }],
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
const codes = [...currencies.keys()].filter((name) => /^[A-Z]{3}$/u.test(name)).join('|');
const symbols = '€|\\$|£|¥|₹';
const digits = String.raw`\d[\d,]*(?: \d{3}(?!\d))*(?:\.\d+)?`;
/** A loss must never be told as a gain: the sign, or the brackets of accountants, are said. */
const sign = String.raw`(?:(?<![\w.])([-−(]) ?)?`;
const symbolFirst = new RegExp(
  String.raw`${sign}(${symbols}|\b(?:${codes})) ?([-−])?(${digits}) ?(${magnitude})?(?!\w)\)?`,
  'giu',
);
const symbolLast = new RegExp(
  String.raw`${sign}(${digits})\)? ?(${magnitude})? ?(${symbols}|(?:${codes})\b)\)?`,
  'giu',
);
const symbolAlone = new RegExp(String.raw`${symbols}|\b(?:${codes})\b`, 'gu');

/** Sums with a currency, and currencies alone, as words. */
export function sayMoney(text: string): string {
  return pointed(text)
    .replace(/\bUS(?=\$)/gu, '')
    .replace(symbolFirst, (_, before, symbol, after, number, magnitude) =>
      signed(before ?? after, sum(number, magnitude, symbol)),
    )
    .replace(symbolLast, (_, before, number, magnitude, symbol) =>
      signed(before, sum(number, magnitude, symbol)),
    )
    .replace(symbolAlone, (symbol) => ` ${currencies.get(symbol)?.many ?? ''} `);
}

const eitherSide = String.raw`(?:${symbols}|(?:${codes})\b)`;
const commaShape = String.raw`\d{1,3}(?:[. ]\d{3})*,\d{1,2}(?!\d)`;
const commaLast = new RegExp(`${commaShape}(?= ?(?:${magnitude})? ?${eitherSide})`, 'giu');
const commaFirst = new RegExp(`(?<=${eitherSide} ?)${commaShape}`, 'giu');

/** `1.234,50 €`, as most of Europe writes it, as `1234.50 €`. */
function pointed(text: string): string {
  const point = (number: string) => number.replaceAll(/[. ]/gu, '').replace(',', '.');
  return text.replace(commaLast, point).replace(commaFirst, point);
}

function signed(sign: string | undefined, words: string): string {
  return sign === undefined ? words : ` minus${words}`;
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
  if (Number(whole) === 0) return ` ${cents} ${centName(currency, Number(fraction))} `;
  const zero = Number(fraction) < 10 ? 'oh ' : '';
  return ` ${cardinalWords(whole)} ${name} ${zero}${cents} `;
}

function centName(currency: Currency, count: number): string {
  if (currency === pound) return count === 1 ? 'penny' : 'pence';
  return count === 1 ? 'cent' : 'cents';
}
