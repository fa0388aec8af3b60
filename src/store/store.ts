import type { Kysely } from 'kysely';
import type { ProviderName, ReplyOutcome, Usage } from '../providers/provider.ts';
import type { Closer } from '../runtime/closer.ts';
import type { ErrorCode } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';
import type { ToolOutcome } from '../tools/tool.ts';
import type { TransportKind } from '../transports/transport.ts';
import type { Tables } from './tables.ts';

/** How a call ended; also the `outcome` label of `offhook_calls_total`. */
export type SessionEndCause =
  | 'caller-hung-up'
  | 'agent-hung-up'
  | 'transferred'
  | 'silence'
  | 'length-limit'
  | 'cost-limit'
  | 'provider-failed'
  | 'line-failed'
  | 'drained'
  | 'process-lost'
  | 'internal-error';

/** Who had the call go on with another persona: the operator, or the agent before. */
export type PersonaChangeBy = 'operator' | 'handoff';

/** What became of one word of the agent. `partly` was being spoken when the caller cut in. */
export type HeardState = 'heard' | 'partly' | 'unheard';

/** A word of the agent with its place in the reply's audio, and how far the caller heard it. */
export interface SpokenWord {
  readonly text: string;
  /** Estimated from the order in which text and audio came, in model milliseconds of the item. */
  readonly startMs: number;
  readonly endMs: number;
  readonly state: HeardState;
}

/** Who speaks with the agent: the caller, or somebody it called on the caller's behalf. */
export type Party = 'caller' | 'second';

/** What happened, without when: the part of a journal entry that the session writes. */
export type JournalBody =
  | {
      readonly type: 'session-start';
      readonly provider: ProviderName;
      readonly model: string;
      readonly transport: TransportKind;
      readonly persona: string;
      readonly trust: Trust;
      readonly callId: string;
      readonly callerNumber: string | null;
      readonly dialledNumber: string | null;
      /** Of W3C Trace Context: what the call is a part of. */
      readonly traceparent?: string;
    }
  | {
      readonly type: 'session-end';
      readonly cause: SessionEndCause;
      readonly durationMs: number;
      readonly callerFillerMs: number;
      readonly agentHeardMs: number;
    }
  | {
      readonly type: 'link';
      readonly state: 'opened' | 'ready' | 'lost' | 'rolled-over';
      readonly reason: string;
    }
  | {
      readonly type: 'caller-said';
      /** Unset: the caller. Of a second party these are their words, not the caller's. */
      readonly party?: 'second';
      readonly itemId: string;
      readonly text: string;
      /** When the words began, in milliseconds since the session started. */
      readonly spokenAtMs: number;
    }
  | {
      readonly type: 'agent-said';
      /** Whom it was said to. Unset: the caller. */
      readonly party?: 'second';
      readonly replyId: string;
      readonly itemId: string;
      readonly text: string;
      readonly heardText: string;
      readonly spokenAtMs: number;
      readonly receivedMs: number;
      readonly heardMs: number;
      readonly words: readonly SpokenWord[];
    }
  | {
      readonly type: 'barge-in';
      readonly replyId: string;
      readonly itemId: string;
      readonly heardMs: number;
      readonly unheardMs: number;
    }
  | {
      readonly type: 'turn';
      readonly replyId: string;
      /** End of caller speech to the first frame; `null` for greetings and prompts. */
      readonly responseMs: number | null;
    }
  | {
      readonly type: 'reply';
      readonly replyId: string;
      readonly outcome: ReplyOutcome;
      readonly reason: string | null;
      /** Set when `outcome` is `failed`. */
      readonly errorCode: ErrorCode | null;
      /** From the vendor's word that it began to its word that it ended; `null`: it never began. */
      readonly tookMs: number | null;
      readonly usage: Usage | null;
    }
  | {
      readonly type: 'tool-call';
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | {
      readonly type: 'tool-result';
      readonly callId: string;
      readonly name: string;
      readonly outcome: ToolOutcome['outcome'];
      readonly code: ErrorCode | null;
      readonly outputJson: string;
      readonly tookMs: number;
    }
  /** Whom the agent speaks with from here on; `nobody`: the caller is on hold. */
  | { readonly type: 'party'; readonly party: Party | 'nobody' }
  | {
      readonly type: 'persona-change';
      readonly persona: string;
      readonly by: PersonaChangeBy;
    }
  /** The digit itself is not written. */
  | { readonly type: 'digit' }
  | { readonly type: 'prompt'; readonly name: string }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

/** One line of the record of calls: unique by (sessionId, sequence), in order within a session. */
export type JournalEntry = JournalBody & {
  readonly sessionId: string;
  /** Whose record it is; unset: the default organisation's. The same in all of a session. */
  readonly organisationId?: string;
  /** 0, 1, 2 … without gaps within a session. */
  readonly sequence: number;
  /** Milliseconds since the session started, by the monotonic clock. */
  readonly atMs: number;
  readonly atEpochMs: number;
};

/**
 * The record of calls. The truth is a file on local disk; a database is a copy.
 * `append` never waits and never fails: what cannot be kept is counted as dropped.
 */
export interface Journal {
  append(entry: JournalEntry): void;
  /** Settles when that entry is safe on disk; rejects with `DISK_FULL` when it cannot be. */
  durable(sessionId: string, sequence: number): Promise<void>;
  /** Entries of one session in order, as far as they are on disk or about to be. */
  entries(sessionId: string): AsyncIterable<JournalEntry>;
  /** False when the disk takes nothing more: no new calls then. */
  readonly isWritable: boolean;
}

/** The organisation of whoever has only one. Migrations put it there. */
export const defaultOrganisationId = '00000000-0000-4000-8000-000000000001';

export type DatabaseState =
  /** `reason` says what the last attempt to reach it came to; `null`: the first is under way. */
  { readonly is: 'ready' } | { readonly is: 'away'; readonly reason: string | null };

export interface TransactionOptions {
  /** Whose rows are seen and written: `defaultOrganisationId` unless it is said. */
  readonly organisationId?: string;
  /**
   * From the call to the commit, waiting for the database included; 5 s unless it is said. The
   * embedded database cannot end a query by itself: it is started anew then.
   */
  readonly limitMs?: number;
  /** Writing is refused by the database itself. */
  readonly isReadOnly?: boolean;
}

/**
 * The operator's Postgres, or the embedded one. It is opened in the background, opened again when
 * it was lost, and may be away at any moment: nothing in a call waits for it but a tool.
 */
export interface Database extends Closer {
  /** One connection, in a process of its own, for trial. */
  readonly isEmbedded: boolean;
  readonly state: DatabaseState;
  /**
   * Runs `work` in one transaction, as a role that owns nothing and by row-level security sees one
   * organisation; `rows` is of no use afterwards. Commits when `work` resolves, else rolls back and
   * rejects with its error. Rejects with `STORE_UNAVAILABLE` when the database is away or too many
   * wait for it, `STORE_TIMEOUT` at the limit; errors of SQL come as they are, with their `code`.
   */
  transaction<Result>(
    work: (rows: Kysely<Tables>) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
}
