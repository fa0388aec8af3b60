import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soundsLikeFarewell } from './farewell.ts';

const farewells = [
  'Goodbye!',
  'Thank you for calling. Have a wonderful day.',
  'Alright, bye-bye.',
  'Your table is booked. Take care!',
  'Is that all? Very well, good bye.',
  'Great, talk to you soon.',
  'Have a nice rest of your day',
  'Merci, au revoir.',
  'Gracias, ¡adiós!',
  'Auf Wiederhören.',
  'Murakoze, murabeho.',
];

const others = [
  'Thank you for calling Kigali Grill, how can I help?',
  'Before I say goodbye, is there anything else?',
  'Goodbye. Wait, are you still there?',
  'Just say goodbye when you are done.',
  'By the way, the soup is vegan.',
  'I will take care of that for you.',
  'You can say goodbye to long queues.',
  'I see you ordered the fish.',
  'The byelaws forbid it.',
  '',
];

for (const text of farewells) {
  test(`[V11] a farewell is heard in: ${text}`, () => assert.equal(soundsLikeFarewell(text), true));
}

for (const text of others) {
  test(`no farewell is heard in: ${text || '(nothing)'}`, () => {
    assert.equal(soundsLikeFarewell(text), false);
  });
}
