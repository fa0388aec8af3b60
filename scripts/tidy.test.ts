import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exceptions } from './tidy/size.ts';
import { sourceTree } from './tidy/source-tree.ts';
import { tidy } from './tidy.ts';

const manifest = JSON.stringify({
  dependencies: { ws: '1', zod: '1' },
  devDependencies: { ajv: '1' },
});

/** What tidy says about a tree of these files, as `path:line rule`. */
function verdict(files: Record<string, string>, exceptions: Exceptions = {}): string[] {
  const tree = sourceTree(new Map(Object.entries({ 'package.json': manifest, ...files })));
  return tidy(tree, exceptions).map(({ path, line, rule }) => `${path}:${line} ${rule}`);
}

/** The rules that object to `code` in one file. */
function rulesAgainst(path: string, code: string): string[] {
  return verdict({ [path]: code }).map((finding) => finding.split(' ')[1]!);
}

const lawful: [from: string, specifier: string][] = [
  ['src/audio/ring.ts', '../runtime/assert.ts'],
  ['src/session/turn.ts', '../providers/provider.ts'],
  ['src/session/turn.ts', './playout.ts'],
  ['src/providers/provider.ts', '../transports/transport.ts'],
  ['src/transports/audiosocket/leg.ts', '../transport.ts'],
  ['src/transports/audiosocket/leg.ts', 'ws'],
  ['src/providers/openai-realtime/codec.ts', '../../realtime-server/wire.ts'],
  ['src/speech/brain/ear.ts', '../../realtime-server/brain.ts'],
  ['src/realtime-server/brain.ts', '../speech/grammar.ts'],
  ['src/api/app.ts', '../asterisk/registry.ts'],
  ['src/cli/main.ts', '../main.ts'],
  ['src/main.ts', './session/sessions.ts'],
  ['src/store/journal.worker.ts', '../runtime/clock.ts'],
  ['src/session/turn.test.ts', '../transports/audiosocket/leg.ts'],
  ['src/session/testing/stage.ts', 'ajv'],
  ['src/session/testing/stage.ts', '../../../sim/clock.ts'],
  ['sim/run.ts', '../src/session/turn.ts'],
];

const unlawful: [from: string, specifier: string][] = [
  ['src/runtime/clock.ts', '../config/load.ts'],
  ['src/audio/ring.ts', '../session/turn.ts'],
  ['src/session/turn.ts', '../realtime-server/wire.ts'],
  ['src/session/turn.ts', '../transports/audiosocket/leg.ts'],
  ['src/providers/provider.ts', '../session/turn.ts'],
  ['src/providers/provider.ts', './openai-realtime/codec.ts'],
  ['src/transports/audiosocket/leg.ts', '../twilio/leg.ts'],
  ['src/transports/audiosocket/leg.ts', '../../session/turn.ts'],
  ['src/providers/openai-realtime/codec.ts', '../../realtime-server/conversation.ts'],
  ['src/speech/brain/ear.ts', '../../realtime-server/conversation.ts'],
  ['src/tools/runner.ts', '../api/app.ts'],
  ['src/api/app.ts', '../main.ts'],
  ['src/session/turn.ts', './turn.test.ts'],
  ['src/session/turn.ts', './testing/stage.ts'],
  ['src/session/turn.ts', '../../sim/clock.ts'],
  ['src/main.ts', './store/journal.worker.ts'],
  ['src/session/turn.ts', 'ajv'],
  ['src/session/turn.ts', 'node:net'],
  ['src/transports/audiosocket/wire.ts', 'ws'],
  ['src/gadgets/gadget.ts', '../runtime/assert.ts'],
];

test('the import law lets each layer see the ones below it', () => {
  for (const [from, specifier] of lawful) {
    const code = `import { x } from '${specifier}';\nexport const y = x;\n`;
    assert.deepEqual(rulesAgainst(from, code), [], `${from} may import ${specifier}`);
  }
});

