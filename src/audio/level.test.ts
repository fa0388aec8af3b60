import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alaw, mulaw } from './g711.ts';
import { peakDbfs, rmsDbfs, silenceDbfs } from './level.ts';
import { sine } from './tone.ts';

const tone = sine({ rateHz: 8000, hz: 500, sampleCount: 160, amplitude: 0.5 });
const pcmBytes = new Uint8Array(tone.buffer);

test('a sine at half scale has -9.03 dBFS, and its peak -6.02, in every encoding', () => {
  const codes = {
    mulaw: Uint8Array.from(tone, (sample) => mulaw.codeOf[sample & 0xffff]!),
    alaw: Uint8Array.from(tone, (sample) => alaw.codeOf[sample & 0xffff]!),
    pcm_s16le: pcmBytes,
  } as const;
  for (const encoding of ['mulaw', 'alaw', 'pcm_s16le'] as const) {
    const bytes = codes[encoding];
    assert.ok(Math.abs(rmsDbfs(bytes, 0, bytes.length, encoding) + 9.03) < 0.1, encoding);
    assert.ok(Math.abs(peakDbfs(bytes, 0, bytes.length, encoding) + 6.02) < 0.3, encoding);
  }
});

test('an odd offset into a packet is read rightly', () => {
  const packet = new Uint8Array(3 + pcmBytes.length);
  packet.set(pcmBytes, 3);
  const alone = rmsDbfs(pcmBytes, 0, pcmBytes.length, 'pcm_s16le');
  assert.equal(rmsDbfs(packet, 3, pcmBytes.length, 'pcm_s16le'), alone);
});

test('silence, and nothing at all, measure the floor', () => {
  assert.equal(rmsDbfs(new Uint8Array(160).fill(0xff), 0, 160, 'mulaw'), silenceDbfs);
  assert.equal(peakDbfs(new Uint8Array(320), 0, 320, 'pcm_s16le'), silenceDbfs);
  assert.equal(rmsDbfs(new Uint8Array(0), 0, 0, 'pcm_s16le'), silenceDbfs);
});

test('the lowest sample is full scale', () => {
  assert.equal(peakDbfs(Uint8Array.of(0x00, 0x80), 0, 2, 'pcm_s16le'), 0);
});
