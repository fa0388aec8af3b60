import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vocabulary } from '../dialogue/dialogue.ts';
import { readDialogue } from '../dialogue/dialogue-files.ts';
import { grammarOf } from '../dialogue/grammar-of.ts';
import { sceneOf } from '../dialogue/scene.ts';
import { dialogueMind, type PersonaDialogue } from './dialogue-mind.ts';
import { BrainRehearsal } from './testing/brain-rehearsal.ts';

const kitchen = `
about: the menu
examples: [how much is the soup]
slots:
  item: { from: menu_item }
intents:
  price:
    phrases: ['how much is the {item}']
    tool: lookup_menu
    arguments: { query: '{item}' }
    list: { each: '{name} is {price}' }
    replies: { found: '{list}.' }
  hello: { does: say, phrases: [hello], say: 'Hello from the kitchen.' }
`;
const office = `
about: the figures
examples: [hello]
intents:
  hello: { does: say, phrases: [hello], say: 'Hello from the office.' }
`;
const vocabulary: Vocabulary = { menu_item: [{ value: 'Soup', names: ['Soup'] }] };

function personaDialogue(key: string, text: string): PersonaDialogue {
  const { dialogue, problems } = readDialogue(`${key}.yaml`, text);
  assert.deepEqual(problems, []);
  assert.ok(dialogue !== null);
  return { scene: sceneOf(dialogue, vocabulary), grammar: grammarOf(dialogue, vocabulary) };
}

const dialogues = new Map([
  ['kitchen', personaDialogue('kitchen', kitchen)],
  ['office', personaDialogue('office', office)],
]);
const mind = dialogueMind(async ({ prompt }) => dialogues.get(prompt?.id ?? 'kitchen')!);

const tools = [{ type: 'function' as const, name: 'lookup_menu', parameters: { type: 'object' } }];

async function callWith(utterances: readonly string[]): Promise<BrainRehearsal> {
  const call = new BrainRehearsal(utterances, mind);
  await call.update({ prompt: { id: 'kitchen' }, tools });
  return call;
}

test('[V5] a spoken question asks a tool, and its result is spoken', async () => {
  const call = await callWith(['how much is the soup']);
  assert.equal(call.recognizer.expected.at(-1), dialogues.get('kitchen')?.grammar);
  await call.speak(1_800);
  await call.hush(400);
  const asked = call.client.last('response.function_call_arguments.done');
  assert.deepEqual([asked.name, asked.arguments], ['lookup_menu', '{"query":"Soup"}']);
  const output = JSON.stringify({ result: [{ name: 'Soup', price: '4 EUR' }] });
  call.client.send({
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: asked.call_id, output },
  });
  call.client.send({ type: 'response.create' });
  await call.pass(100);
  assert.deepEqual(call.said, ['Soup is 4 EUR.']);
});

test('a tool that is not offered is not called', async () => {
  const call = await callWith([]);
  call.client.send({
    type: 'conversation.item.create',
    item: {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: 'How much is the soup?' }],
    },
  });
  call.client.send({ type: 'response.create', response: { tool_choice: 'none' } });
  await call.pass(100);
  assert.equal(call.client.of('response.function_call_arguments.done').length, 0);
  assert.equal(call.said.length, 1, 'the caller is told something');
  await call.update({ tools: [] });
  await call.ask('How much is the soup?');
  assert.equal(call.client.of('response.function_call_arguments.done').length, 0);
  const [nobodyNow, notThisCaller] = call.said;
  assert.match(nobodyNow ?? '', /cannot look that up just now/);
  assert.match(notThisCaller ?? '', /only tell that to callers who have been verified/);
});

test('another persona has another dialogue, and no memory of the one before', async () => {
  const call = await callWith([]);
  await call.ask('hello');
  await call.update({ prompt: { id: 'office' } });
  await call.ask('hello');
  assert.deepEqual(call.said, ['Hello from the kitchen.', 'Hello from the office.']);
});

test('what the session orders for one reply is said in its words', async () => {
  const call = await callWith([]);
  const instructions = 'Be nice.\n\nSay exactly these words and nothing else: "Good \\"day\\"!"';
  call.client.send({ type: 'response.create', response: { instructions } });
  await call.pass(100);
  await call.ask('hello');
  const again = 'Your last words did not reach the caller as speech. Say them again, aloud.';
  call.client.send({ type: 'response.create', response: { instructions: again } });
  await call.pass(100);
  const said = ['Good "day"!', 'Hello from the kitchen.', 'Hello from the kitchen.'];
  assert.deepEqual(call.said, said);
});

test('a reply out of the conversation leaves it as it was', async () => {
  const call = await callWith([]);
  await call.ask('hello');
  const content = [{ type: 'input_text' as const, text: 'hello' }];
  call.client.send({
    type: 'response.create',
    response: {
      conversation: 'none',
      output_modalities: ['text'],
      input: [{ type: 'message', role: 'user', content }],
    },
  });
  await call.pass(100);
  assert.equal(call.client.last('response.output_text.done').text, 'Hello from the kitchen.');
  await call.ask('hello');
  assert.equal(call.said.length, 2);
});
