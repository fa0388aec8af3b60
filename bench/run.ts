/** `npm run bench -- NAME [--json]`: runs bench/NAME.ts, which exports `run(options)`. */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './bench.ts';

interface BenchModule {
  /** Resolves to the exit code. */
  run(options: BenchOptions): Promise<number>;
}

/**
 * Every file of this folder is a bench but the harness; files with a second dot are parts of one.
 */
function benchNames(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => /^[a-z0-9-]+\.ts$/.test(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => name !== 'bench' && name !== 'run');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [name] = positionals;
  const names = benchNames();
  if (positionals.length !== 1 || name === undefined || !names.includes(name)) {
    console.error(`usage: npm run bench -- NAME [--json]\nNAME is one of: ${names.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const bench: BenchModule = await import(new URL(`${name}.ts`, import.meta.url).href);
  process.exitCode = await bench.run({ json: values.json });
}

await main();
