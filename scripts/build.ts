/**
 * `npm run build`: makes `dist/`, or the folder `--to` names: what the compiler emits and the files
 * beside the code.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src');
const { values } = parseArgs({ options: { to: { type: 'string', default: join(root, 'dist') } } });
const dist = values.to;

/** What is read at run time; what only tests read stays behind. */
function isAsset(path: string): boolean {
  const isForTests = /(^|\/)(fixtures|testing)\//.test(path);
  return /\.(json|sql|wasm|bin|zst|html|css|js|svg|txt)$/.test(path) && !isForTests;
}

rmSync(dist, { recursive: true, force: true });
const compiler = join(root, 'node_modules', '.bin', 'tsc');
const compiled = spawnSync(compiler, ['-p', 'tsconfig.build.json', '--outDir', dist], {
  cwd: root,
  stdio: 'inherit',
});
for (const path of globSync('**/*', { cwd: source }).filter(isAsset)) {
  cpSync(join(source, path), join(dist, path));
}
process.exitCode = compiled.status ?? 1;
