import { join } from 'node:path';
import { createConverterFactory } from '../audio/converter.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import { type Recordings, recordings } from '../speech/recordings.ts';

/** Where the recordings of this package lie, from `src/cli/` and from `dist/cli/` alike. */
export const promptsDirectory = join(import.meta.dirname, '../../prompts');

/** The recordings of this package for a command that has no gateway. */
export function promptRecordings(): Recordings {
  return recordings(promptsDirectory, createConverterFactory(createResamplerFactory()));
}
