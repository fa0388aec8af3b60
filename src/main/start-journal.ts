import type { Config } from '../config/schema.ts';
import type { Log } from '../observe/observe.ts';
import { type FileJournal, openJournal } from '../store/journal.ts';
import { segmentReader } from '../store/segment-files.ts';
import type { Recovery } from '../store/segment-log.ts';
import { type JournalThread, workerPort } from '../store/worker-port.ts';
import type { ToolRegistry } from '../tools/registry.ts';
import type { Shared } from './shared.ts';

const dayMs = 86_400_000;

/** Opens the journal, and says what a crash has left of it. */
export async function startJournal(
  config: Config,
  tools: ToolRegistry,
  shared: Shared,
  given: {
    readonly scrub: (json: string) => string;
    readonly journalThread?: JournalThread;
  },
): Promise<FileJournal> {
  const { dir, retention_days, segment_mb } = config.journal;
  const options = {
    directory: dir,
    atEpochMs: shared.clock.epochMs(),
    segmentBytesMax: segment_mb * 1024 * 1024,
    retentionMs: retention_days * dayMs,
    repeatableTools: tools.names.filter((name) => tools.find(name)?.tool.repeatable),
  };
  const openPort = workerPort(options, given.journalThread);
  const { journal, recovery } = await openJournal({
    ...shared,
    openPort,
    reader: segmentReader(dir),
    scrub: given.scrub,
  });
  logRecovery(recovery, shared.log);
  return journal;
}

function logRecovery({ tornBytes, badLineCount, lostSessions }: Recovery, log: Log): void {
  if (tornBytes > 0 || badLineCount > 0) {
    log.warn('the journal was cut short by a crash', { tornBytes, badLineCount });
  }
  for (const { sessionId, toolCalls } of lostSessions) {
    log.warn('a session was lost with its process', { sessionId, outcomeUnknown: toolCalls });
  }
}
