/**
 * Builds the SIMD kernel from its AssemblyScript source and compares the bytes with those checked
 * in.
 *
 *   node scripts/build-kernel.ts            compares, exits 1 when they differ
 *   node scripts/build-kernel.ts --write    writes src/audio/kernel/fir-wasm.ts anew
 *
 * The compiler comes with `npm run witnesses`, or from the folder `--compiler DIR` names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

interface AssemblyScriptCompiler {
  main(
    options: string[],
    files: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: Uint8Array): void;
      listFiles(): string[];
    },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

const kernelFolder = new URL('../src/audio/kernel/', import.meta.url);
const bytesFile = new URL('fir-wasm.ts', kernelFolder);
// One page is what the fixed places of fir.as need; the host grows it.
const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--initialMemory', '1'];
options.push('--enable', 'simd');

async function compile(compilerFolder: URL): Promise<Uint8Array> {
  const entry = new URL('node_modules/assemblyscript/dist/asc.js', compilerFolder);
  const compiler: AssemblyScriptCompiler = await import(entry.href);
  const source = readFileSync(new URL('fir.as', kernelFolder), 'utf8');
  let bytes: Uint8Array = new Uint8Array(0);
  const { error, stderr } = await compiler.main(['fir.ts', '--outFile', 'fir.wasm', ...options], {
    readFile: (name) => (name === 'fir.ts' ? source : null),
    writeFile: (_name, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`fir.as does not compile:\n${stderr}`, { cause: error });
  return bytes;
}

function asModule(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,92}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  const origin = `Made of fir.as by scripts/build-kernel.ts (${bytes.length} bytes). Do not edit.`;
  return `// ${origin}\nexport const firWasmBase64 =\n${text};\n`;
}

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    compiler: { type: 'string', default: 'test/witnesses' },
  },
});
const compilerFolder = new URL(`${values.compiler}/`, pathToFileURL(`${process.cwd()}/`));
const built = asModule(await compile(compilerFolder));
if (values.write) {
  writeFileSync(bytesFile, built);
  console.log('wrote src/audio/kernel/fir-wasm.ts');
} else if (built !== readFileSync(bytesFile, 'utf8')) {
  console.error('fir-wasm.ts is not what fir.as compiles to: run scripts/build-kernel.ts --write');
  process.exit(1);
} else {
  console.log('fir-wasm.ts is what fir.as compiles to');
}
