import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GatewayError } from '../runtime/errors.ts';
import { dayOf, parsePeriod } from './period.ts';

function daysOf(text: string, today = '2026-11-21'): string {
  const { from, to } = parsePeriod(text, today);
  return `${from} ${to}`;
}

test('[A2] months, quarters, years and days are read as people say them', () => {
  for (const may of [
    '2026-05',
    'May 2026',
    ' may  2026 ',
    'may, 2026',
    '2026 May',
    'MAY of 2026',
  ]) {
    assert.equal(daysOf(may), '2026-05-01 2026-05-31', may);
  }
  for (const second of ['Q2 2026', '2026-Q2', '2026Q2', 'q2 of 2026', 'Q2-2026']) {
    assert.equal(daysOf(second), '2026-04-01 2026-06-30', second);
  }
  for (const year of ['2026', 'FY2026', 'fy 2026', 'year 2026']) {
    assert.equal(daysOf(year), '2026-01-01 2026-12-31', year);
  }
  assert.equal(daysOf('2026-05-31'), '2026-05-31 2026-05-31');
  assert.equal(daysOf('Sept 2025'), '2025-09-01 2025-09-30');
  assert.equal(daysOf('Sep. 2025'), '2025-09-01 2025-09-30');
});

test('[A2] a range goes from the start of the first to the end of the last', () => {
  assert.equal(daysOf('2026-01-15 to 2026-03-02'), '2026-01-15 2026-03-02');
  assert.equal(daysOf('2026-01..2026-03'), '2026-01-01 2026-03-31');
  assert.equal(daysOf('from October 2025 until Q1 2026'), '2025-10-01 2026-03-31');
  assert.equal(daysOf('2024 - 2025'), '2024-01-01 2025-12-31');
});

test('[A2] what is relative is counted from today', () => {
  assert.equal(daysOf('last quarter'), '2026-07-01 2026-09-30');
  assert.equal(daysOf('The previous month'), '2026-10-01 2026-10-31');
  assert.equal(daysOf('this quarter'), '2026-10-01 2026-12-31');
  assert.equal(daysOf('current month'), '2026-11-01 2026-11-30');
  assert.equal(daysOf('last year'), '2025-01-01 2025-12-31');
  assert.equal(daysOf('year to date'), '2026-01-01 2026-11-21');
  assert.equal(daysOf('YTD', '2026-01-01'), '2026-01-01 2026-01-01');
});

test('[A2] years end and February has as many days as it has', () => {
  assert.equal(daysOf('last quarter', '2026-01-01'), '2025-10-01 2025-12-31');
  assert.equal(daysOf('last month', '2026-01-31'), '2025-12-01 2025-12-31');
  assert.equal(daysOf('last quarter', '2026-12-31'), '2026-07-01 2026-09-30');
  assert.equal(daysOf('February 2024'), '2024-02-01 2024-02-29');
  assert.equal(daysOf('2100-02'), '2100-02-01 2100-02-28');
  assert.equal(daysOf('last month', '2024-03-31'), '2024-02-01 2024-02-29');
  assert.equal(daysOf('2024-02-29'), '2024-02-29 2024-02-29');
  assert.equal(dayOf(Date.UTC(2025, 11, 31, 23, 59, 59, 999)), '2025-12-31');
});

test('[A2] what is no period is refused with the forms there are', () => {
  const wrong = [
    '',
    'soon',
    'May',
    '2026-13',
    '2026-00',
    '2026-02-29',
    '2026-04-31',
    'Q5 2026',
    'Mayo 2026',
    '26',
    '2026-05 to',
    '2026-01 to 2026-02 to 2026-03',
    "2026'; drop table gl_entries; --",
  ];
  for (const text of wrong) {
    assert.throws(() => parsePeriod(text, '2026-11-21'), isRefusal(/is no period: a month/), text);
  }
  const backwards = () => parsePeriod('Q2 2026 to Q1 2026', '2026-11-21');
  assert.throws(backwards, isRefusal(/ends 2026-03-31, before 2026-04-01/));
});

function isRefusal(message: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof GatewayError);
    assert.equal(thrown.code, 'REQUEST_INVALID');
    assert.match(thrown.message, message);
    return true;
  };
}

test('the twelve months of a year are the year, the four quarters too', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 2999 }), (year) => {
      const months = Array.from({ length: 12 }, (_, index) =>
        parsePeriod(`${year}-${String(index + 1).padStart(2, '0')}`, '2026-11-21'),
      );
      const quarters = [1, 2, 3, 4].map((each) => parsePeriod(`Q${each} ${year}`, '2026-11-21'));
      const whole = parsePeriod(String(year), '2026-11-21');
      for (const parts of [months, quarters]) {
        assert.equal(parts[0]?.from, whole.from);
        assert.equal(parts.at(-1)?.to, whole.to);
        for (const [index, { to }] of parts.entries()) {
          const next = parts[index + 1];
          if (next) assert.equal(dayOf(Date.parse(to) + 86_400_000), next.from);
        }
      }
    }),
  );
});

test('any text is a period or refused, nothing else', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        const { from, to } = parsePeriod(text, '2026-11-21');
        assert.ok(from <= to);
      } catch (thrown) {
        assert.ok(thrown instanceof GatewayError && thrown.code === 'REQUEST_INVALID');
      }
    }),
  );
});
