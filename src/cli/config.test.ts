import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { readerOf } from '../config/testing/written-files.ts';
import { registerConfig } from './config.ts';
import { exitCodes } from './exit-codes.ts';

/** What a command printed, complained of, and told the shell. */
function run(
  command: string,
  yaml?: string,
  environment: Record<string, string> = {},
  personas: Readonly<Record<string, string>> = {},
) {
  const printed: string[] = [];
  const complained: string[] = [];
  const codes: number[] = [];
  const program = new Command('offhook');
  registerConfig(program, {
    terminal: {
      print: (line = '') => printed.push(line),
      complain: (line) => complained.push(line),
      tint: (_, text) => text,
    },
    readFile: readerOf({ 'config/ai-agent.yaml': yaml, ...personas }),
    environment,
    personas: {
      paths: ['personas'],
      readFolder: (path) => ({
        is: 'names',
        names: Object.keys(personas).flatMap((file) => {
          const name = file.slice(path.length + 1);
          return file.startsWith(`${path}/`) && !name.includes('/') ? [name] : [];
        }),
      }),
    },
    onExit: (code) => codes.push(code),
  });
  program.parse(command.split(' '), { from: 'user' });
  assert.equal(codes.length, 1);
  return { printed, complained, code: codes[0] };
}

test('config check tells that all is well', () => {
  assert.deepEqual(run('config check'), {
    printed: ['the configuration is valid'],
    complained: [],
    code: exitCodes.done,
  });
});

test('config check tells every problem with its place and exits as misused', () => {
  const { complained, printed, code } = run('config check', 'formt: 1\napi:\n  port: high\n');
  assert.equal(code, exitCodes.misused);
  assert.deepEqual(printed, []);
  assert.equal(complained.length, 2);
  assert.match(complained[0] ?? '', /^error config\/ai-agent\.yaml:1:1: there is no key "formt"/);
  assert.match(complained[1] ?? '', /^error config\/ai-agent\.yaml:3:9: api\.port must be/);
});

test('config check tells warnings and is content', () => {
  const { complained, printed, code } = run('config check', 'config_version: 6\n');
  assert.equal(code, exitCodes.done);
  assert.match(
    complained.join(),
    /^warning config\/ai-agent\.yaml:1:1: "config_version" is not used/,
  );
  assert.deepEqual(printed, ['the configuration is valid, with 1 warning']);
});

test('config check tells what is wrong with dialogue files, and which tools they lack', () => {
  const dialogue = (tool: string) =>
    [
      'about: the stock',
      'examples: [how many]',
      'intents:',
      `  stock: { phrases: [how many], tool: ${tool}, replies: { found: '{count}.' } }`,
    ].join('\n');
  const files = (tool: string, key = 'shop') => ({
    'personas/shop.yaml': 'instructions: You sell.\ntools: [stock_of, hangup_call]\n',
    [`personas/dialogues/${key}.yaml`]: dialogue(tool),
  });
  const line = 'personas/dialogues/shop.yaml:4:39:';
  assert.deepEqual(run('config check', undefined, {}, files('stock_of')).complained, []);
  const misspelt = run('config check', undefined, {}, files('stok_of'));
  assert.deepEqual(misspelt.complained, [
    `warning ${line} the persona "shop" has no tool "stok_of"; did you mean "stock_of"?`,
  ]);
  assert.equal(misspelt.code, exitCodes.done);
  const nobody = run('config check', undefined, {}, files('stock_of', 'shopp'));
  assert.match(nobody.complained.join(), /there is no persona "shopp", as which the file is named/);
  const broken = run(
    'config check',
    undefined,
    {},
    {
      ...files('stock_of'),
      'personas/dialogues/shop.yaml': 'about: the stock\nintents: {}\n',
    },
  );
  assert.deepEqual(broken.complained, [
    'error personas/dialogues/shop.yaml:1:1: examples is missing',
  ]);
  assert.equal(broken.code, exitCodes.misused);
});

test('config check of a file that is not there is misused', () => {
  const { complained, code } = run('config check --config nowhere.yaml');
  assert.equal(code, exitCodes.misused);
  assert.deepEqual(complained, ['error nowhere.yaml:1:1: there is no such file']);
});

test('[V14] config print shows values with where they come from, and no secret', () => {
  const { printed, code } = run('config print', 'api: { port: 9000 }', {
    OPENAI_API_KEY: 'sk-canary',
  });
  assert.equal(code, exitCodes.done);
  const text = printed.join('\n');
  assert.match(text, /^api\.port: 9000 +# config\/ai-agent\.yaml:1:14$/m);
  assert.match(
    text,
    /^providers\.openai_realtime\.api_key: "\*\*\*" +# environment variable OPENAI_API_KEY$/m,
  );
  assert.match(text, /^default_provider: "local" +# default$/m);
  assert.doesNotMatch(text, /canary/);
});

test('config schema prints JSON Schema', () => {
  const { printed, code } = run('config schema');
  assert.equal(code, exitCodes.done);
  const schema: unknown = JSON.parse(printed.join('\n'));
  assert.ok(typeof schema === 'object' && schema !== null && 'properties' in schema);
});
