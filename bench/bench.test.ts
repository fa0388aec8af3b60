import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inProcess, measureFairly, percentile, Report, reportRatio } from './bench.ts';

/** The exit code, and what was printed. */
function finished(fill: (report: Report) => void, json = false): [number, string] {
  const report = new Report('sample');
  fill(report);
  const lines: string[] = [];
  const print = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    return [report.finish({ json }), lines.join('\n')];
  } finally {
    console.log = print;
  }
}

test('a bench ends with 0 when all holds, 1 when one fails, 3 when one was not judged', () => {
  const holds = (report: Report) => report.atLeast('gain', 3, '×', 2);
  const fails = (report: Report) => report.atMost('delay', 5, 'ms', 4.2);
  const unjudged = (report: Report) => report.notJudged('ratio', '×', '>= 2', 'no peer');
  assert.equal(finished(holds)[0], 0);
  assert.equal(finished((report) => [holds(report), fails(report), unjudged(report)])[0], 1);
  assert.equal(finished((report) => [holds(report), unjudged(report)])[0], 3);
});

test('with --json the last line is one object with every figure', () => {
  const [, text] = finished((report) => {
    report.note('skipped: nothing');
    report.atLeast('gain', 3.25, '×', 2);
    report.notJudged('ratio', '×', '>= 2', 'no peer');
    report.inform('cost', 1, 'µs');
  }, true);
  const { bench, machine, figures } = JSON.parse(text.split('\n').at(-1)!);
  assert.equal(bench, 'sample');
  assert.match(machine, /Node v\d+/);
  assert.deepEqual(figures, [
    { name: 'gain', value: 3.25, unit: '×', target: '>= 2', holds: true },
    { name: 'ratio', value: null, unit: '×', target: '>= 2', holds: 'not judged: no peer' },
    { name: 'cost', value: 1, unit: 'µs', target: '', holds: null },
  ]);
});

test('a ratio to a peer that wavers by itself is not judged', () => {
  const ours = { microseconds: 1, spread: 0 };
  const ratioTo = (spread: number) =>
    finished((report) => {
      reportRatio(report, 'speed', { ours, peer: { microseconds: 3, spread }, least: 2 });
    });
  assert.equal(ratioTo(0.1)[0], 0);
  assert.equal(ratioTo(0.3)[0], 3);
  assert.match(ratioTo(0.3)[1], /rounds differ by 30 %/);
});

test('variants are measured there and back, and each keeps its best round', () => {
  const order: string[] = [];
  const variant = (name: string, times: number[]) => ({
    name,
    microseconds: () => {
      order.push(name);
      return times.shift() ?? 9;
    },
  });
  const found = measureFairly([
    variant('a', [50, 4, 6, 5, 5, 6, 7]),
    variant('b', [50, 2, 2, 2, 2, 2, 2]),
  ]);
  assert.equal(order.join(''), 'ababbaabbaabba');
  assert.deepEqual(found.get('a'), { microseconds: 4, spread: 0.5 });
  assert.deepEqual(found.get('b'), { microseconds: 2, spread: 0 });
});

test('work in this process is measured by its CPU time', () => {
  let done = 0;
  const { microseconds } = inProcess('work', (times) => {
    for (let turn = 0; turn < times * 1000; turn += 1) done = (done + turn) % 7;
  });
  const each = microseconds(5);
  assert.ok(each > 0 && each < 1000, `${each} µs`);
});

test('a percentile is a value that was seen', () => {
  assert.equal(percentile([5, 1, 4, 2, 3], 99), 5);
  assert.equal(percentile([5, 1, 4, 2, 3], 50), 3);
  assert.equal(percentile([], 99), 0);
});
