// Finds the code and runs it: `dist/` if it was built, else the TypeScript of a clone.
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
const isInstalled = fileURLToPath(import.meta.url)
  .split(sep)
  .includes('node_modules');

/** Exit code 1: the copy is broken. Any other is documented by `offhook --help`. */
export async function start() {
  const code = existsSync(built) ? built : source;
  // Node strips types from TypeScript, but never below node_modules.
  if (code === source && isInstalled) {
    console.error('offhook was installed without dist/: this copy is incomplete.');
    console.error('Install a published version, or run `npm run build` where it comes from.');
    process.exitCode = 1;
    return;
  }
  // What Node compiled is kept when the process ends, and read by the next: a sixth of a start.
  // Where nothing can be written, it starts without. NODE_DISABLE_COMPILE_CACHE=1 switches it off.
  enableCompileCache(join(cacheFolder(process.env), 'offhook'));
  const { run } = await import(code.href);
  const invocation = isInstalled ? 'installed' : 'clone';
  process.exitCode = await run(process.argv.slice(2), { invocation });
}

/** Where programs of this user keep what they can make again. */
function cacheFolder({ XDG_CACHE_HOME, LOCALAPPDATA }) {
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA;
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
}
