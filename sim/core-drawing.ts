import { bytesPerMs } from '../src/audio/format.ts';
import type { Agent } from '../src/session/cast.ts';
import { defaultSettings, type SessionSettings } from '../src/session/settings.ts';
import type { Dice } from './dice.ts';
import { type TaggedSound, tags } from './tagged-sound.ts';

/** Settings small enough that a minute reaches their limits. */
export function drawSettings(dice: Dice): SessionSettings {
  return {
    ...defaultSettings,
    authority: dice.chance(0.5) ? 'provider' : 'gateway',
    gate: dice.chance(0.25) ? 'local' : 'off',
    callMsMax: dice.chance(0.1) ? dice.between(10_000, 50_000) : defaultSettings.callMsMax,
    silencePromptMs: dice.pick([5_000, 8_000, 15_000]),
    silenceGoodbyeMs: dice.pick([5_000, 15_000]),
    replyMsMax: dice.pick([3_000, 5_000, 8_000]),
    replyQueueMsMax: dice.pick([10_000, 60_000, 300_000]),
    toolCallsPerTurnMax: dice.pick([2, 8]),
    toolCallsPerCallMax: dice.pick([4, 100]),
    closingMsMax: dice.pick([4_000, 10_000]),
  };
}

/** A recording that does not end with a whole frame, or none at all. */
export function drawPrompt(dice: Dice, sound: TaggedSound): Uint8Array | null {
  if (dice.chance(0.05)) return null;
  const length = 2 * Math.floor(dice.between(200, 1_500) * (bytesPerMs(sound.format) / 2));
  const bytes = new Uint8Array(length);
  sound.fill(bytes, length, tags.prompt);
  return bytes;
}

/** An agent of the simulation, who may call whatever the model thinks of. */
export function drawAgent(greeting: string | null, key = 'assistant'): Agent {
  return {
    setup: {
      key,
      instructions: `You are ${key}.`,
      voice: null,
      language: null,
      tools: [],
      variables: {},
    },
    greeting,
    grant: {
      sessionId: 'simulated',
      call: { callId: 'simulated', variables: {} },
      trust: 'anonymous',
      toolNames: [],
    },
  };
}
