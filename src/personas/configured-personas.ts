import type { Config } from '../config/schema.ts';
import type { Persona, PersonaLimits, Personas } from './persona.ts';

/**
 * The personas of one configuration. After a reload new calls ask a new `Personas`; a call in
 * progress keeps what it was given.
 */
export function personasFrom(config: Pick<Config, 'personas' | 'default_persona'>): Personas {
  const personas = new Map(
    Object.entries(config.personas).map(
      ([key, written]) => [key, personaOf(key, written)] as const,
    ),
  );
  return Object.freeze({
    keys: Object.freeze([...personas.keys()]),
    find: (key: string | undefined) => personas.get(key ?? config.default_persona),
  });
}

function personaOf(key: string, written: Config['personas'][string]): Persona {
  const { instructions, greeting, voice, language, tools, min_trust, provider } = written;
  const voices = Object.fromEntries(
    Object.entries(written.voices).flatMap(([name, each]) => (each === null ? [] : [[name, each]])),
  );
  const limits = limitsOf(written.limits);
  return Object.freeze({
    key,
    instructions,
    greeting,
    voice,
    language,
    tools,
    minTrust: min_trust,
    ...(written.handoffs.length > 0 && { handoffs: Object.freeze(written.handoffs) }),
    ...(provider !== null && { provider }),
    ...(Object.keys(voices).length > 0 && { voices: Object.freeze(voices) }),
    ...(Object.keys(limits).length > 0 && { limits: Object.freeze(limits) }),
  });
}

function limitsOf(written: Config['personas'][string]['limits']): PersonaLimits {
  const { call_length_max_s, silence_prompt_s, tools_per_turn_max, tools_per_call_max } = written;
  return {
    ...(call_length_max_s !== null && { callMsMax: call_length_max_s * 1_000 }),
    ...(silence_prompt_s !== null && { silencePromptMs: silence_prompt_s * 1_000 }),
    ...(tools_per_turn_max !== null && { toolCallsPerTurnMax: tools_per_turn_max }),
    ...(tools_per_call_max !== null && { toolCallsPerCallMax: tools_per_call_max }),
  };
}
