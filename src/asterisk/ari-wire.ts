/**
 * What Asterisk's REST Interface (ARI) says, as far as we listen: `rest-api/api-docs/events.json`
 * and `channels.json` of Asterisk 22.
 */
import { z } from 'zod';

export const ariChannel = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  state: z.string(),
  caller: z.looseObject({ number: z.string() }),
  dialplan: z.looseObject({ context: z.string(), exten: z.string() }),
});

export type AriChannel = z.output<typeof ariChannel>;

export const ariChannels = z.array(ariChannel);

const channel = ariChannel;

const ariEvent = z.discriminatedUnion('type', [
  /** A channel has come into our application: by the dialplan, by us, or by picking up. */
  z.looseObject({ type: z.literal('StasisStart'), args: z.array(z.string()), channel }),
  /** It has left: to the dialplan, or because it was hung up. */
  z.looseObject({ type: z.literal('StasisEnd'), channel }),
  /** `cause` is of Q.850: 16 normal, 17 busy, 19 no answer, 21 rejected. */
  z.looseObject({ type: z.literal('ChannelDestroyed'), cause: z.int(), channel }),
  /** Somebody else has opened the events of our application: from now on we get none. */
  z.looseObject({ type: z.literal('ApplicationReplaced'), application: z.string() }),
]);

export type AriEvent = z.output<typeof ariEvent>;

const knownTypes: readonly string[] = ariEvent.options.map(({ shape }) => shape.type.value);
const typed = z.looseObject({ type: z.string().max(64) });

/** One message of the event socket: an event we know, one we do not, or what is none. */
export type AriMessage =
  | { readonly is: 'known'; readonly event: AriEvent }
  | { readonly is: 'unknown'; readonly type: string }
  | { readonly is: 'malformed'; readonly fault: string };

export function decodeAriMessage(text: string): AriMessage {
  const json = jsonOf(text);
  const head = typed.safeParse(json);
  if (!head.success) return { is: 'malformed', fault: 'no JSON object with a type' };
  const { type } = head.data;
  if (!knownTypes.includes(type)) return { is: 'unknown', type };
  const event = ariEvent.safeParse(json);
  if (event.success) return { is: 'known', event: event.data };
  return { is: 'malformed', fault: `${type}: ${z.prettifyError(event.error)}` };
}

/** The body of a refusal; Asterisk says `message`, and `error` where it could not even route. */
export const ariRefusal = z.union([
  z.looseObject({ message: z.string() }).transform(({ message }) => message),
  z.looseObject({ error: z.string() }).transform(({ error }) => error),
]);

/** `text` as JSON; what is none is `undefined`, which no schema takes. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return undefined;
  }
}
