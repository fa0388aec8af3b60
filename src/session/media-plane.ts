import type { CallerPath, CallerPathOptions } from './caller-path.ts';
import type { Playout, PlayoutOptions } from './playout.ts';
import type { Writing } from './writing.ts';

/** What the two ways of sound between a leg and the model are made of. */
export interface SoundOptions {
  readonly playout: Omit<PlayoutOptions, 'events' | 'queueMsMax'>;
  readonly callerPath: Omit<CallerPathOptions, 'onAudio' | 'gate' | 'gateTailMs'>;
}

/** Both ways between one leg and the model: of the caller, or of a second party. */
export interface MediaPlane {
  readonly playout: Playout | Writing;
  /** `null` on a leg without sound. */
  readonly callerPath: CallerPath | null;
}

/** The plane of a leg that has sound. */
export interface SoundPlane extends MediaPlane {
  readonly playout: Playout;
  readonly callerPath: CallerPath;
}

export function hasSound(plane: MediaPlane): plane is SoundPlane {
  return plane.callerPath !== null;
}

export function closePlane(plane: MediaPlane): void {
  if (!hasSound(plane)) return;
  plane.playout.close();
  plane.callerPath.close();
}
