import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GatewayError } from '../../runtime/errors.ts';
import { parseClientMessage } from './wire.ts';

const malformed = (error: unknown) =>
  error instanceof GatewayError && error.code === 'WIRE_MALFORMED';

test('what a page may say is read as it was said', () => {
  const messages = [
    { type: 'hello', version: 1, playoutDelayMs: 180.5 },
    { type: 'hello', version: 1, playoutDelayMs: 0, persona: 'waiter', provider: 'local' },
    { type: 'text', text: 'What is on the menu?' },
    { type: 'digit', digit: '#' },
  ];
  for (const message of messages) {
    assert.deepEqual(parseClientMessage(JSON.stringify(message)), message);
  }
});

const wrong = {
  'no JSON': 'hello',
  'no object': '[1]',
  'an unknown type': '{"type":"sing"}',
  'another version': '{"type":"hello","version":2,"playoutDelayMs":0}',
  'a delay that is negative': '{"type":"hello","version":1,"playoutDelayMs":-1}',
  'a delay of more than a minute': '{"type":"hello","version":1,"playoutDelayMs":60001}',
  'a field too many': '{"type":"hello","version":1,"playoutDelayMs":0,"trust":"verified"}',
  'a persona that is no key': '{"type":"hello","version":1,"playoutDelayMs":0,"persona":"../x"}',
  'text of blanks': '{"type":"text","text":"  "}',
  'text that is too long': JSON.stringify({ type: 'text', text: 'x'.repeat(4_001) }),
  'two digits': '{"type":"digit","digit":"12"}',
};

for (const [what, text] of Object.entries(wrong)) {
  test(`a page may not say ${what}`, () => {
    assert.throws(() => parseClientMessage(text), malformed);
  });
}

test('whatever a page says, it is understood or malformed', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseClientMessage(text);
      } catch (error) {
        assert.ok(malformed(error), String(error));
      }
    }),
  );
});
