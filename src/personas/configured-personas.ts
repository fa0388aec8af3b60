import type { Config } from '../config/schema.ts';
import type { Persona, Personas } from './persona.ts';

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
  return Object.freeze({
    key,
    instructions,
    greeting,
    voice,
    language,
    tools,
    minTrust: min_trust,
    ...(provider !== null && { provider }),
  });
}
