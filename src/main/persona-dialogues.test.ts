import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLog } from '../../sim/recorders.ts';
import { loadConfig } from '../config/load.ts';
import { personaFolders } from '../config/persona-files.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import type { Vocabulary } from '../speech/dialogue/dialogue.ts';
import { slotRule } from '../speech/dialogue/notation.ts';
import { PersonaDialogues } from './persona-dialogues.ts';

function dialoguesWith(initial: Vocabulary) {
  let vocabulary = initial;
  const log = recordingLog();
  const source = { read: async () => vocabulary, known: () => vocabulary };
  const become = (changed: Vocabulary): void => {
    vocabulary = changed;
  };
  return { dialogues: new PersonaDialogues(source, log), log, become };
}

const personaNamed = (id: string) => ({ prompt: { id }, tools: [], instructions: '' });

test('a dialogue and its grammar stay the same objects until the values change', async () => {
  const { dialogues, become } = dialoguesWith({});
  const first = await dialogues.find(personaNamed('waiter'));
  assert.equal(first.scene.dialogue.key, 'waiter');
  assert.equal(await dialogues.find(personaNamed('waiter')), first);
  const vocabulary: Vocabulary = { menu_item: [{ value: 'Soup', names: ['Soup'] }] };
  become(vocabulary);
  const second = await dialogues.find(personaNamed('waiter'));
  assert.notEqual(second.grammar, first.grammar);
  assert.equal(second.scene.vocabulary, vocabulary);
});

test('a menu that is filled after the start is understood from the next call on', async () => {
  const filled: Vocabulary = { menu_item: [{ value: 'Soup', names: ['Soup'] }] };
  const source = { read: async () => filled, known: () => ({ menu_item: [] }) };
  const dialogues = new PersonaDialogues(source, recordingLog());
  assert.deepEqual((await dialogues.find(personaNamed('waiter'))).scene.vocabulary, filled);
});

test('who has no dialogue file offers the tools of the session', async () => {
  const { dialogues } = dialoguesWith({});
  const tool = { type: 'function' as const, name: 'book', description: 'Books a table.' };
  const { scene } = await dialogues.find({ prompt: null, tools: [tool], instructions: '' });
  const { dialogue } = scene;
  assert.match(JSON.stringify(dialogue.written), /Books a table/);
});

test('lists that are empty, or longer than is listened for, are warned of by name', async () => {
  const dishes = Array.from({ length: 20_000 }, (_, index) => `Dish ${index}`);
  const menu_item = dishes.map((value) => ({ value, names: [value] }));
  const { dialogues, log } = dialoguesWith({ menu_item, venue: [], jurisdiction: [] });
  const loaded = loadConfig({
    ...{ path: '', isRequired: false, environment: {}, personas: personaFolders() },
    readFile: readConfigFile,
  });
  assert.ok(loaded.isValid);
  await dialogues.warnOfLists(loaded.config);
  const warned = log.lines.map(({ fields }) => `${fields['persona']} ${fields['list']}`);
  assert.deepEqual(warned.toSorted(), ['cfo jurisdiction', 'waiter menu_item', 'waiter venue']);
  const { grammar } = await dialogues.find(personaNamed('waiter'));
  const items = grammar.rules.get(slotRule('item'));
  assert.ok(items?.is === 'choice');
  assert.ok(items.of.length < dishes.length / 4, `${items.of.length} ways to name a dish`);
});

test('[V5] a persona without a dialogue file is warned of by the name of the file', () => {
  const { dialogues, log } = dialoguesWith({});
  const loaded = loadConfig({
    path: 'ai-agent.yaml',
    isRequired: true,
    readFile: () => ({
      is: 'text',
      text: 'personas: { florist: { instructions: You sell flowers. } }',
    }),
    environment: {},
  });
  assert.ok(loaded.isValid);
  dialogues.warnOfMissing(loaded.config);
  const warned = log.lines.map(({ fields }) => fields['file']);
  assert.ok(warned.includes('personas/dialogues/florist.yaml'), warned.join());
});
