import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { messageOf } from '../runtime/errors.ts';
import type { Problem } from './problem.ts';
import type { FileReader } from './read-config-file.ts';
import { emptyMap, type Origin, type TreeMap, withEntry, withoutEntry } from './tree.ts';
import { readYaml } from './yaml-tree.ts';

export type FolderNames =
  | { readonly is: 'names'; readonly names: readonly string[] }
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable'; readonly reason: string };

/** Names what is in a folder; never throws. */
export type FolderReader = (path: string) => FolderNames;

/** Where personas stand, a file each. */
export interface PersonaFolders {
  /** What a later one says lies above what those before it say. */
  readonly paths: readonly string[];
  readonly readFolder: FolderReader;
}

/** The personas that come with Offhook, beside `src/` and `dist/` alike. */
const shippedFolder = join(import.meta.dirname, '..', '..', 'personas');
const ending = '.yaml';

/** The personas that come with Offhook, and above them those of `personas/` where it is started. */
export function personaFolders(): PersonaFolders {
  return { paths: [...new Set([shippedFolder, resolve('personas')])], readFolder };
}

/**
 * Every file as a layer of the configuration: `personas/waiter.yaml` holds what otherwise stands at
 * `personas.waiter`. The file's name is the persona's key; who writes `key` in it writes the same.
 */
export function personaLayers(
  { paths, readFolder }: PersonaFolders,
  readFile: FileReader,
): { readonly layers: readonly TreeMap[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const object = (origin: Origin, message: string): void => {
    problems.push({ code: 'CONFIG_INVALID', origin, message });
  };
  const layerOf = (path: string): TreeMap => {
    const file = readFile(path);
    const origin: Origin = { is: 'file', file: path, line: 1, column: 1 };
    if (file.is !== 'text') {
      object(origin, `cannot read it: ${file.is === 'absent' ? 'it is gone' : file.reason}`);
      return emptyMap(origin);
    }
    const { tree, problems: found } = readYaml(path, file.text);
    problems.push(...found);
    const key = basename(path, ending);
    const said = tree.entries.get('key')?.tree;
    if (said !== undefined && !(said.kind === 'value' && said.value === key)) {
      object(said.origin, `key must be "${key}": a persona is named as its file is`);
    }
    const persona = { keyOrigin: origin, tree: withoutEntry(tree, ['key']) };
    return withEntry(emptyMap(origin), ['personas', key], persona);
  };
  const layers = paths.flatMap((path) => {
    const folder = readFolder(path);
    if (folder.is === 'absent') return [];
    if (folder.is === 'unreadable') {
      object({ is: 'file', file: path, line: 1, column: 1 }, `cannot read it: ${folder.reason}`);
      return [];
    }
    const files = folder.names.filter((name) => name.endsWith(ending)).toSorted();
    return files.map((name) => layerOf(join(path, name)));
  });
  return { layers, problems };
}

function readFolder(path: string): FolderNames {
  try {
    return { is: 'names', names: readdirSync(path) };
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? { is: 'absent' } : { is: 'unreadable', reason: messageOf(error) };
  }
}
