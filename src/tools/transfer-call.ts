import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import type { Tool } from './tool.ts';

/** Destinations of the operator's directory by key, with what a model is told of each. */
export type Destinations = Readonly<Record<string, { readonly description: string | null }>>;

/** What ends a call costs nothing by itself: the session does it once the agent has spoken. */
const ending = {
  timeoutMs: 1_000,
  repeatable: true,
  minTrust: 'anonymous',
  isSensitive: false,
} as const satisfies Partial<Tool>;

const input = z.strictObject({ destination: z.string().min(1).max(64) });

/**
 * Hands the caller on, to a key of the directory and to nothing else: a number is no key, so that
 * nobody can talk the model into dialling one. It is not offered while the directory is empty.
 * `directory` is asked anew each time: a key that the operator takes out leads nowhere from then
 * on.
 */
export function transferCall(directory: () => Destinations): Tool<z.infer<typeof input>> {
  return {
    ...ending,
    name: 'transfer_call',
    description:
      'Hands the caller on to a colleague or department and leaves the call. Use it when the ' +
      'caller asks for one of the destinations. Say in the same reply that you are putting them ' +
      'through. Numbers cannot be dialled: when a caller asks for one, say so.',
    input,
    parametersUnder: () => {
      const destinations = directory();
      const keys = Object.keys(destinations);
      if (keys.length === 0) return null;
      const known = Object.entries(destinations).map(([key, { description }]) =>
        description === null ? key : `${key}: ${description}`,
      );
      const destination = z.enum(keys).describe(`Where to: ${known.join('; ')}.`);
      const { $schema: _dialect, ...parameters } = z.toJSONSchema(input.extend({ destination }), {
        io: 'input',
      });
      return parameters;
    },
    admit: ({ destination }) => {
      const destinations = directory();
      if (Object.hasOwn(destinations, destination)) return;
      const choices = Object.keys(destinations).join(', ');
      const message = `destination is none of ${choices}: no other can be reached`;
      throw new GatewayError('TOOL_ARGUMENTS_INVALID', message);
    },
    sequel: ({ destination }) => ({ type: 'transfer', destinationKey: destination }),
    run: async ({ destination }) => ({ transferring_to: destination }),
  };
}

/** Hands the caller on to the operator's voice mail, which is a key of the directory as well. */
export function leaveVoicemail(destinationKey: string): Tool<Record<string, never>> {
  return {
    ...ending,
    name: 'leave_voicemail',
    description:
      'Hands the caller on to the voice mail, where they can leave a message, and leaves the ' +
      'call. Say in the same reply that they can speak after the tone.',
    input: z.strictObject({}),
    sequel: () => ({ type: 'transfer', destinationKey }),
    run: async () => ({ transferring_to: 'voicemail' }),
  };
}
