import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cardinalWords, ordinalWords, yearWords } from './number-words.ts';
import { spokenText, spokenTextMax, writtenTextMax } from './spoken-text.ts';

function says(pairs: Readonly<Record<string, string>>): void {
  for (const [written, spoken] of Object.entries(pairs)) {
    assert.equal(spokenText(written, { language: 'en' }), spoken, written);
  }
}

test('sums are said with their currency, cents where it has them', () => {
  says({
    '€12.50': 'twelve euros fifty',
    '12.50 EUR.': 'twelve euros fifty.',
    '€1.05': 'one euro oh five',
    '€0.50': 'fifty cents',
    '€4 500': 'four thousand five hundred euros',
    '$1.2M': 'one point two million dollars',
    'US$ 5': 'five dollars',
    '£3bn': 'three billion pounds',
    'EUR 3.4 million': 'three point four million euros',
    '4,500 RWF': 'four thousand five hundred rue wondin francs',
    'RWF 1': 'one rue wondin franc',
    'in RWF': 'in rue wondin francs',
  });
});

test('numbers are said as what they count', () => {
  says({
    'up 12.5% from -3%': 'up twelve point five percent from minus three percent',
    '1 000 000 and 8.5k': 'one million and eight point five thousand',
    'the 2nd and 21st': 'the second and twenty first',
    '5–10 people, 250 ml': 'five to ten people, two hundred fifty millilitres',
    '2 x tea, ½ portion': 'two times tea, one half portion',
    '2024 guests': 'two thousand twenty four guests',
    '+250 788 123 456': 'plus two five zero, seven eight eight, one two three, four five six',
    '0788 12 34': 'zero seven eight eight, one two, three four',
    '555-0123': 'five five five, zero one two three',
    A4: 'A four',
  });
});

test('dates, periods and times are said as people say them', () => {
  says({
    '2026-03-31': 'March thirty first, twenty twenty six',
    '31 March 2026': 'March thirty first, twenty twenty six',
    'Mar 3, 2026': 'March third, twenty twenty six',
    '31/03/2026': 'March thirty first, twenty twenty six',
    'Q1 2026': 'Q one, twenty twenty six',
    'FY2026 and Q3': 'fiscal year twenty twenty six and Q three',
    'since 2005': 'since two thousand five',
    'in 2025: 4%': 'in twenty twenty five: four percent',
    'at 7:30 pm, 19:05, 12:00 or 9am':
      "at seven thirty p m, seven oh five p m, twelve o'clock or nine a m",
  });
});

test('abbreviations, signs and foreign words are said, decoration is not', () => {
  says({
    'IFRS 15, VAT, COGS & EBITDA (GAAP)': 'I F R S fifteen, V A T, COGS and ee bit dah, gap',
    'drinks, e.g. tea, etc.': 'drinks, for example tea, et cetera',
    '**Crème brûlée** — `new` 😀': 'krem broo lay, new',
    'Rwandan isombe, Maltese ftira': 'rue wondin ee som bay, Maltese fuh teera',
    "I'm “here”": "I'm here",
  });
});

test('a loss is never told as a gain, nor a thousand as a hundred', () => {
  says({
    '-8422.80 EUR': 'minus eight thousand four hundred twenty two euros eighty',
    '−€12.50': 'minus twelve euros fifty',
    '€-12': 'minus twelve euros',
    '(1,200.00) EUR': 'minus one thousand two hundred euros',
    '1.000,50 EUR': 'one thousand euros fifty',
    '1 234,50 €': 'one thousand two hundred thirty four euros fifty',
    '€1,2 million': 'one point two million euros',
    '£250k': 'two hundred fifty thousand pounds',
    'CAD 30,000': 'thirty thousand Canadian dollars',
    'CHF 12.50': 'twelve Swiss francs fifty',
    '¥500': 'five hundred yen',
    '0.01 EUR, £0.01': 'one cent, one penny',
    '1.000.000': 'one million',
    '.5': 'zero point five',
    '007': 'zero zero seven',
    '2½': 'two and a half',
  });
});

test('ranges, years and dates are said whichever way they are written', () => {
  says({
    '10-12 minutes': 'ten to twelve minutes',
    '2024-25': 'twenty twenty four to twenty five',
    '31.03.2026, 03/31/2026 or 2026/03/31':
      'March thirty first, twenty twenty six, March thirty first, twenty twenty six or ' +
      'March thirty first, twenty twenty six',
    'FY25 and 2026Q1': 'fiscal year twenty twenty five and Q one, twenty twenty six',
    'the 1990s': 'the nineteen nineties',
    '24/7, 30 km/h, 50 m²': 'twenty four seven, thirty kilometres per hour, fifty square metres',
    '5 min, 24h': 'five minutes, twenty four hours',
    '≤ 5, ~7 ± 1': 'at most five, about seven plus or minus one',
  });
});

