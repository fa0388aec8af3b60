import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeDigit,
  encodeMessage,
  encodeUuid,
  MessageParser,
  messageKind,
  UuidReader,
} from './wire.ts';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';

/** What Asterisk 22 sends: UUID, 20 ms of audio, key 5, the short last frame of a file. */
const recorded = Buffer.concat([
  Buffer.from('01001040325ec25efd4bd3805f53576e581d13', 'hex'),
  Buffer.from(`100140${'0102'.repeat(160)}`, 'hex'),
  Buffer.from('03000135', 'hex'),
  Buffer.from(`10012c${'fffe'.repeat(150)}`, 'hex'),
  Buffer.from('000000', 'hex'),
]);

const messages = [
  `1 ${uuid.replaceAll('-', '')}`,
  `16 ${'0102'.repeat(160)}`,
  '3 35',
  `16 ${'fffe'.repeat(150)}`,
  '0 ',
];

function parse(chunks: readonly Uint8Array[]): string[] {
  const parsed: string[] = [];
  const parser = new MessageParser((kind, bytes, offset, length) => {
    const payload = Buffer.from(bytes.subarray(offset, offset + length));
    parsed.push(`${kind} ${payload.toString('hex')}`);
  });
  for (const chunk of chunks) {
    // Rubbish afterwards: what the parser keeps, it must have copied.
    const lent = Uint8Array.from(chunk);
    parser.push(lent);
    lent.fill(0xee);
  }
  return parsed;
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  sorted.sort((left, right) => left - right);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

test('[V1] recorded bytes give the same messages, wherever they are cut in two or three', () => {
  assert.deepEqual(parse([recorded]), messages);
  for (let first = 0; first <= recorded.length; first += 1) {
    assert.deepEqual(parse(cut(recorded, [first])), messages, `cut at ${first}`);
    assert.deepEqual(parse(cut(recorded, [first, first + 1])), messages, `cut at ${first}, +1`);
    assert.deepEqual(parse(cut(recorded, [first, first + 17])), messages, `cut at ${first}, +17`);
  }
});

test('[V1] recorded bytes give the same messages one byte at a time', () => {
  assert.deepEqual(parse(Array.from(recorded, (byte) => Uint8Array.of(byte))), messages);
});

test('any bytes are messages, and the same ones however they are cut', () => {
  const places = fc.array(fc.nat(5000), { maxLength: 40 });
  const garbage = fc.uint8Array({ maxLength: 5000 });
  fc.assert(
    fc.property(garbage, places, (bytes, at) => {
      assert.deepEqual(parse(cut(bytes, at)), parse([bytes]));
    }),
  );
});

test('messages of every length up to the longest come out as they went in', () => {
  const message = fc.tuple(
    fc.nat(255),
    fc.oneof(fc.uint8Array({ maxLength: 700 }), fc.constant(new Uint8Array(65_535).fill(7))),
  );
  const places = fc.array(fc.nat(200_000), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), places, (list, at) => {
      const bytes = Buffer.concat(list.map(([kind, payload]) => encodeMessage(kind, payload)));
      const expected = list.map(
        ([kind, payload]) => `${kind} ${Buffer.from(payload).toString('hex')}`,
      );
      assert.deepEqual(parse(cut(bytes, at)), expected);
    }),
    { numRuns: 60 },
  );
});

test('a message that lies whole in a chunk is handed on where it lies', () => {
  const chunk = encodeMessage(messageKind.audio, new Uint8Array(320));
  let handedOn: Uint8Array | null = null;
  new MessageParser((_kind, bytes) => {
    handedOn = bytes;
  }).push(chunk);
  assert.equal(handedOn, chunk);
});

test('the UUID is read from any pieces, and what follows it is left', () => {
  const bytes = Buffer.concat([encodeUuid(uuid), Buffer.from('rest')]);
  for (let first = 0; first <= bytes.length; first += 1) {
    const reader = new UuidReader();
    const takenFirst = reader.push(bytes.subarray(0, first));
    assert.equal(takenFirst, Math.min(first, 19));
    assert.equal(reader.uuid, first < 19 ? null : uuid);
    if (first < 19) assert.equal(reader.push(bytes.subarray(first)), 19 - first);
    assert.equal(reader.uuid, uuid);
  }
});

test('a first message that is no UUID is malformed at its first wrong byte', () => {
  for (const hex of ['10', '00', 'ff', '0101', '01000f', '010011', '474554202f']) {
    assert.equal(new UuidReader().push(Buffer.from(hex, 'hex')), 'malformed', hex);
  }
  assert.equal(new UuidReader().push(Buffer.from('0100', 'hex')), 2);
});

test('a digit is one key of a telephone', () => {
  for (const digit of '0123456789*#ABCD') {
    assert.equal(decodeDigit(Buffer.from(digit), 0, 1), digit);
  }
  assert.equal(decodeDigit(Buffer.from('d'), 0, 1), 'D');
  for (const other of ['', 'E', ' ', '12', '\u0000']) {
    assert.equal(decodeDigit(Buffer.from(other), 0, other.length), null);
  }
});
