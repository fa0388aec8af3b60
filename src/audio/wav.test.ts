import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../runtime/errors.ts';
import { alaw, mulaw } from './g711.ts';
import { interleave, readWav, WavWriter, writeWav } from './wav.ts';

const left = Int16Array.of(0, 1, -1, 32767, -32768);
const right = Int16Array.of(5, 6, 7, 8, 9);

/** A file by hand: the `fmt ` fields, then chunks as they are given. */
function file(format: readonly number[], ...chunks: readonly [string, readonly number[]][]) {
  const [tag, channels, rateHz, bits, ...more] = format;
  const fmt = Buffer.alloc(16 + more.length);
  fmt.writeUInt16LE(tag!, 0);
  fmt.writeUInt16LE(channels!, 2);
  fmt.writeUInt32LE(rateHz!, 4);
  fmt.writeUInt16LE(bits!, 14);
  fmt.set(more, 16);
  const all: readonly [string, readonly number[]][] = [['fmt ', [...fmt]], ...chunks];
  const body = all.flatMap(([name, content]) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(content.length, 4);
    return [...head, ...content, ...(content.length % 2 === 1 ? [0] : [])];
  });
  return Uint8Array.from([...Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...body]);
}

function refusal(bytes: Uint8Array): unknown {
  try {
    readWav(bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof GatewayError);
    assert.equal(thrown.code, 'WAV_UNSUPPORTED');
    const { field, value } = thrown.details;
    return [field, value];
  }
  return assert.fail('the file was read');
}

test('mono and stereo come back as they were written', () => {
  const mono = readWav(writeWav(24000, [left]));
  assert.deepEqual(mono.format, { encoding: 'pcm_s16le', rateHz: 24000, channels: 1 });
  assert.deepEqual([mono.channels, mono.samples], [1, [left]]);
  const stereo = readWav(writeWav(8000, [left, right]));
  assert.deepEqual([stereo.channels, stereo.samples], [2, [left, right]]);
});

test('the shorter channel is completed with silence', () => {
  const { samples } = readWav(writeWav(8000, [left, right.subarray(0, 2)]));
  assert.deepEqual(samples, [left, Int16Array.of(5, 6, 0, 0, 0)]);
});

test('µ-law and A-law files are decoded', () => {
  const heardMulaw = readWav(file([7, 1, 8000, 8], ['data', [0x00, 0xff, 0x80]]));
  assert.equal(heardMulaw.format.encoding, 'mulaw');
  assert.deepEqual(
    [...heardMulaw.samples[0]!],
    [0, 0xff, 0x80].map((code) => mulaw.sampleOf[code]),
  );
  const heardAlaw = readWav(file([6, 2, 8000, 8], ['data', [0x55, 0xd5]]));
  assert.deepEqual(
    heardAlaw.samples.map((channel) => [...channel]),
    [[alaw.sampleOf[0x55]], [alaw.sampleOf[0xd5]]],
  );
});

test('the extensible header is read through to its subformat', () => {
  const subformat = [
    22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113,
  ];
  const sound = readWav(file([0xfffe, 1, 16000, 16, ...subformat], ['data', [0x34, 0x12]]));
  assert.deepEqual(sound.samples, [Int16Array.of(0x1234)]);
});

test('chunks nobody knows are passed over, of odd length too', () => {
  const bytes = file([1, 1, 8000, 16], ['LIST', [1, 2, 3]], ['data', [1, 0]], ['id3 ', [9]]);
  assert.deepEqual(readWav(bytes).samples, [Int16Array.of(1)]);
});

test('a data size past the end of the file means what is there, half a sample dropped', () => {
  const bytes = writeWav(8000, [left]);
  new DataView(bytes.buffer).setUint32(40, 0xffff_ffff, true);
  assert.deepEqual(readWav(bytes).samples, [left]);
  assert.deepEqual(readWav(bytes.subarray(0, bytes.length - 1)).samples, [left.subarray(0, 4)]);
});

test('what is not supported is refused by the name of the field and its value', () => {
  assert.deepEqual(refusal(file([3, 1, 8000, 32], ['data', []])), ['formatTag', 3]);
  assert.deepEqual(refusal(file([1, 6, 8000, 16], ['data', []])), ['channels', 6]);
  assert.deepEqual(refusal(file([1, 1, 44_100, 16], ['data', []])), ['rateHz', 44_100]);
  assert.deepEqual(refusal(file([1, 1, 8000, 24], ['data', []])), ['bitsPerSample', 24]);
  assert.deepEqual(refusal(file([7, 1, 8000, 16], ['data', []])), ['bitsPerSample', 16]);
  assert.deepEqual(refusal(file([1, 1, 8000, 16])), ['data chunk', 'missing']);
  assert.deepEqual(refusal(Buffer.from('ID3\x04 not a wave at all')), ['container', 'ID3\x04']);
  assert.deepEqual(refusal(new Uint8Array(3)), ['fileBytes', 3]);
});

test('a recording can be read after every flush and after the close', () => {
  const stored = new Uint8Array(400);
  let storedBytes = 0;
  const sink = {
    write(position: number, bytes: Uint8Array) {
      stored.set(bytes, position);
      storedBytes = Math.max(storedBytes, position + bytes.length);
    },
  };
  const writer = new WavWriter(sink, { rateHz: 8000, channels: 2 });
  const onDisk = () => readWav(stored.slice(0, storedBytes)).samples;
  assert.deepEqual(onDisk(), [new Int16Array(0), new Int16Array(0)]);
  writer.append(interleave([left, right]));
  writer.flush();
  assert.deepEqual(onDisk(), [left, right]);
  writer.append(interleave([right, left]));
  writer.close();
  assert.deepEqual(onDisk()[0], Int16Array.from([...left, ...right]));
  assert.equal(new DataView(stored.buffer).getUint32(4, true), storedBytes - 8);
  assert.equal(writer.dataBytes, 40);
});

test('a file that its header could not describe is not written', () => {
  const writer = new WavWriter({ write: () => undefined }, { rateHz: 48000, channels: 2 });
  const gibibyte = new Uint8Array(2 ** 30);
  for (let at = 0; at < 3; at += 1) assert.equal(writer.append(gibibyte), true);
  assert.equal(writer.append(gibibyte), false);
  assert.equal(writer.dataBytes, 3 * 2 ** 30);
});
