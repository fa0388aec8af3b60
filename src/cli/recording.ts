import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { writeWav } from '../audio/wav.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import type { CallResult } from './place-call.ts';

/** Voices are nobody else's business. */
const mode = 0o600;

/**
 * Throws `REQUEST_INVALID` where the recording cannot be kept: that is told before a call rather
 * than after it. Leaves what is there as it is.
 */
export function assertRecordable(path: string): void {
  try {
    if (isMade(path)) rmSync(path);
    else closeSync(openSync(path, 'r+'));
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}

/** Both sides in stereo, the caller left. */
export function keepRecording(path: string, { rateHz, caller, agent }: CallResult): void {
  try {
    writeFileSync(path, writeWav(rateHz, [caller, agent]), { mode });
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}

/** Whether there was no such file, and an empty one is there now. */
function isMade(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', mode));
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  }
}

function unwritable(path: string, thrown: unknown): GatewayError {
  const message = `the recording cannot be written to ${path}: ${messageOf(thrown)}`;
  return new GatewayError('REQUEST_INVALID', message, { path }, thrown);
}
