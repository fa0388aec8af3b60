/**
 * Sections and keys that are read once, when the process starts: who listens where, and which files
 * are open. All others are in force for the next call after a reload.
 */
export const restartKeys: readonly string[] = [
  'api',
  'audiosocket',
  'database',
  'journal',
  'logging',
  'production',
  'prompts.dir',
  'session.loop_lag_max_ms',
  'store',
];

/** Whether a change of `key` waits for the next start. */
export function needsRestart(key: string): boolean {
  return restartKeys.some((each) => key === each || key.startsWith(`${each}.`));
}
