import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemLine } from './problem.ts';
import { entryAt, originAt, plainOf } from './tree.ts';
import { readYaml } from './yaml-tree.ts';

const read = (text: string) => readYaml('f.yaml', text);
const problems = (text: string) => read(text).problems.map(problemLine);

test('keys and values know their line and column', () => {
  const { tree } = read('a: 1\nb:\n  - x\n  - c: y\n');
  assert.deepEqual(plainOf(tree), { a: 1, b: ['x', { c: 'y' }] });
  assert.deepEqual(originAt(tree, ['a']), { is: 'file', file: 'f.yaml', line: 1, column: 4 });
  assert.deepEqual(originAt(tree, ['b', 1, 'c']), {
    is: 'file',
    file: 'f.yaml',
    line: 4,
    column: 8,
  });
  const { keyOrigin } = entryAt(tree, ['b']) ?? {};
  assert.deepEqual(keyOrigin, { is: 'file', file: 'f.yaml', line: 2, column: 1 });
});

test('what is not written is placed where it should stand', () => {
  const { tree } = read('a:\n  b: 1\n');
  assert.deepEqual(originAt(tree, ['a', 'missing']), {
    is: 'file',
    file: 'f.yaml',
    line: 1,
    column: 1,
  });
});

test('an empty file, and one of comments, hold nothing and are no problem', () => {
  for (const text of ['', '\n', '# nothing\n', '---\n', '\ufeff']) {
    assert.deepEqual(plainOf(read(text).tree), {});
    assert.deepEqual(problems(text), []);
  }
});

test('a file that is a text or a list is refused', () => {
  assert.match(problems('local\n').join(), /f\.yaml:1:1: the file must hold keys/);
  assert.match(problems('- local\n').join(), /must hold keys/);
});

test('broken YAML, a key written twice and a second document are told with their place', () => {
  assert.match(problems('a: [1\nb: 2\n').join(), /^f\.yaml:2:/);
  assert.match(problems('a: 1\na: 2\n').join(), /^f\.yaml:2:1: Map keys must be unique/);
  assert.match(problems('a: 1\n---\nb: 1\n').join(), /multiple documents/);
  assert.match(problems('a:\n\tb: 1\n').join(), /^f\.yaml:2:1: Tabs/);
});

test('keys that JavaScript or JSON cannot hold are refused', () => {
  assert.match(problems('__proto__:\n  polluted: true\n').join(), /1:1: this cannot be a key/);
  assert.match(problems('? [a, b]\n: 1\n').join(), /cannot be a key/);
  assert.deepEqual(plainOf(read('007: bond\ntrue: x\n').tree), { '7': 'bond', true: 'x' });
});

test('aliases repeat what they name, and can neither loop nor grow without end', () => {
  assert.deepEqual(plainOf(read('a: &x { k: 1 }\nb: *x\n').tree), { a: { k: 1 }, b: { k: 1 } });
  assert.match(problems('a: &x [*x]\n').join(), /too deep/);
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let step = 1; step < 9; step += 1) {
    lines.push(
      `a${step}: &a${step} [${Array(10)
        .fill(`*a${step - 1}`)
        .join(', ')}]`,
    );
  }
  assert.match(problems(lines.join('\n')).join(), /too much by aliases/);
});

test('a file beyond all measure is refused without being read', () => {
  assert.match(problems(`a: ${'x'.repeat(1_000_001)}`).join(), /1000004 characters are too many/);
});