test('the import law objects to upward, sideways and foreign imports, types included', () => {
  for (const [from, specifier] of unlawful) {
    for (const kind of ['import', 'import type']) {
      const code = `${kind} { x } from '${specifier}';\n`;
      assert.deepEqual(rulesAgainst(from, code), ['import-law'], `${from} imports ${specifier}`);
    }
  }
  assert.deepEqual(rulesAgainst('src/audio/ring.ts', "export * from '../session/turn.ts';\n"), [
    'import-law',
  ]);
  assert.deepEqual(
    rulesAgainst('src/audio/ring.ts', "type X = import('../session/turn.ts').X;\n"),
    ['import-law'],
  );
});

test('a worker may be known by its types to the folder that starts it', () => {
  const code = "import type { Message } from './journal.worker.ts';\n";
  assert.deepEqual(rulesAgainst('src/store/port.ts', code), []);
  assert.deepEqual(rulesAgainst('src/store/port.ts', code.replace('type ', '')), ['import-law']);
  assert.deepEqual(rulesAgainst('src/tools/runner.ts', code.replace('./', '../store/')), [
    'import-law',
  ]);
});

test('a loop of imports is reported once, where it closes', () => {
  const files = {
    'src/session/a.ts': "import './b.ts';\n",
    'src/session/b.ts': "import './c.ts';\n",
    'src/session/c.ts': "\nimport type { A } from './a.ts';\n",
  };
  assert.deepEqual(verdict(files), ['src/session/c.ts:2 import-cycle']);
});

test('vague and oddly written file names are found, and crowded folders without a README', () => {
  assert.deepEqual(rulesAgainst('src/audio/helpers.ts', ''), ['banned-name']);
  assert.deepEqual(rulesAgainst('src/audio/wav-utils.ts', ''), ['banned-name']);
  assert.deepEqual(rulesAgainst('src/audio/wavReader.ts', ''), ['kebab-case']);
  assert.deepEqual(rulesAgainst('src/audio/wav-reader.worker.ts', ''), []);
  const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`src/audio/${name}.ts`, '']);
  const files: Record<string, string> = Object.fromEntries(six);
  assert.deepEqual(verdict(files), ['src/audio:1 folder-readme']);
  assert.deepEqual(verdict({ ...files, 'src/audio/README.md': '' }), []);
});

const worldReads = [
  'f(Date.now());',
  'f(new Date());',
  'f(Date());',
  'f(performance.now());',
  'f(globalThis.performance.now());',
  'setTimeout(f, 1);',
  'globalThis.setTimeout(f, 1);',
  'f({ setInterval });',
  'const wait = setImmediate;',
  'f(Math.random());',
  'f(crypto.randomUUID());',
  'f(process.hrtime.bigint());',
  'f(AbortSignal.timeout(1));',
];
const surroundingsReads = ['f(process.env.HOME);', "console.log('x');"];

function inFunction(statement: string): string {
  return `import { f } from './f.ts';\nexport function g(): void {\n  ${statement}\n}\n`;
}

test('reads of the world are found everywhere but where the process is put together', () => {
  for (const statement of [...worldReads, ...surroundingsReads]) {
    const code = inFunction(statement);
    for (const path of ['src/session/turn.ts', 'src/api/app.ts', 'sim/network.ts']) {
      assert.deepEqual(rulesAgainst(path, code), ['world-read'], `${path}: ${statement}`);
    }
    const roots = ['src/main.ts', 'src/runtime/clock.ts', 'src/cli/call.ts', 'src/x.child.ts'];
    for (const path of [...roots, 'sim/run.ts', 'scripts/build.ts']) {
      assert.deepEqual(rulesAgainst(path, code), [], `${path}: ${statement}`);
    }
  }
});

test('reads of the world by import are found', () => {
  const named = [
    "import { setTimeout as wait } from 'node:timers/promises';",
    "import { randomUUID } from 'node:crypto';",
    "import { performance } from 'node:perf_hooks';",
  ];
  for (const line of named) {
    assert.deepEqual(rulesAgainst('src/api/app.ts', line), ['world-read'], line);
  }
  assert.deepEqual(rulesAgainst('src/api/app.ts', "import { createHmac } from 'node:crypto';"), []);
});

