import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import { isTrusted } from '../runtime/trust.ts';
import type { HandoffTarget, Tool, ToolGrant } from './tool.ts';

const input = z.object({
  persona: z.string().min(1).max(64).describe('Who takes over.'),
  summary: z
    .string()
    .max(1_000)
    .optional()
    .describe('What the caller wants and what is known so far, in a sentence or two.'),
});

/** Has another persona go on with the same caller. Whom to is for the grant to say. */
export const handoff: Tool<z.infer<typeof input>, { readonly handedTo: string }> = {
  name: 'handoff',
  description:
    'Hands the conversation over to another agent, who goes on with it at once. Use it when the ' +
    'caller asks for them or needs what you cannot do. Do not say goodbye: the caller stays.',
  input,
  timeoutMs: 1_000,
  repeatable: true,
  minTrust: 'anonymous',
  isSensitive: false,
  parametersUnder: (grant) => {
    const choices = targetsFor(grant).map(({ personaKey }) => personaKey);
    if (choices.length === 0) return null;
    const { $schema: _dialect, ...parameters } = z.toJSONSchema(
      input.extend({ persona: z.enum(choices).describe('Who takes over.') }),
      { io: 'input' },
    );
    return parameters;
  },
  admit: ({ persona }, { handoffs = [], trust }) => {
    const target = handoffs.find(({ personaKey }) => personaKey === persona);
    if (!target) throw new GatewayError('TOOL_ARGUMENTS_INVALID', 'there is nobody of that name');
    if (isTrusted(trust, target.minTrust)) return;
    const message = `${persona} needs a caller who is ${target.minTrust}, this one is ${trust}`;
    throw new GatewayError('TRUST_TOO_LOW', message);
  },
  sequel: ({ persona }) => ({ type: 'handoff', personaKey: persona }),
  run: async ({ persona }) => ({ handedTo: persona }),
};

function targetsFor({ handoffs = [], trust }: ToolGrant): readonly HandoffTarget[] {
  return handoffs.filter(({ minTrust }) => isTrusted(trust, minTrust));
}
