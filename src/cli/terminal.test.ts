import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutTo, tableLines, terminal, wrapped } from './terminal.ts';

function streams(isTTY: boolean, env: { TERM?: string; NO_COLOR?: string } = {}) {
  const written = { out: '', errors: '' };
  const out = { isTTY, columns: 60, write: (text: string) => (written.out += text) };
  const errors = { isTTY, write: (text: string) => (written.errors += text) };
  return { written, person: terminal({ out, errors, env }) };
}

test('without a terminal there are plain lines: no colours, no progress', () => {
  const { written, person } = streams(false);
  person.progress('calling');
  person.print(person.tint('good', 'ready'));
  assert.deepEqual(written, { out: 'ready\n', errors: '' });
  assert.equal(person.columns, 100);
});

test('a person sees colours unless NO_COLOR is set, and never on a dumb terminal', () => {
  assert.equal(streams(true).person.tint('bad', 'x'), '\u001b[31mx\u001b[0m');
  assert.equal(streams(true, { NO_COLOR: '1' }).person.tint('bad', 'x'), 'x');
  assert.equal(streams(true, { NO_COLOR: '' }).person.tint('bad', 'x'), '\u001b[31mx\u001b[0m');
  assert.equal(streams(true, { TERM: 'dumb' }).person.tint('bad', 'x'), 'x');
});

test('progress replaces itself and does not mix with the output', () => {
  const { written, person } = streams(true);
  person.progress('1 s');
  person.progress('');
  assert.equal(written.out, '');
  assert.equal(written.errors, '\r\u001b[2K1 s\r\u001b[2K');
});

test('a table aligns words left, numbers right, and never passes the last column', () => {
  const rows = [
    ['turn', 'after', 'note'],
    ['1', '90 ms', 'first'],
    ['12', '1240 ms', 'x'.repeat(60)],
  ];
  assert.deepEqual(tableLines({ columns: 30 }, rows), [
    'turn    after  note',
    '   1    90 ms  first',
    `  12  1240 ms  ${'x'.repeat(14)}…`,
  ]);
});

test('text is broken between words and later lines are indented', () => {
  assert.deepEqual(wrapped('one two three four', 9, '  '), ['one two', '  three', '  four']);
  assert.deepEqual(wrapped('', 9), ['']);
  assert.deepEqual(wrapped('   0:01  agent', 40), ['   0:01  agent']);
  assert.equal(cutTo('abcdef', 4), 'abc…');
});
