import type { Config } from '../config/schema.ts';
import type { Persona, Personas } from './persona.ts';

/** The personas of a configuration, frozen: a call keeps the one that it began with. */
export function personasFrom({ personas, default_persona }: Config): Personas {
  const byKey = new Map<string, Persona>(
    Object.entries(personas).map(([key, written]) => {
      const { instructions, greeting, voice, language, tools, min_trust, provider } = written;
      const persona: Persona = {
        key,
        instructions,
        greeting,
        voice,
        language,
        tools,
        minTrust: min_trust,
        ...(provider === null ? {} : { provider }),
      };
      return [key, Object.freeze(persona)];
    }),
  );
  return {
    keys: [...byKey.keys()],
    find: (key) => byKey.get(key ?? default_persona),
  };
}
