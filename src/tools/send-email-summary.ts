import { z } from 'zod';
import type { Mailer } from './mail.ts';
import { addressOf, recipient } from './mail-recipient.ts';
import type { Tool } from './tool.ts';
import { type CallRecord, transcriptOf } from './transcript-text.ts';

const input = z.strictObject({
  to: recipient,
  summary: z
    .string()
    .trim()
    .min(1)
    .max(4_000)
    .describe('What the call was about and what was agreed, in plain text.'),
});

export interface MailParts {
  readonly mailer: Mailer;
  readonly operatorAddress: string;
  readonly record: CallRecord;
}

/** Mails the agent's summary of the call, and below it what was said so far as it was heard. */
export function sendEmailSummary(parts: MailParts): Tool<z.infer<typeof input>> {
  const { mailer, operatorAddress, record } = parts;
  return {
    name: 'send_email_summary',
    description:
      'Mails a summary of this call to the operator, or to the caller if they are verified. It ' +
      'cannot go anywhere else. If it fails, say what is known: that nothing was sent, or that ' +
      'it may have been.',
    input,
    timeoutMs: 15_000,
    repeatable: false,
    minTrust: 'anonymous',
    isSensitive: true,
    admit({ to }, grant) {
      addressOf(to, operatorAddress, grant);
    },
    async run({ to, summary }, context) {
      const { sessionId, callId, call, signal } = context;
      const address = addressOf(to, operatorAddress, context);
      const { text: said } = await transcriptOf(record, sessionId);
      const caller = call.callerNumber ?? 'unknown';
      const text = `Caller: ${caller}\nCall: ${sessionId}\n\n${summary}\n\n--\n${said}\n`;
      const subject = `Summary of a call from ${caller}`;
      await mailer.send({ to: address, subject, text, id: `${sessionId}.${callId}` }, signal);
      return { sent_to: to };
    },
  };
}
