import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

/** The version of PGlite that `scripts/build-pglite-data.ts` made the archive with. */
export const archiveVersion = '0.5.16';
/** The version of Postgres within. A cluster of another one does not open. */
export const clusterMajor = '18';
export const archivePath = join(import.meta.dirname, `pglite-${archiveVersion}.tar.zst`);

const blockBytes = 512;
const directoryMode = 0o700;
const fileMode = 0o600;

/**
 * Unpacks an empty cluster to `directory`, which appears whole or not at all. Making one anew takes
 * seconds and half a gigabyte of memory.
 */
export function unpackCluster(directory: string): void {
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  for (const { name, bytes } of tarEntries(zstdDecompressSync(readFileSync(archivePath)))) {
    const path = join(unfinished, normalize(`/${name}`));
    if (bytes === null) mkdirSync(path, { recursive: true, mode: directoryMode });
    else {
      mkdirSync(dirname(path), { recursive: true, mode: directoryMode });
      writeFileSync(path, bytes, { mode: fileMode });
    }
  }
  renameSync(unfinished, directory);
}

interface TarEntry {
  readonly name: string;
  /** `null`: a directory. */
  readonly bytes: Uint8Array | null;
}

/** The files of a ustar archive (POSIX.1-1988); a cluster has nothing but files and directories. */
function* tarEntries(archive: Buffer): Iterable<TarEntry> {
  let at = 0;
  while (at + blockBytes <= archive.length && archive[at] !== 0) {
    const field = (offset: number, length: number): string => {
      const text = archive.toString('latin1', at + offset, at + offset + length);
      return text.split('\0', 1)[0] ?? '';
    };
    const size = Number.parseInt(field(124, 12), 8) || 0;
    const prefix = field(345, 155);
    const name = prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`;
    const isDirectory = field(156, 1) === '5' || name.endsWith('/');
    const start = at + blockBytes;
    yield { name, bytes: isDirectory ? null : archive.subarray(start, start + size) };
    at = start + Math.ceil(size / blockBytes) * blockBytes;
  }
}
