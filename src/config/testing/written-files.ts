import { type ConfigFlag, type LoadedConfig, type LoadResult, loadConfig } from '../load.ts';
import { problemLine } from '../problem.ts';
import type { FileReader } from '../read-config-file.ts';

/** What lies on the disk and around the process of a test. */
export interface Written {
  /** `ai-agent.yaml`. */
  readonly main?: string;
  /** `ai-agent.local.yaml`. */
  readonly local?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly ConfigFlag[];
  /** Folders of personas with the names of the files in them. */
  readonly folders?: Readonly<Record<string, readonly string[]>>;
  /** Other files, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

export function readerOf(files: Readonly<Record<string, string | undefined>>): FileReader {
  return (path) => {
    const text = files[path];
    return text === undefined ? { is: 'absent' } : { is: 'text', text };
  };
}

export function load(written: Written): LoadResult {
  const files = {
    'ai-agent.yaml': written.main,
    'ai-agent.local.yaml': written.local,
    ...written.files,
  };
  return loadConfig({
    path: 'ai-agent.yaml',
    isRequired: false,
    readFile: readerOf(files),
    environment: written.environment ?? {},
    flags: written.flags ?? [],
    personas: {
      paths: Object.keys(written.folders ?? {}),
      readFolder: (path) => ({ is: 'names', names: written.folders?.[path] ?? [] }),
    },
  });
}

/** The configuration of files that must be right. */
export function loaded(written: Written): LoadedConfig {
  const result = load(written);
  if (result.isValid) return result;
  throw new Error(result.problems.map(problemLine).join('\n'));
}

/** `CODE place: message` of everything that is wrong; empty if nothing is. */
export function complaints(written: Written): readonly string[] {
  const result = load(written);
  if (result.isValid) return [];
  return result.problems.map((problem) => `${problem.code} ${problemLine(problem)}`);
}

export function warnings(written: Written): readonly string[] {
  return load(written).warnings.map(problemLine);
}
