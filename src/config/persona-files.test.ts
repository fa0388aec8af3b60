// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax of our files
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { builtInToolNames } from './call-tools-checks.ts';
import { loadConfig } from './load.ts';
import { type PersonaFolders, personaFolders, personaLayers } from './persona-files.ts';
import { readConfigFile } from './read-config-file.ts';
import { complaints, loaded, readerOf } from './testing/written-files.ts';

const waiter = 'key: waiter\ninstructions: You wait.\nvoice: sage\n';

test('[A1] a file is a persona by its name, and the configuration lies above it', () => {
  const { config } = loaded({
    main: 'personas: { waiter: { voice: cedar } }\ndefault_persona: barista',
    folders: { personas: ['waiter.yaml', 'barista.yaml', 'README.md'] },
    files: {
      'personas/waiter.yaml': waiter,
      'personas/barista.yaml': 'instructions: You brew at ${CAFE:-the corner}.',
    },
  });
  assert.deepEqual(Object.keys(config.personas).toSorted(), ['assistant', 'barista', 'waiter']);
  const { waiter: written, barista } = config.personas;
  assert.equal(written?.instructions, 'You wait.');
  assert.equal(written?.voice, 'cedar');
  assert.equal(barista?.instructions, 'You brew at the corner.');
});

test('[A1] of two folders the later one lies above the other', () => {
  const { config } = loaded({
    folders: { shipped: ['waiter.yaml'], mine: ['waiter.yaml'] },
    files: { 'shipped/waiter.yaml': waiter, 'mine/waiter.yaml': 'greeting: Hello' },
  });
  const { waiter: written } = config.personas;
  assert.equal(written?.greeting, 'Hello');
  assert.equal(written?.instructions, 'You wait.');
});

test('[A1] what is wrong in a file is told with file, line and column', () => {
  const of = (text: string, name = 'waiter') =>
    complaints({ folders: { p: [`${name}.yaml`] }, files: { [`p/${name}.yaml`]: text } });
  assert.deepEqual(of(`${waiter}voise: marin\n`), [
    'CONFIG_UNKNOWN_KEY p/waiter.yaml:4:1: there is no key "personas.waiter.voise"; ' +
      'did you mean "personas.waiter.voice"?',
  ]);
  assert.deepEqual(of(waiter, 'barista'), [
    'CONFIG_INVALID p/barista.yaml:1:6: key must be "barista": a persona is named as its file is',
  ]);
  assert.match(of('greeting: Hello').join(), /waiter.yaml:1:1: .*instructions is missing/);
  assert.match(of(`${waiter}min_trust: much`).join(), /waiter.yaml:4:12: .*min_trust must be one/);
  assert.match(of(`${waiter}limits: { tools_per_turn_max: 101 }`).join(), /:4:31: .*at most 100/);
  assert.match(of(waiter, 'my waiter').join(), /letters, digits, _ and -/);
  assert.match(of('- a list').join(), /waiter.yaml:1:1: the file must hold keys/);
});

test('a folder that cannot be read is a problem, one that is not there has no personas', () => {
  const layersOf = (readFolder: PersonaFolders['readFolder']) =>
    personaLayers({ paths: ['p'], readFolder }, readerOf({}));
  assert.deepEqual(
    layersOf(() => ({ is: 'absent' })),
    { layers: [], problems: [] },
  );
  const unreadable = layersOf(() => ({ is: 'unreadable', reason: 'EACCES' }));
  assert.equal(unreadable.problems[0]?.message, 'cannot read it: EACCES');
  const gone = layersOf(() => ({ is: 'names', names: ['waiter.yaml'] }));
  assert.equal(gone.problems[0]?.message, 'cannot read it: it is gone');
});

function shipped() {
  const request = { path: 'none.yaml', isRequired: false, environment: {} };
  const result = loadConfig({ ...request, readFile: readConfigFile, personas: personaFolders() });
  assert.ok(result.isValid);
  return result.config;
}

test('[A1] waiter and cfo come with Offhook, with the words they are to have', () => {
  const { waiter, cfo } = shipped().personas;
  assert.ok(waiter && cfo);
  for (const word of [/Rwanda/, /Malta/, /RWF.*no\s+decimals/s, /EUR/, /one clarifying question/]) {
    assert.match(waiter.instructions, word);
  }
  for (const word of [/United States/, /Canada/, /European Union/, /United Kingdom/, /Cite the/]) {
    assert.match(cfo.instructions, word);
  }
  for (const word of [/IFRS/, /GAAP/, /audit/, /controls/, /tax/])
    assert.match(cfo.instructions, word);
});

test('[V19] the cfo is for verified callers, the waiter for everybody', () => {
  const { waiter: anybody, cfo } = shipped().personas;
  assert.equal(cfo?.min_trust, 'verified');
  assert.equal(anybody?.min_trust, 'anonymous');
});

test('every tool that a persona of ours may use is there', () => {
  const known = new Set<string>(builtInToolNames);
  for (const [key, { tools, instructions }] of Object.entries(shipped().personas)) {
    for (const name of tools) assert.ok(known.has(name), `${key} uses ${name}`);
    const named = instructions.match(/\b[a-z]+_(?:menu|pairing|financials|tax_rule|call)\b/g) ?? [];
    for (const name of named) assert.ok(tools.includes(name), `${key} is told of ${name}`);
  }
});

test('the folder that is started in counts once when it is the one that comes with Offhook', () => {
  const { paths, readFolder } = personaFolders();
  assert.equal(new Set(paths).size, paths.length);
  assert.equal(basename(paths[0] ?? ''), 'personas');
  assert.deepEqual(readFolder('/no/such/folder'), { is: 'absent' });
});
