import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';
import type { Tool } from './tool.ts';

export const attendedTransferName = 'attended_transfer';
export const completeTransferName = 'complete_transfer';

/** What came of asking somebody whether they take over a call. */
export type TransferEnd =
  | 'accepted'
  | 'declined'
  | 'hung-up'
  | 'timeout'
  | 'busy'
  | 'rejected'
  | 'no-answer'
  | 'failed';

export interface TransferRequest {
  readonly sessionId: string;
  /** The caller's own id on its wire. */
  readonly callId: string;
  readonly destination: string;
  readonly briefing: string;
  /** Fires when the caller has gone or the tool's time is over. */
  readonly signal: AbortSignal;
}

/** Whoever can put callers on hold and call others. */
export interface TransferDesk {
  /**
   * Settles when the caller is with the agent again, or with the other one. Never rejects: the
   * caller is back after every failure, or their call is ended.
   */
  transfer(request: TransferRequest): Promise<TransferEnd>;
  /** What the one who was called told the agent. False: nobody is being asked. */
  decide(sessionId: string, isAccepted: boolean): Promise<boolean>;
}

export interface AttendedTransferOptions {
  /** Keys of the directory that have a telephone, with what the model is told of each. */
  readonly destinations: Readonly<Record<string, string | null>>;
  /** What all of it may take, from the last words to the caller to the end. */
  readonly timeoutMs: number;
  readonly minTrust: Trust;
}

/** Why the caller is back, in words for the model. */
const reports: Readonly<Record<TransferEnd, string>> = {
  accepted: 'They have taken over the call.',
  declined: 'They cannot take the call.',
  'hung-up': 'They picked up and hung up without taking the call.',
  timeout: 'They did not decide in time.',
  busy: 'The line is busy.',
  rejected: 'They rejected the call.',
  'no-answer': 'Nobody picked up.',
  failed: 'The call could not be made.',
};

/** The two tools of a transfer with a briefing; none when there is nobody to call. */
export function attendedTransferTools(
  desk: TransferDesk,
  options: AttendedTransferOptions,
): readonly Tool[] {
  const [first, ...others] = Object.keys(options.destinations);
  if (first === undefined) return [];
  const known = Object.entries(options.destinations).map(([key, description]) =>
    description === null ? key : `${key} (${description})`,
  );
  const input = z.object({
    destination: z.enum([first, ...others]).describe(`Whom to call: ${known.join('; ')}.`),
    briefing: z
      .string()
      .trim()
      .min(1)
      .max(1_000)
      .describe('Who calls and what about, in a few sentences: what the other one is told.'),
  });
  const attendedTransfer: Tool<z.infer<typeof input>, { result: TransferEnd; report: string }> = {
    name: attendedTransferName,
    description:
      'Puts the caller on hold and calls somebody, whom you then brief; if they agree, the ' +
      'caller is connected with them and you are done. Tell the caller first, in the same ' +
      'reply. When it returns, the caller is back with you: tell them what came of it.',
    input,
    timeoutMs: options.timeoutMs,
    repeatable: false,
    minTrust: options.minTrust,
    isSensitive: true,
    sequel: (_input, { result }) => (result === 'accepted' ? { type: 'leave' } : null),
    async run({ destination, briefing }, { sessionId, call, signal }) {
      const { callId } = call;
      const result = await desk.transfer({ sessionId, callId, destination, briefing, signal });
      const isBack = result !== 'accepted';
      const report = `${reports[result]}${isBack ? ' You speak with the caller again.' : ''}`;
      return { result, report };
    },
  };
  return [attendedTransfer, completeTransfer(desk)];
}

const decision = z.object({
  accepted: z.boolean().describe('true: they take over the call. false: they do not.'),
});

/** Offered to the model only while it briefs somebody. */
function completeTransfer(desk: TransferDesk): Tool<z.infer<typeof decision>, { done: true }> {
  return {
    name: completeTransferName,
    description: 'Says whether the one you are briefing takes over the call.',
    input: decision,
    timeoutMs: 5_000,
    repeatable: true,
    minTrust: 'anonymous',
    isSensitive: false,
    async run({ accepted }, { sessionId }) {
      if (await desk.decide(sessionId, accepted)) return { done: true };
      throw new GatewayError('CONFLICT', 'nobody is being asked to take over a call');
    },
  };
}
