import { z } from 'zod';

export const sessionId = z
  .string()
  .min(1)
  .max(64)
  .describe('of an answer before; else the cookie counts');
const personaKey = z.string().min(1).max(64);
const exampleSession = 'sess_4f0k2m9q7x1c8v5b3n6za';

export const sayAnswer = z
  .object({ ok: z.literal(true), sessionId: z.string(), reply: z.string() })
  .meta({
    examples: [{ ok: true, sessionId: exampleSession, reply: 'We have grilled tilapia today.' }],
  });

export const personaAnswer = z
  .object({
    ok: z.literal(true),
    active: z.string(),
    sessionId: z.string().exactOptional().describe('of the session that was opened for it'),
  })
  .meta({ examples: [{ ok: true, active: 'cfo' }] });

export const swapBody = z
  .strictObject({ key: personaKey, sessionId: sessionId.exactOptional() })
  .meta({ examples: [{ key: 'cfo' }] });

export const health = z
  .object({ ok: z.boolean(), persona: z.string(), realtime_enabled: z.boolean() })
  .meta({ examples: [{ ok: true, persona: 'waiter', realtime_enabled: true }] });

/** What `POST /ai/say` takes. */
export function sayBody(textCharsMax: number) {
  return z
    .strictObject({
      text: z.string().trim().min(1).max(textCharsMax),
      sessionId: sessionId.exactOptional(),
      persona: personaKey.exactOptional().describe('else that of the session, or the default one'),
      stream: z.boolean().exactOptional().describe('the reply as server-sent events'),
    })
    .meta({
      examples: [
        { text: 'What fish do you have today?' },
        { text: 'And to drink?', sessionId: exampleSession, stream: true },
      ],
    });
}
