/** What a tool gave, for the call of that id. */
export interface ToolResult {
  readonly callId: string;
  readonly outputJson: string;
}

interface Call {
  readonly replyId: string | null;
  isAnswered: boolean;
}

/** A session may make 100 calls; the oldest of more than this are forgotten. */
const callsMax = 1_000;

/**
 * The calls of a link and their results: a call is told once, a result is sent once, and not before
 * the response that made the call is done (the vendor would answer `invalid_tool_call_id`, and the
 * model would call again).
 */
export class ToolCalls {
  readonly #calls = new Map<string, Call>();
  #held: ToolResult[] = [];

  /** Notes a call; false if it was known. `replyId` is null for one that is told from history. */
  add(callId: string, replyId: string | null): boolean {
    if (this.#calls.has(callId)) return false;
    this.#calls.set(callId, { replyId, isAnswered: false });
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > callsMax && oldest !== undefined) this.#calls.delete(oldest);
    return true;
  }

  /**
   * The results of these that may go now; those of open replies are held, repeated ones dropped.
   */
  answer(results: readonly ToolResult[], openReplies: ReadonlySet<string>): ToolResult[] {
    return results.filter((result) => {
      const call = this.#calls.get(result.callId);
      if (call?.isAnswered) return false;
      if (call !== undefined) call.isAnswered = true;
      const isHeld = openReplies.has(call?.replyId ?? '');
      if (isHeld) this.#held.push(result);
      return !isHeld;
    });
  }

  /** The held results of a reply that is done now. */
  release(replyId: string): ToolResult[] {
    const isOfReply = ({ callId }: ToolResult) => this.#calls.get(callId)?.replyId === replyId;
    const released = this.#held.filter(isOfReply);
    this.#held = this.#held.filter((result) => !isOfReply(result));
    return released;
  }
}
