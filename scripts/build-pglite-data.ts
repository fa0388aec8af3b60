/**
 * `build-pglite-data.ts`: makes the empty cluster that the embedded database begins with, by the
 * PGlite that is installed. Run it after every change of its version, which `archiveVersion` in
 * src/store/cluster-archive.ts must follow.
 *
 * The cluster is closed before it is packed: one that was not would be repaired at its first start,
 * which syncs every file. Its three databases are all but the same: a window as long as the archive
 * finds that, and 40 MB become about 1.1.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { archivePath } from '../src/store/cluster-archive.ts';

/** 2^27 bytes: the longest that Node's decoder takes unasked. */
const windowBits = 27;
const compressionLevel = 19;
const archiveBytesMax = 64 * 1024 * 1024;

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-cluster-'));
  try {
    const database = await PGlite.create(directory);
    await database.exec('checkpoint');
    await database.close();
    const archive = zstdCompressSync(pack(directory), {
      params: {
        [constants.ZSTD_c_compressionLevel]: compressionLevel,
        [constants.ZSTD_c_enableLongDistanceMatching]: 1,
        [constants.ZSTD_c_windowLog]: windowBits,
      },
    });
    writeFileSync(archivePath, archive);
    console.log(`${archivePath}: ${archive.length} bytes`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function pack(directory: string): Buffer {
  const unchanging = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  return execFileSync('tar', ['--format=ustar', ...unchanging, '-c', '.'], {
    cwd: directory,
    maxBuffer: archiveBytesMax,
  });
}

if (import.meta.main) await main();