test('names that only look like reads of the world are left alone', () => {
  const innocent = [
    'f(new Date(0));',
    'f({ setTimeout: 1 });',
    'f.setTimeout(1);',
    'f(Math.max(1, 2));',
    '// Date.now() would be wrong here',
    "f('setTimeout');",
  ];
  for (const statement of innocent) {
    assert.deepEqual(rulesAgainst('src/api/app.ts', inFunction(statement)), [], statement);
  }
});

test('no test waits for real time, whatever it is about', () => {
  for (const path of ['src/cli/call.test.ts', 'scripts/x.test.ts', 'test/whole.test.ts']) {
    for (const statement of worldReads) {
      assert.deepEqual(rulesAgainst(path, inFunction(statement)), ['world-read'], statement);
    }
    assert.deepEqual(rulesAgainst(path, inFunction('f(process.env.PATH);')), []);
  }
});

test('state and work at module level are found', () => {
  const guilty: [rule: string, code: string][] = [
    ['module-state', 'let count = 0;'],
    ['module-state', 'const seen = new Set<string>();'],
    ['module-state', 'const all: string[] = [];'],
    ['module-state', 'const byName = {};'],
    ['module-state', 'export class A { static #all = new Map(); }'],
    ['import-work', 'class A {}\nexport const a = new A();'],
    ['import-work', "import { readFileSync } from 'node:fs';\nconst text = readFileSync('x');"],
    ['import-work', "process.on('exit', () => undefined);"],
    ['import-work', 'for (const x of [1]) x.toFixed();'],
    ['import-work', 'export const x = await import("zod");'],
    ['import-work', 'const home = fetch("x");'],
  ];
  for (const [rule, code] of guilty) {
    assert.deepEqual(rulesAgainst('src/tools/tool.ts', code), [rule], code);
  }
});

test('constants may be computed from pure parts', () => {
  const innocent = [
    "import { z } from 'zod';\nexport const s = z.object({ a: z.string().min(1) }).strict();",
    'const none: readonly string[] = [];',
    "const names = new Set(['a']);\nexport const count = [...names].length;",
    'const table = Int16Array.from({ length: 4 }, (_, i) => i);',
    "import { pcm } from './format.ts';\nexport const wide = pcm(24000);",
    'function build(): number[] { return [1]; }\nconst table = build();',
    "const here = new URL('.', import.meta.url);",
    "export const words = 'a b'.split(' ');",
    'export const late = () => new Map();',
  ];
  for (const code of innocent) {
    assert.deepEqual(rulesAgainst('src/audio/table.ts', code), [], code);
  }
});

function longFunction(lines: number): string {
  return `export function long(): void {\n${'  f();\n'.repeat(lines - 2)}}\n`;
}

test('a function of 71 lines is too long, one of 70 is not', () => {
  assert.deepEqual(rulesAgainst('src/audio/ring.ts', longFunction(70)), []);
  assert.deepEqual(rulesAgainst('src/audio/ring.ts', longFunction(71)), ['function-length']);
  assert.deepEqual(rulesAgainst('src/x.test.ts', `describe('x', () => {${'\n'.repeat(90)}});`), [
    'test-imports',
  ]);
});

test('an exception fits its function exactly and goes when it is not needed', () => {
  const files = { 'src/audio/ring.ts': longFunction(80) };
  const name = 'src/audio/ring.ts#long';
  assert.deepEqual(verdict(files, { [name]: 80 }), []);
  assert.deepEqual(verdict(files, { [name]: 79 }), ['src/audio/ring.ts:1 function-length']);
  assert.deepEqual(verdict(files, { [name]: 81 }), ['src/audio/ring.ts:1 function-length']);
  assert.deepEqual(verdict({ 'src/audio/ring.ts': longFunction(9) }, { [name]: 80 }), [
    'scripts/tidy-exceptions.json:1 function-length',
  ]);
});

test('a line of 101 columns is too wide, unless a script wrote it', () => {
  const line = (columns: number): string => `// ${'µ'.repeat(columns - 3)}\n`;
  assert.deepEqual(rulesAgainst('src/audio/ring.ts', line(100)), []);
  assert.deepEqual(rulesAgainst('src/audio/ring.ts', line(101)), ['line-width']);
  assert.deepEqual(rulesAgainst('src/audio/ring.ts', `// Generated by x\n${line(200)}`), []);
});

