import { z } from 'zod';
import type { Tool } from './tool.ts';

const input = z.object({
  reason: z.string().max(200).optional().describe('Why the call ends, in a few words.'),
});

/** Ends the call. The session drops the line only when the farewell has been played to its end. */
export const hangUpCall: Tool<z.infer<typeof input>, { readonly ending: true }> = {
  name: 'hangup_call',
  description:
    'Ends the telephone call. Use it when the caller has said goodbye or wants nothing more. ' +
    'Say goodbye first, in the same reply; the line is dropped once your words have been heard.',
  input,
  timeoutMs: 1_000,
  repeatable: true,
  minTrust: 'anonymous',
  isSensitive: false,
  sequel: () => ({ type: 'hang-up' }),
  run: async () => ({ ending: true }),
};
