import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const requirePeer = createRequire(new URL('./peers/package.json', import.meta.url));

/** A module of bench/peers, or `null` when `npm run bench:setup` has not been run. */
export async function loadPeer(specifier: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(requirePeer.resolve(specifier)).href);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return null;
    throw thrown;
  }
}

export const peerMissing = 'peer not installed, run: npm run bench:setup';
