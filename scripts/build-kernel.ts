/**
 * Builds the SIMD kernels from their AssemblyScript sources and compares the bytes with those
 * checked in.
 *
 *   node scripts/build-kernel.ts            compares, exits 1 when they differ
 *   node scripts/build-kernel.ts --write    writes the files of bytes anew
 *
 * The compiler comes with `npm run witnesses`, or from the folder `--compiler DIR` names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
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

/** Each is `NAME.as`, its bytes are in `NAME-wasm.ts` beside it. */
const kernels = ['src/audio/kernel/fir', 'src/speech/vad/network'];

// One page is what the fixed places of fir.as need; the host grows it.
const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--initialMemory', '1'];
options.push('--enable', 'simd');

async function loadCompiler(folder: string): Promise<AssemblyScriptCompiler> {
  const base = new URL(`${folder}/`, pathToFileURL(`${process.cwd()}/`));
  return await import(new URL('node_modules/assemblyscript/dist/asc.js', base).href);
}

async function compile(compiler: AssemblyScriptCompiler, sourcePath: URL): Promise<Uint8Array> {
  const source = readFileSync(sourcePath, 'utf8');
  let bytes: Uint8Array = new Uint8Array(0);
  const files = ['source.ts', '--outFile', 'kernel.wasm'];
  const { error, stderr } = await compiler.main([...files, ...options], {
    readFile: (name) => (name === 'source.ts' ? source : null),
    writeFile: (_name, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  if (error)
    throw new Error(`${sourcePath.pathname} does not compile:\n${stderr}`, { cause: error });
  return bytes;
}

function asModule(name: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,92}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  const size = `${bytes.length} bytes`;
  const origin = `Made of ${name}.as by scripts/build-kernel.ts (${size}). Do not edit.`;
  return `// ${origin}\nexport const ${name}WasmBase64 =\n${text};\n`;
}

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    compiler: { type: 'string', default: 'test/witnesses' },
  },
});
const compiler = await loadCompiler(values.compiler);
for (const kernel of kernels) {
  const source = new URL(`../${kernel}.as`, import.meta.url);
  const bytesFile = new URL(`../${kernel}-wasm.ts`, import.meta.url);
  const built = asModule(basename(kernel), await compile(compiler, source));
  if (values.write) {
    writeFileSync(bytesFile, built);
    console.log(`wrote ${kernel}-wasm.ts`);
  } else if (built !== readFileSync(bytesFile, 'utf8')) {
    console.error(`${kernel}-wasm.ts is not what ${kernel}.as compiles to: run this with --write`);
    process.exitCode = 1;
  } else {
    console.log(`${kernel}-wasm.ts is what ${kernel}.as compiles to`);
  }
}
