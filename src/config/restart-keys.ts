/**
 * Sections and keys that are read once, when the process starts: who listens where, what callers
 * are told by it, and which files are open. All others are in force for the next call after a
 * reload.
 */
export const restartKeys: readonly string[] = [
  'api',
  'asterisk',
  'audiosocket',
  'database',
  'journal',
  'llm',
  'logging',
  'mail',
  'openai',
  'own_tools',
  'production',
  'prompts.dir',
  'providers.local.garbage_weight',
  'providers.local.garbage_phone_weight',
  'providers.local.recognizer_threads',
  'providers.local.script',
  'providers.local.synthesizer_threads',
  'session.loop_lag_max_ms',
  'store',
  'stt',
  'telemetry',
  'tts',
  'voicemail',
];

/** Whether a change of `key` waits for the next start. */
export function needsRestart(key: string): boolean {
  return restartKeys.some((each) => key === each || key.startsWith(`${each}.`));
}
