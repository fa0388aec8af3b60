import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Mutant, mutants } from './mutants.ts';

/** Seeds until a mutant counts as not found: half a minute of one core. */
const seedsMax = 4_000;
/** A mutant may make time stand still: it is found by that too. */
const mutantMsMax = 120_000;

interface Found {
  readonly mutant: Mutant;
  /** By what, or `null`: it lived through all seeds. */
  readonly by: string | null;
}

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** Tries all mutants, as many at once as there are cores. True when each was found. */
export async function huntMutants(write: (line: string) => void): Promise<boolean> {
  const waiting = [...mutants];
  const found: Found[] = [];
  const hunt = async (): Promise<void> => {
    const copy = copyTree();
    try {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const by = await findMutant(copy, mutant);
        found.push({ mutant, by });
        write(`${by === null ? 'ALIVE' : 'found'}  ${mutant.breaks}  [${by ?? mutant.file}]`);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, hunt));
  const alive = found.filter(({ by }) => by === null).length;
  write(`${found.length} mutants, ${found.length - alive} found, ${alive} alive`);
  return alive === 0;
}

/** What a mutant needs to be lived: the tree without what is installed. */
export function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'offhook-mutant-'));
  for (const folder of ['src', 'sim']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  }
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}\n');
  return copy;
}

/** Puts the mutant in, lives seeds with it, and takes it out again. */
export async function findMutant(copy: string, mutant: Mutant): Promise<string | null> {
  const path = join(copy, 'src', 'session', mutant.file);
  const healthy = readFileSync(path, 'utf8');
  if (!healthy.includes(mutant.line)) {
    throw new Error(`${mutant.file} has no line ${JSON.stringify(mutant.line)} any more`);
  }
  writeFileSync(path, healthy.replace(mutant.line, mutant.instead));
  try {
    const child = join(copy, 'sim', 'mutant.child.ts');
    const options = { timeout: mutantMsMax };
    const { stdout } = await run(process.execPath, [child, String(seedsMax)], options);
    const failure: { seed: number; invariant: string; claim: string } | null = JSON.parse(stdout);
    return failure && `seed ${failure.seed}: ${failure.invariant}: ${failure.claim}`;
  } catch (error) {
    // Killed: it kept time from passing.
    if (error instanceof Error && 'killed' in error && error.killed) return 'time stood still';
    throw error;
  } finally {
    writeFileSync(path, healthy);
  }
}
