import type { Clock } from '../../runtime/clock.ts';
import { collectEntries } from '../../store/read-entries.ts';
import type { Journal, JournalEntry } from '../../store/store.ts';

/** The record of the call is looked at this often. */
const lookEveryMs = 200;
/** Entries are safe on disk, and a session is told to end, well before this. */
const lastEntryMsMax = 5_000;

export interface RecordedGateway {
  readonly journal: Pick<Journal, 'entries'>;
  readonly sessions: {
    all(): readonly { readonly summary: { readonly sessionId: string; readonly callId: string } }[];
  };
}

/** The entries of one call, looked at again and again while it goes on. */
export class GrowingRecord {
  /** Grows at its end. */
  readonly entries: JournalEntry[] = [];
  readonly #gateway: RecordedGateway;
  readonly #callId: string;
  readonly #clock: Clock;
  #sessionId: string | null = null;
  #lookUntilMs = Number.POSITIVE_INFINITY;

  constructor(gateway: RecordedGateway, callId: string, clock: Clock) {
    this.#gateway = gateway;
    this.#callId = callId;
    this.#clock = clock;
  }

  /** Settles with the last entry of the call, or some seconds after `callEnded`. */
  async follow(onGrown: (entries: readonly JournalEntry[]) => void): Promise<void> {
    while (this.#clock.monotonicMs() < this.#lookUntilMs) {
      await this.#look();
      onGrown(this.entries);
      if (this.entries.at(-1)?.type === 'session-end') return;
      await new Promise<void>((resolve) => void this.#clock.setTimer(lookEveryMs, resolve));
    }
  }

  callEnded(): void {
    this.#lookUntilMs = this.#clock.monotonicMs() + lastEntryMsMax;
  }

  async #look(): Promise<void> {
    const { journal, sessions } = this.#gateway;
    const session = sessions.all().find(({ summary }) => summary.callId === this.#callId);
    this.#sessionId ??= session?.summary.sessionId ?? null;
    if (this.#sessionId === null) return;
    const all = await collectEntries(journal.entries(this.#sessionId));
    this.entries.push(...all.slice(this.entries.length));
  }
}
