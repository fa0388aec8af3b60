import type { JournalBody, JournalEntry } from './store.ts';

/** What must be kept of a session without an end, so that it can be ended after a crash. */
export interface OpenSession {
  readonly sessionId: string;
  readonly organisationId?: string;
  readonly nextSequence: number;
  /** Of the latest entry. */
  readonly atMs: number;
  readonly agentHeardMs: number;
  /** Calls without a result. */
  readonly toolCalls: readonly { readonly callId: string; readonly name: string }[];
}

/**
 * The sessions that have not ended, as the journal tells. To note an entry twice changes nothing:
 * after a write that failed, the same lines may stand in two segments.
 */
export class OpenSessions {
  readonly #sessions: Map<string, OpenSession>;

  constructor(open: readonly OpenSession[] = []) {
    this.#sessions = new Map(open.map((session) => [session.sessionId, session]));
  }

  list(): readonly OpenSession[] {
    return [...this.#sessions.values()];
  }

  note(entry: JournalEntry): void {
    const { organisationId, sessionId, sequence, atMs } = entry;
    if (entry.type === 'session-end') {
      this.#sessions.delete(sessionId);
      return;
    }
    const before = this.#sessions.get(sessionId);
    if (before !== undefined && sequence < before.nextSequence) return;
    this.#sessions.set(sessionId, {
      sessionId,
      ...(organisationId === undefined ? {} : { organisationId }),
      nextSequence: sequence + 1,
      atMs,
      agentHeardMs: (before?.agentHeardMs ?? 0) + (entry.type === 'agent-said' ? entry.heardMs : 0),
      toolCalls: openToolCalls(before?.toolCalls ?? [], entry),
    });
  }
}

function openToolCalls(
  before: OpenSession['toolCalls'],
  entry: JournalEntry,
): OpenSession['toolCalls'] {
  if (entry.type === 'tool-call') {
    return [...before, { callId: entry.callId, name: entry.name }];
  }
  if (entry.type !== 'tool-result') return before;
  return before.filter((call) => call.callId !== entry.callId);
}

/**
 * The entries that end a session whose process was lost: one for each tool call of which nobody
 * knows whether it took effect, then the end. Times are those of the last entry: nothing later is
 * known.
 */
export function lostEntries(
  session: OpenSession,
  isRepeatable: (toolName: string) => boolean,
  atEpochMs: number,
): readonly JournalEntry[] {
  const { organisationId, sessionId, nextSequence, atMs, agentHeardMs } = session;
  const unknown = session.toolCalls.filter((call) => !isRepeatable(call.name));
  const bodies: readonly JournalBody[] = [
    ...unknown.map(({ callId, name }) => ({
      type: 'error' as const,
      code: 'TOOL_OUTCOME_UNKNOWN' as const,
      message: `the process was lost while ${name} ran (${callId}): it may have taken effect`,
    })),
    {
      type: 'session-end',
      cause: 'process-lost',
      durationMs: atMs,
      callerFillerMs: 0,
      agentHeardMs,
    },
  ];
  return bodies.map((body, index) => ({
    ...body,
    sessionId,
    ...(organisationId === undefined ? {} : { organisationId }),
    sequence: nextSequence + index,
    atMs,
    atEpochMs,
  }));
}
