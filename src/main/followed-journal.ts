import type { Log } from '../observe/observe.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Journal, JournalEntry } from '../store/store.ts';

export interface JournalFollower {
  /** Is told every entry as it is written, from inside `append`. */
  readonly follow: (entry: JournalEntry) => void;
}

/** The same journal; what it is told, `followers` are told too. */
export function followedJournal(
  journal: Journal,
  followers: readonly JournalFollower[],
  log: Log,
): Journal {
  return {
    append(entry) {
      journal.append(entry);
      for (const follower of followers) {
        // A call does not end because somebody who watches it fails.
        try {
          follower.follow(entry);
        } catch (error) {
          const { type } = entry;
          log.error('an entry could not be followed', { type, error: messageOf(error) });
        }
      }
    },
    durable: (sessionId, sequence) => journal.durable(sessionId, sequence),
    entries: (sessionId) => journal.entries(sessionId),
    get isWritable() {
      return journal.isWritable;
    },
  };
}
