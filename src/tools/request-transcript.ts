import { z } from 'zod';
import { addressOf, recipient } from './mail-recipient.ts';
import type { Tool } from './tool.ts';
import { leaveOrder } from './transcript-order.ts';

const input = z.strictObject({ to: recipient });

export interface TranscriptParts {
  readonly operatorAddress: string;
  /** Orders are left in a directory of it. */
  readonly journalDirectory: string;
}

/** Has the transcript of the whole call mailed once it has ended: see `TranscriptOutbox`. */
export function requestTranscript(parts: TranscriptParts): Tool<z.infer<typeof input>> {
  const { operatorAddress, journalDirectory } = parts;
  return {
    name: 'request_transcript',
    description:
      'Has a transcript of this call mailed after it has ended, to the operator, or to the ' +
      'caller if they are verified. It cannot go anywhere else. Use it when the caller asks for ' +
      'it, and say that it comes after the call.',
    input,
    timeoutMs: 5_000,
    repeatable: false,
    minTrust: 'anonymous',
    isSensitive: true,
    admit({ to }, grant) {
      addressOf(to, operatorAddress, grant);
    },
    async run({ to }, context) {
      const { sessionId, call, clock } = context;
      const address = addressOf(to, operatorAddress, context);
      const caller = call.callerNumber ?? 'unknown';
      const askedAtEpochMs = clock.epochMs();
      await leaveOrder(journalDirectory, { sessionId, to, address, caller, askedAtEpochMs });
      return { will_be_mailed_to: to, when: 'after the call' };
    },
  };
}
