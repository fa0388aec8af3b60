/**
 * `npm run build`: makes `dist/` from `src/`. The compiler rewrites `.ts` to `.js` in imports but
 * not in addresses of files that are started apart, and it copies nothing that is not TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const startedApart = /(new URL\('[^']+\.(?:worker|child))\.ts(', import\.meta\.url\))/g;

/** What stands beside the code and is read at run time; tests and their fixtures stay behind. */
function isAsset(path: string): boolean {
  return /\.(json|sql|wasm|html|css|txt)$/.test(path) && !path.includes('fixtures/');
}

/** JavaScript whose workers and children are addressed by the names that they have in `dist/`. */
export function withBuiltAddresses(code: string): string {
  return code.replace(startedApart, '$1.js$2');
}

function main(): void {
  rmSync(dist, { recursive: true, force: true });
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const compiled = spawnSync(compiler, ['-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (compiled.status !== 0) {
    process.exitCode = 1;
    return;
  }
  for (const path of globSync('**/*.js', { cwd: dist })) {
    const file = join(dist, path);
    const code = readFileSync(file, 'utf8');
    const built = withBuiltAddresses(code);
    if (built !== code) writeFileSync(file, built);
  }
  for (const path of globSync('**/*', { cwd: join(root, 'src') })) {
    if (isAsset(path)) cpSync(join(root, 'src', path), join(dist, path));
  }
}

if (import.meta.main) main();
