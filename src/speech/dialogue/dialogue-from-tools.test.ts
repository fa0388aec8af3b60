import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConversation } from './conversation.ts';
import { dialogueFromTools } from './dialogue-from-tools.ts';
import { sceneOf } from './scene.ts';

const tools = [
  { name: 'book_table', description: 'Books a [table] for {guests}. Ask for the day first.' },
  { name: 'hangup_call', description: 'Ends the call.' },
  { name: 'open_door' },
];

function answers(...said: readonly string[]): readonly string[] {
  const scene = sceneOf(dialogueFromTools('porter', tools), {});
  const items = said.map((text, index) => ({ id: `i${index}`, is: 'caller', text }) as const);
  const actions = openConversation(scene).answer(items, scene);
  return actions.map((action) => (action.is === 'say' ? action.text : action.name));
}

test('a persona without a file names its tools, and says that it cannot use them', () => {
  const [help = ''] = answers('what can you do');
  assert.match(help, /nobody has written yet what callers may ask me/);
  assert.match(help, /“Books a table for guests”, “open door”\./);
  assert.doesNotMatch(help, /Ends the call/);
});

test('what it does not understand it does not answer, and it can say goodbye', () => {
  assert.match(answers('book me a table')[0] ?? '', /cannot answer that.*“goodbye”/);
  assert.deepEqual(answers('goodbye'), ['Thank you for calling. Goodbye!', 'hangup_call']);
});

test('without any tool it says so too', () => {
  const scene = sceneOf(dialogueFromTools('mute', []), {});
  const items = [{ id: 'i', is: 'caller', text: 'help' }] as const;
  const [action] = openConversation(scene).answer(items, scene);
  assert.ok(action?.is === 'say' && !action.text.includes('My tools'));
});
