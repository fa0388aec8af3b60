import { mulaw8k } from '../../../audio/format.ts';
import type { ProviderSetup } from '../../provider.ts';

/** A link of a telephone in µ-law, whose persona has nothing of its own; for tests to change. */
export const plainSetup: ProviderSetup = {
  sessionId: 'sess_1',
  callerFormat: mulaw8k,
  agentFormat: mulaw8k,
  persona: {
    key: 'waiter',
    instructions: 'Be brief.',
    voice: null,
    language: null,
    tools: [],
    variables: {},
  },
  turnDetection: {
    kind: 'server_vad',
    threshold: 0.5,
    prefixPaddingMs: 300,
    silenceMs: 500,
    eagerness: 'auto',
    authority: 'provider',
  },
  history: [],
};