test('laws are cited as people cite them', () => {
  says({
    '26 U.S.C. § 11(b).': 'twenty six U S C section eleven b.',
    'Council Directive 2006/112/EC, Articles 44 and 196':
      'Council Directive two thousand six, number one hundred twelve E C, Articles forty four ' +
      'and one hundred ninety six',
    'Value Added Tax Act 1994, s. 2(1)':
      'Value Added Tax Act nineteen ninety four, section two one',
    'ss. 3 and 4, Annex III': 'sections three and four, Annex three',
    '585 U.S. 162 (2018)': 'five hundred eighty five U S one hundred sixty two, twenty eighteen',
  });
});

test('addresses are told so that they can be written down', () => {
  says({
    'Mail info@example.com.': 'Mail info at example dot com.',
    'https://www.example.com/menu?x=1': 'example dot com slash menu',
    'see my-site.co.uk': 'see my dash site dot co dot uk',
    '(0)20 7946 0958': 'zero, two zero, seven nine four six, zero nine five eight',
  });
});

test('markup and emoji of a language model are not said, its words are', () => {
  says({
    '# Menu\n- **Tea** (hot)\n- _Soup_ 😀': 'Menu, Tea, hot, Soup',
    'See [our menu](https://example.com/m) &amp; <b>order</b>.': 'See our menu and order.',
    '| Tea | 2 EUR |\n|---|---|\n| Soup | 3 EUR |': 'Tea, two euros, Soup, three euros',
    '```json\nhello\n```': 'hello',
    '5 > 3, 2 * 3': 'five more than three, two three',
  });
});

test('letters of other languages are said where they can be, and never silently dropped', () => {
  says({
    'Łódź, Straße, mañana, Ærø': 'Lodz, Strasse, manana, Aero',
    日本語です: 'something that I cannot pronounce',
    Привет: 'something that I cannot pronounce',
    '日本 tea': 'tea',
    '…': '',
    '😀': '',
  });
});

test('whatever is written, no digit and no sign without a sound is left, within bounds', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '€',
      '$1',
      ' RWF',
      '12',
      '.5',
      '-',
      ':30',
      '%',
      '2026',
      '-03-31',
      'Q1',
      '1st',
      ' ',
      '+250 ',
      '٣',
      '①',
      '²',
      '½',
      '(1) ',
      '/',
      '§',
      '|',
      '**',
      '@a.io',
      'ł',
      '日',
      'k',
      'ﷺ',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const written = pieces.join('');
      const spoken = spokenText(written, { language: 'en' });
      assert.match(spoken, /^[A-Za-z',.?!;: -]*$/u);
      assert.ok(spoken.length <= spokenTextMax);
    }),
    { numRuns: 1_000 },
  );
});

test('what is longer than is said ends between two words', () => {
  const spoken = spokenText('tea '.repeat(writtenTextMax), { language: 'en' });
  assert.equal(spoken, 'tea '.repeat(writtenTextMax / 4).trim());
  const endless = spokenText('777777777777777 '.repeat(37), { language: 'en' });
  assert.ok(endless.length <= spokenTextMax && endless.length > spokenTextMax - 20);
});

test('the words of a number give the number back', () => {
  const values = new Map<string, number>();
  for (let number = 0; number < 100; number += 1) values.set(cardinalWords(String(number)), number);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (number) => {
      const words = cardinalWords(String(number)).split(
        / (?:trillion|billion|million|thousand)\b ?/u,
      );
      const scales =
        cardinalWords(String(number)).match(/trillion|billion|million|thousand/gu) ?? [];
      const worth: Record<string, number> = {
        trillion: 1e12,
        billion: 1e9,
        million: 1e6,
        thousand: 1e3,
      };
      const sum = words.reduce((total, group, index) => {
        const [, hundreds, rest] = /^(?:(\w+) hundred)? ?(.*)$/u.exec(group) ?? [];
        const value =
          100 * (values.get(hundreds ?? 'zero') ?? 0) + (values.get(rest || 'zero') ?? Number.NaN);
        return total + value * (worth[scales[index] ?? ''] ?? 1);
      }, 0);
      assert.equal(sum, number);
    }),
  );
  assert.equal(ordinalWords('112'), 'one hundred twelfth');
  assert.equal(ordinalWords('20'), 'twentieth');
  assert.equal(yearWords('1905'), 'nineteen oh five');
  assert.equal(yearWords('1900'), 'nineteen hundred');
});
