import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventData } from './server-sent-events.ts';

async function dataOf(bytes: Uint8Array, cuts: readonly number[] = []): Promise<string[]> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (left, right) => left - right,
  );
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const [index, place] of places.entries()) {
      if (index > 0) yield bytes.subarray(places[index - 1]!, place);
    }
  }
  const found: string[] = [];
  for await (const data of eventData(chunks())) found.push(data);
  return found;
}

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

test('events are read whatever their lines end with', async () => {
  const events = ': hello\n\ndata: {"a":1}\n\nevent: x\r\ndata:one\r\ndata: two\r\n\r\ndata: é\r\r';
  assert.deepEqual(await dataOf(utf8(`${events}data: [DONE]\n\n`)), [
    '{"a":1}',
    'one\ntwo',
    'é',
    '[DONE]',
  ]);
});

test('an event that is cut off counts for nothing', async () => {
  assert.deepEqual(await dataOf(utf8('data: one\n\ndata: {"tw')), ['one']);
});

test('it does not matter where a stream is cut into chunks', async () => {
  const text = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((each) => each.replace(/\s/gu, '_'));
  const end = fc.constantFrom('\n', '\r\n');
  await fc.assert(
    fc.asyncProperty(fc.array(text), end, fc.array(fc.nat()), async (texts, lineEnd, cuts) => {
      const stream = texts.map((each) => `data: ${each}${lineEnd}${lineEnd}`).join('');
      assert.deepEqual(await dataOf(utf8(stream), cuts), texts);
    }),
  );
});