test('any, swallowed errors and casts of parsed text are found', () => {
  const guilty: [rule: string, statement: string][] = [
    ['no-any', 'f(1 as any);'],
    ['empty-catch', 'try { f(); } catch { /* never mind */ }'],
    ['wire-cast', "f(JSON.parse('{}') as string);"],
    ['wire-cast', "const x = JSON.parse('{}');"],
    ['wire-cast', "const x: string = JSON.parse('{}');"],
  ];
  for (const [rule, statement] of guilty) {
    assert.deepEqual(rulesAgainst('src/api/app.ts', inFunction(statement)), [rule], statement);
  }
  const innocent = "const x: unknown = JSON.parse('{}');";
  assert.deepEqual(rulesAgainst('src/api/app.ts', inFunction(innocent)), []);
});

test('a test must import the code it is about', () => {
  const without = [
    "import assert from 'node:assert/strict';",
    "import type { Turn } from './turn.ts';",
    "import { type Turn } from './turn.ts';",
    "import { turns } from './other.test.ts';",
  ];
  for (const line of without) {
    assert.deepEqual(rulesAgainst('src/session/turn.test.ts', line), ['test-imports'], line);
  }
  const enough = "import { step } from './turn.ts';";
  assert.deepEqual(rulesAgainst('src/session/turn.test.ts', enough), []);
});

test('a test of literals and a test left out are found', () => {
  const body = (statement: string): string => `import { f } from './f.ts';\n${statement}\n`;
  const path = 'src/session/turn.test.ts';
  assert.deepEqual(rulesAgainst(path, body('assert.equal(1, 1);')), ['test-of-literals']);
  assert.deepEqual(rulesAgainst(path, body('assert(true);')), ['test-of-literals']);
  assert.deepEqual(rulesAgainst(path, body("test.skip('x', f);")), ['test-left-out']);
  assert.deepEqual(rulesAgainst(path, body('assert.equal(f(), 1);')), []);
  assert.deepEqual(rulesAgainst(path, body("assert.fail('never here');")), []);
});

test('the number of a promise comes first in the name of its test', () => {
  const about = (name: string): string => `import { f } from './f.ts';\ntest(${name}, f);\n`;
  const path = 'src/session/turn.test.ts';
  assert.deepEqual(rulesAgainst(path, about("'wire: [V1] x'")), ['test-number']);
  assert.deepEqual(rulesAgainst(path, about('`$' + '{kind}: [V1] x`')), ['test-number']);
  assert.deepEqual(rulesAgainst(path, about("'[V1] [B3] x'")), []);
  assert.deepEqual(rulesAgainst(path, about("'x'")), []);
});

test('the simulator may not play a part of production itself', () => {
  const guilty = [
    'class Mine implements Provider {}',
    'const leg: Leg = { id: 1 };',
    'const leg = { id: 1 } satisfies Leg;',
    'function leg(): Leg {\n  return { id: 1 };\n}',
    'const open = (): ProviderSession => ({ id: 1 });',
  ];
  for (const code of guilty) {
    assert.deepEqual(rulesAgainst('sim/network.ts', code), ['simulator-part'], code);
    assert.deepEqual(rulesAgainst('bench/naive.ts', code), [], code);
  }
  assert.deepEqual(rulesAgainst('sim/network.ts', 'const leg: Leg = audioSocketLeg();'), []);
});

test('paths of one machine are found in any text', () => {
  const folder = ['', 'work', 'main'].join('/');
  const sibling = ['..', 'shared', 'facts'].join('/');
  assert.deepEqual(rulesAgainst('docs/x.md', `see ${folder}`), ['workplace']);
  assert.deepEqual(rulesAgainst('docs/x.md', `see ${sibling}`), ['workplace']);
  assert.deepEqual(rulesAgainst('docs/x.md', 'see src/network/work/order.md'), []);
});
