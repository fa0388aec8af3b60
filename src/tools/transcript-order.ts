import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { recipient } from './mail-recipient.ts';

const orderShape = z.object({
  sessionId: z.string(),
  to: recipient,
  address: z.email(),
  /** Number of the caller. */
  caller: z.string(),
  askedAtEpochMs: z.number(),
});

/** A transcript that somebody asked for. There is one for each session and recipient. */
export type TranscriptOrder = Readonly<z.output<typeof orderShape>>;

/** Session ids are ours; this keeps one that is not from leading out of the directory. */
const orderFile = /^([\w-]+)\.(?:operator|caller)\.json$/;

const outboxIn = (journalDirectory: string) => join(journalDirectory, 'outbox');

/** Leaves an order beside the journal; it is on disk, whole, when this resolves. */
export async function leaveOrder(journalDirectory: string, order: TranscriptOrder): Promise<void> {
  const outbox = outboxIn(journalDirectory);
  await mkdir(outbox, { recursive: true, mode: 0o700 });
  const file = join(outbox, `${order.sessionId}.${order.to}.json`);
  await writeFile(`${file}.new`, JSON.stringify(order), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

/** An order that waits; `null` where what stands in its file is none. */
export interface WaitingOrder {
  readonly sessionId: string;
  readonly order: TranscriptOrder | null;
  /** It is done, or nobody wants it any more. */
  remove(): Promise<void>;
}

/** Every order that waits, for sessions of which `isWanted`. */
export async function waitingOrders(
  journalDirectory: string,
  isWanted: (sessionId: string) => boolean,
): Promise<readonly WaitingOrder[]> {
  const outbox = outboxIn(journalDirectory);
  const waiting: WaitingOrder[] = [];
  for (const name of await namesIn(outbox)) {
    const sessionId = orderFile.exec(name)?.[1];
    if (sessionId === undefined || !isWanted(sessionId)) continue;
    const file = join(outbox, name);
    const order = orderIn(await readFile(file, 'utf8'));
    waiting.push({ sessionId, order, remove: () => rm(file, { force: true }) });
  }
  return waiting;
}

/** Removes the orders of these sessions: they contain an address and a number. */
export async function forgetOrders(
  journalDirectory: string,
  sessionIds: readonly string[],
): Promise<void> {
  const ids = new Set(sessionIds);
  const orders = await waitingOrders(journalDirectory, (sessionId) => ids.has(sessionId));
  for (const order of orders) await order.remove();
}

async function namesIn(outbox: string): Promise<readonly string[]> {
  await mkdir(outbox, { recursive: true, mode: 0o700 });
  return await readdir(outbox);
}

function orderIn(text: string): TranscriptOrder | null {
  try {
    return orderShape.parse(JSON.parse(text));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError || thrown instanceof z.ZodError)) throw thrown;
    return null;
  }
}
