import type { AiDoor } from '../api/ai/ai-door.ts';
import { resolveProvider } from '../config/resolve-provider.ts';
import type { Config } from '../config/schema.ts';
import type { Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Sessions } from '../session/sessions.ts';
import { planOf } from './call-plan.ts';
import type { ProviderShelf } from './provider-shelf.ts';
import { TextConversations } from './text-conversations.ts';

/** What stands behind `/ai`. */
export interface AiConversations {
  readonly door: AiDoor;
  readonly conversations: TextConversations;
}

export function aiConversations(
  config: () => Config,
  parts: {
    readonly providers: ProviderShelf;
    /** For sessions in writing alone. */
    readonly sessions: Sessions;
    readonly clock: Clock;
    readonly random: Random;
    readonly metrics: Metrics;
  },
): AiConversations {
  const { clock, metrics, providers, random, sessions } = parts;
  const { ai } = config().api;
  const conversations = new TextConversations({
    sessions,
    plan: (leg) => planOf(config(), leg, providers),
    personaKeys: () => Object.keys(config().personas),
    limits: { sessionsMax: ai.sessions_max, sessionsPerCallerMax: ai.sessions_per_caller_max },
    random,
    metrics,
  });
  const door: AiDoor = {
    isEnabled: ai.enabled,
    textCharsMax: ai.text_chars_max,
    requestsPerMinuteMax: ai.requests_per_minute_max,
    conversations,
    defaultPersona: () => config().default_persona,
    refusal() {
      const { default_persona, personas } = config();
      const persona = personas[default_persona]?.provider;
      return providers.refusal(resolveProvider({ persona, config: config() }));
    },
    clock,
    metrics,
  };
  return { door, conversations };
}
