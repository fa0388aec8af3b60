import { setPriority } from 'node:os';

/** Less than the event loop's, which sends the frames, and more than a task of the background. */
const niceness = 5;

/**
 * Has the calling thread give way to the others of this process. Where two cores have more to do
 * than they can, speech comes some milliseconds later instead of every frame of every call. Linux
 * counts priorities by thread; elsewhere it would be the whole process, so nothing happens there.
 */
export function giveWay(): void {
  if (process.platform === 'linux') setPriority(0, niceness);
}
