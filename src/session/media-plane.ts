import type { CallerPath, CallerPathOptions } from './caller-path.ts';
import type { Playout, PlayoutOptions } from './playout.ts';

/** What the two ways of sound between a leg and the model are made of. */
export interface MediaSetup {
  readonly playout: Omit<PlayoutOptions, 'events' | 'queueMsMax'>;
  readonly callerPath: Omit<CallerPathOptions, 'onAudio' | 'gate' | 'gateTailMs'>;
}

/** Both ways of sound of one leg. The call has one for its caller, and one for a second party. */
export interface MediaPlane {
  readonly playout: Playout;
  readonly callerPath: CallerPath;
}

export function closePlane({ playout, callerPath }: MediaPlane): void {
  playout.close();
  callerPath.close();
}
