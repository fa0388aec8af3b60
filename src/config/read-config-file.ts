import { readFileSync } from 'node:fs';
import { messageOf } from '../runtime/errors.ts';

export type FileText =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable'; readonly reason: string };

/** Reads a whole text file; never throws. */
export type FileReader = (path: string) => FileText;

/** The reader of the real disk. */
export const readConfigFile: FileReader = (path) => {
  try {
    return { is: 'text', text: readFileSync(path, 'utf8') };
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? { is: 'absent' } : { is: 'unreadable', reason: messageOf(error) };
  }
};
