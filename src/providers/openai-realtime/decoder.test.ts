import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseServerEvent } from '../../realtime-server/wire.ts';
import { type Decoded, Decoder } from './decoder.ts';

/** What the decoder must give for `text`, by parsing all of it every time. */
function byParsing(text: string): unknown {
  const parsed = parseServerEvent(JSON.parse(text));
  if (parsed.is !== 'known' || parsed.event.type !== 'response.output_audio.delta')
    return parsed.is;
  const { response_id, item_id, content_index, delta } = parsed.event;
  const audio = Buffer.from(delta, 'base64');
  return [response_id, item_id, content_index, audio.toString('hex')];
}

function seen(decoded: Decoded): unknown {
  if (decoded.is !== 'audio') return decoded.is === 'event' ? 'known' : decoded.is;
  const { replyId, itemId, contentIndex, bytes, offset, length } = decoded.event;
  const audio = Buffer.from(bytes.subarray(offset, offset + length));
  return [replyId, itemId, contentIndex, audio.toString('hex')];
}

const base = {
  type: 'response.output_audio.delta',
  event_id: 'event_1',
  response_id: 'resp_1',
  item_id: 'item_1',
  output_index: 0,
  content_index: 0,
  delta: 'AAECAwQF',
};
type Delta = typeof base;

const id = fc.oneof(
  fc.constantFrom('resp_1', 'item_1', '"delta":"', 'a"b', 'x\\', 'é', '', '"}', '\u0000', '😀'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const audio = fc
  .uint8Array({ maxLength: 200 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));

/** A delta, its keys in any order, with fields that nobody knows and JSON spelt in many ways. */
const message = fc
  .record({
    fields: fc.record(
      { event_id: id, response_id: id, item_id: id, content_index: fc.nat(3), delta: audio },
      { requiredKeys: [] },
    ),
    extra: fc.option(fc.constantFrom({ delta: 'AAAA' }, 'x","delta":"BBBB', [1], null)),
    order: fc.option(fc.shuffledSubarray(Object.keys(base), { minLength: 7 })),
    spelling: fc.constantFrom('compact', 'spaced', 'escaped'),
  })
  .map(({ fields, extra, order, spelling }) => {
    const whole: Record<string, unknown> = { ...base, ...fields };
    const keys = order ?? Object.keys(base);
    const ordered = Object.fromEntries(keys.map((key) => [key, whole[key]]));
    const event = extra === null ? ordered : { extra, ...ordered };
    if (spelling === 'spaced') return JSON.stringify(event, null, 1);
    const compact = JSON.stringify(event);
    return spelling === 'escaped'
      ? compact.replaceAll('/', '\\/').replace('A', '\\u0041')
      : compact;
  });

test('a scanned delta is equal to a parsed one, whatever came before it', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
      const decoder = new Decoder(null);
      for (const text of messages) {
        assert.deepEqual(seen(decoder.decode(Buffer.from(text))), byParsing(text));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a delta with one byte changed is never taken for what it is not', () => {
  const learned = Buffer.from(JSON.stringify(base));
  fc.assert(
    fc.property(fc.nat(learned.length - 1), fc.integer({ min: 0x20, max: 0x7e }), (at, byte) => {
      const changed = Buffer.from(learned);
      changed[at] = byte;
      const decoder = new Decoder(null);
      decoder.decode(learned);
      const got = decoder.decode(changed);
      let expected: unknown = 'malformed';
      try {
        expected = byParsing(changed.toString());
      } catch (thrown) {
        assert.ok(thrown instanceof SyntaxError);
      }
      // A character that is no base64 is refused; Node's own decoder would skip it.
      const deltaAt = learned.indexOf('AAEC');
      const isInDelta = at >= deltaAt && at < deltaAt + base.delta.length;
      if (got.is === 'malformed' && isInDelta) return;
      assert.deepEqual(seen(got), expected);
    }),
    { numRuns: 2_000 },
  );
});

test('the audio object and its bytes are the same ones for every delta of an item', () => {
  const decoder = new Decoder(null);
  const event = (fields: Partial<Delta>) => Buffer.from(JSON.stringify({ ...base, ...fields }));
  const first = decoder.decode(event({}));
  const second = decoder.decode(event({ event_id: 'event_22', delta: 'BgcICQ==' }));
  assert.equal(first, second);
  assert.deepEqual(seen(second), ['resp_1', 'item_1', 0, '06070809']);
  const long = Buffer.alloc(600_000, 7);
  const third = decoder.decode(event({ delta: long.toString('base64') }));
  assert.deepEqual(seen(third), ['resp_1', 'item_1', 0, long.toString('hex')]);
});

test('every recorded line is an event that is known', () => {
  for (const name of ['audio-turn', 'tool-turn', 'errors']) {
    const lines = readFileSync(new URL(`fixtures/${name}.jsonl`, import.meta.url), 'utf8');
    const decoder = new Decoder(null);
    for (const line of lines.trim().split('\n')) {
      const { is } = decoder.decode(Buffer.from(line));
      assert.ok(is === 'event' || is === 'audio', line);
    }
  }
});

test('an unknown type is passed over, bytes that are no JSON are malformed', () => {
  const decoder = new Decoder(null);
  const unknown = decoder.decode(Buffer.from('{"type":"response.hummed","event_id":"e"}'));
  assert.deepEqual(unknown, { is: 'unknown', type: 'response.hummed' });
  for (const text of ['{"type":', '', 'null', '[]', '{"type":"session.created"}', '\ufeff{}']) {
    assert.equal(decoder.decode(Buffer.from(text)).is, 'malformed', text);
  }
});

test('what is malformed is told without its words', () => {
  const decoded = new Decoder(null).decode(Buffer.from('my card number is 4111'));
  assert.ok(decoded.is === 'malformed');
  assert.equal(decoded.error.message, '22 bytes are not JSON');
});
