import { GatewayError } from '../runtime/errors.ts';
import { forgetLines, sessionsOfCaller } from '../store/forget-lines.ts';
import { leaveForgetOrder } from '../store/forget-orders.ts';
import { collectEntries, readEntries } from '../store/read-entries.ts';
import { segmentReader } from '../store/segment-files.ts';
import { type ForgetOrder, forgetRecords } from '../store/session-records.ts';
import type { Database } from '../store/store.ts';
import { forgetOrders } from '../tools/transcript-order.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface ForgetOptions {
  readonly whose:
    | { readonly by: 'session'; readonly id: string }
    | { readonly by: 'caller'; readonly number: string };
  /** The directory of the journal. */
  readonly journal: string;
  /** `null`: there is none yet. */
  readonly database: Database | null;
  /** A fresh UUID, for an order that the gateway carries out. */
  readonly orderUuid: string;
}

/**
 * `offhook forget`: deletes what was said and done in sessions, from the database and the files,
 * and keeps it from coming back. Sessions that go on are left and named.
 */
export async function forget(options: ForgetOptions, terminal: Terminal): Promise<ExitCode> {
  const { journal, database, whose } = options;
  const { ended, open } = await foundIn(journal, whose);
  const order = { sessionIds: ended, callerNumber: whose.by === 'caller' ? whose.number : null };
  // The database first: what is copied while the files are overwritten is refused there.
  const recorded = database === null ? [] : await forgetOrOrder(database, order, options, terminal);
  const ids = [...new Set([...ended, ...recorded])].filter((id) => !open.includes(id));
  const lineCount = forgetLines(journal, ids);
  await forgetOrders(journal, ids);
  const what = ids.length === 1 ? ids[0] : `${ids.length} sessions`;
  terminal.print(`Nothing is left of ${what}: ${lineCount} lines of the files overwritten.`);
  if (open.length === 0) return exitCodes.done;
  terminal.complain(`Still in progress, and not forgotten: ${open.join(', ')}.`);
  return exitCodes.failed;
}

async function foundIn(
  journal: string,
  whose: ForgetOptions['whose'],
): Promise<{ readonly ended: readonly string[]; readonly open: readonly string[] }> {
  if (whose.by === 'caller') return sessionsOfCaller(journal, whose.number);
  const entries = await collectEntries(readEntries(segmentReader(journal), whose.id));
  // One that is in the database alone has ended long ago.
  const isOpen = entries.length > 0 && entries.at(-1)?.type !== 'session-end';
  return isOpen ? { ended: [], open: [whose.id] } : { ended: [whose.id], open: [] };
}

/** The gateway that holds the embedded database is left an order. */
async function forgetOrOrder(
  database: Database,
  order: ForgetOrder,
  { journal, orderUuid }: ForgetOptions,
  terminal: Terminal,
): Promise<readonly string[]> {
  try {
    return await forgetRecords(database, order);
  } catch (error) {
    if (!(error instanceof GatewayError) || !error.retryable) throw error;
    leaveForgetOrder(journal, order, orderUuid);
    terminal.print(`${error.message}: the gateway deletes its copy when it reaches it.`);
    return [];
  }
}
