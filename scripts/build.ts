/** `npm run build`: makes `dist/`, what the compiler emits and the files beside the code. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src');
const dist = join(root, 'dist');

/** What is read at run time; what only tests read stays behind. */
function isAsset(path: string): boolean {
  const isForTests = /(^|\/)(fixtures|testing)\//.test(path);
  return /\.(json|sql|wasm|zst|html|css|txt)$/.test(path) && !isForTests;
}

rmSync(dist, { recursive: true, force: true });
const compiler = join(root, 'node_modules', '.bin', 'tsc');
const compiled = spawnSync(compiler, ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
for (const path of globSync('**/*', { cwd: source }).filter(isAsset)) {
  cpSync(join(source, path), join(dist, path));
}
process.exitCode = compiled.status ?? 1;
