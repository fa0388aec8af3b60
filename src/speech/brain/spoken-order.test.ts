import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spokenOrder } from './spoken-order.ts';

const persona = 'You are a waiter.\nSay goodbye to the caller politely.';

test('an order is read from the end of the instructions, and nothing else is', () => {
  const greeting = 'Good day, "friend"!\nWhat can I get you?';
  assert.deepEqual(
    spokenOrder(
      `${persona}\n\nSay exactly these words and nothing else: ${JSON.stringify(greeting)}`,
    ),
    { is: 'say-exactly', text: greeting },
  );
  const farewell = 'Say goodbye to the caller in one short sentence. The call ends after it.';
  assert.deepEqual(spokenOrder(`${persona}\n\n${farewell}`), { is: 'farewell' });
  const again = 'Your last words did not reach the caller as speech. Say them again, aloud.';
  assert.deepEqual(spokenOrder(`${persona}\n\n${again}`), { is: 'say-again' });
  assert.equal(spokenOrder(persona), null);
});
