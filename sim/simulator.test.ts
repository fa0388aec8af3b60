import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createConverterFactory } from '../src/audio/converter.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import { CommandLineError, parseCommandLine } from './command-line.ts';
import { callMs } from './core-call.ts';
import { copyTree, findMutant } from './mutant-hunt.ts';
import { mutants } from './mutants.ts';
import type { CallObserver } from './observer.ts';
import { failureLines } from './report.ts';
import { differsWhenRepeated, runCoreSeed } from './seed-run.ts';
import { keptSeeds } from './seeds.ts';
import { runWireSeed } from './wire-call.ts';

const converters = createConverterFactory(createResamplerFactory());

test('the same seed lives the same call, another seed another one', () => {
  const first = runCoreSeed({ seed: 3, untilMs: callMs, converters });
  const again = runCoreSeed({ seed: 3, untilMs: callMs, converters });
  const other = runCoreSeed({ seed: 4, untilMs: callMs, converters });
  assert.equal(differsWhenRepeated(first, again), null);
  assert.match(differsWhenRepeated(first, other)?.claim ?? '', /another journal/);
});

test('the same seed lives the same call on the wire', async () => {
  const first = await runWireSeed({ seed: 5, untilMs: 20_000, converters });
  const again = await runWireSeed({ seed: 5, untilMs: 20_000, converters });
  assert.equal(first.failure, null);
  assert.equal(differsWhenRepeated(first, again), null);
});

for (const { level, seed, showed } of keptSeeds) {
  test(`${level} seed ${seed} holds. It showed: ${showed}`, async () => {
    const live = level === 'core' ? runCoreSeed : runWireSeed;
    const { failure } = await live({ seed, untilMs: callMs, converters });
    assert.equal(failure, null);
  });
}

test('a claim that does not hold ends the seed, and one line repeats it', () => {
  const witness = (): CallObserver => ({
    ticked() {
      throw new Error('planted');
    },
  });
  const run = runCoreSeed({ seed: 7, untilMs: callMs, converters, witness });
  assert.equal(run.failure?.claim, 'planted');
  assert.deepEqual(failureLines('core', run), [
    'seed 7 at 20 ms: Error: planted',
    '  npm run sim -- --seed 7 --until 20',
  ]);
  assert.match(failureLines('wire', run)[1] ?? '', /--level wire$/);
});

test('the command line is understood, and a mistake in it is named', () => {
  assert.deepEqual(parseCommandLine(['--seeds', '3', '--level', 'wire', '--from', '9'], callMs), {
    is: 'seeds',
    level: 'wire',
    from: 9,
    count: 3,
  });
  assert.deepEqual(parseCommandLine(['--seed', '1', '--until', '77240'], callMs), {
    is: 'one',
    level: 'core',
    seed: 1,
    untilMs: 77_240,
  });
  assert.deepEqual(parseCommandLine(['--mutants'], callMs), { is: 'mutants' });
  const mistakes: readonly [string[], RegExp][] = [
    [[], /one of --seeds, --seed and --mutants is needed/],
    [['--seeds', 'many'], /--seeds is a whole number, not many/],
    [['--seeds', '5', '--until', '3'], /--until goes with --seed/],
    [['--seeds', '5', '--level', 'air'], /core or wire, not air/],
    [['--sedes', '5'], /--sedes/],
  ];
  for (const [argv, message] of mistakes) {
    assert.throws(
      () => parseCommandLine(argv, callMs),
      (error) => {
        assert.ok(error instanceof CommandLineError);
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

let copy = '';

before(() => {
  copy = copyTree();
});

after(() => {
  rmSync(copy, { recursive: true, force: true });
});

test('a planted fault of ours is found', async () => {
  const mutant = mutants.find(({ breaks }) => breaks === 'nothing is cut at 0 ms');
  assert.ok(mutant);
  assert.match((await findMutant(copy, mutant)) ?? '', /truncation is what the vendor allows/);
});

test('each mutant changes a line that stands in the source', () => {
  const folder = join(import.meta.dirname, '..', 'src', 'session');
  for (const { file, line, breaks } of mutants) {
    assert.ok(readFileSync(join(folder, file), 'utf8').includes(line), breaks);
  }
});

test('a mutant whose line is gone is not passed over', async () => {
  const gone = { breaks: 'nothing', file: 'turn.ts', line: 'no such line', instead: '' };
  await assert.rejects(findMutant(copy, gone), /has no line "no such line" any more/);
});
