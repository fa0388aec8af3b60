import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alaw, alawOfMulaw, mulaw, mulawOfAlaw } from './g711.ts';
import { g191Alaw, g191Mulaw } from './testing/g191.ts';

function countWrong(codeOf: Uint8Array, oracle: (sample: number) => number): number {
  let wrong = 0;
  for (let sample = -32768; sample <= 32767; sample += 1) {
    if (codeOf[sample & 0xffff] !== oracle(sample)) wrong += 1;
  }
  return wrong;
}

test('[V7] every one of 65,536 samples gets the µ-law code of ITU-T G.191', () => {
  assert.equal(countWrong(mulaw.codeOf, g191Mulaw), 0);
});

test('[V7] every one of 65,536 samples gets the A-law code of ITU-T G.191', () => {
  assert.equal(countWrong(alaw.codeOf, g191Alaw), 0);
});

test('decoding gives the quantised values that G.711 publishes', () => {
  // G.711 Table 2a and 2b in units of a 14-bit converter: 0, 2, ... 8031.
  const mulawValues = { 255: 0, 254: 2, 239: 33, 223: 99, 143: 4191, 128: 8031, 0: -8031 };
  for (const [code, value] of Object.entries(mulawValues)) {
    assert.equal(mulaw.sampleOf[Number(code)], 4 * value, `µ-law ${code}`);
  }
  // G.711 Table 1a and 1b in units of a 13-bit converter (character signals with even bits
  // inverted).
  const alawValues = {
    213: 1,
    197: 33,
    245: 66,
    181: 1056,
    165: 2112,
    170: 4032,
    42: -4032,
    85: -1,
  };
  for (const [code, value] of Object.entries(alawValues)) {
    assert.equal(alaw.sampleOf[Number(code)], 8 * value, `A-law ${code}`);
  }
});

test('the decision values that G.711 publishes part one code from the next', () => {
  // Decision values x1, x16, x17, x128 of Table 2a (14 bit): 1, 31, 35 and 8159.
  for (const value of [1, 31, 35, 95, 223, 479, 991, 2015, 4063]) {
    const at = 4 * value;
    assert.equal(mulaw.codeOf[at - 1]! - mulaw.codeOf[at]!, 1, `µ-law ${value}`);
  }
  // Table 1a (13 bit): 2, 32, 64, 128, ... 2048 and 4096 as the overload point.
  for (const value of [2, 32, 64, 128, 256, 512, 1024, 2048]) {
    const at = 8 * value;
    assert.notEqual(alaw.codeOf[at - 1], alaw.codeOf[at], `A-law ${value}`);
    assert.equal(((alaw.codeOf[at]! ^ 0x55) & 0x7f) - ((alaw.codeOf[at - 1]! ^ 0x55) & 0x7f), 1);
  }
});

test('a code survives decoding and encoding, but for the negative zero of µ-law', () => {
  for (let code = 0; code < 256; code += 1) {
    const again = mulaw.codeOf[mulaw.sampleOf[code]! & 0xffff]!;
    assert.equal(again, code === 0x7f ? 0xff : code);
    assert.equal(alaw.codeOf[alaw.sampleOf[code]! & 0xffff], code);
  }
});

test('one law becomes the other as if by way of linear samples', () => {
  for (let code = 0; code < 256; code += 1) {
    assert.equal(alawOfMulaw[code], g191Alaw(mulaw.sampleOf[code]!));
    assert.equal(mulawOfAlaw[code], g191Mulaw(alaw.sampleOf[code]!));
  }
});
