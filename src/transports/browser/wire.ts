/**
 * What a browser and the gateway say to each other over one WebSocket. Binary messages are sound:
 * PCM of 24 kHz, 16 bits, little-endian, whole samples, both ways. Text messages are JSON, below.
 *
 * The gateway speaks first (`welcome`), the browser answers at once (`hello`), and that is a call.
 * It ends with `hang-up` from us, after which the browser plays what it has and closes, or with a
 * close from the browser, by one of `closeCodes` from us.
 */
import { z } from 'zod';
import { pcm } from '../../audio/format.ts';
import { ERRORS, type ErrorCode, GatewayError } from '../../runtime/errors.ts';

export const wireVersion = 1;

/** Both ways. */
export const browserFormat = pcm(24_000);

/** Codes of RFC 6455 §7.4; those from 4000 on are ours and end in what HTTP would say. */
export const closeCodes = {
  /** Either side: the call is over. */
  done: 1000,
  /** Either side: the page is left, or the gateway closes its doors. */
  goingAway: 1001,
  /** A message that this protocol does not have, too long, or out of order. */
  malformed: 4400,
  /** No `hello` in time. */
  helloLate: 4408,
  /** Too many others have not said `hello` yet. */
  tooManyWaiting: 4429,
} as const;

/** 4,000 characters of text in UTF-8 and the JSON around it; 340 ms of sound. */
export const messageBytesMax = 16 * 1024;

const textLengthMax = 4_000;
const keyLengthMax = 64;
/** What a reported delay may be at most; a sane one is a tenth of it. */
const reportedMsMax = 60_000;

const key = z
  .string()
  .regex(/^[\w-]+$/)
  .max(keyLengthMax);

const hello = z.strictObject({
  type: z.literal('hello'),
  version: z.literal(wireVersion),
  persona: key.exactOptional(),
  provider: key.exactOptional(),
  /** From the arrival of a frame in the page to the ear, at its longest. */
  playoutDelayMs: z.number().min(0).max(reportedMsMax),
});

/** What the browser may say. */
const clientMessage = z.discriminatedUnion('type', [
  hello,
  z.strictObject({
    type: z.literal('text'),
    text: z.string().trim().min(1).max(textLengthMax),
  }),
  z.strictObject({ type: z.literal('digit'), digit: z.string().regex(/^[0-9*#A-D]$/) }),
]);

export type ClientMessage = z.output<typeof clientMessage>;
export type Hello = z.output<typeof hello>;

const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

/** What the gateway may say. A browser passes over types that it does not know. */
export const serverMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), version: z.literal(wireVersion) }),
  z.object({
    type: z.literal('call'),
    sessionId: z.string(),
    persona: z.string(),
    provider: z.string(),
    model: z.string(),
  }),
  /** A piece of what the agent is about to say: nobody has heard it yet. */
  z.object({ type: z.literal('agent-text'), itemId: z.string(), text: z.string() }),
  /** All of an item, and how far it was heard: in the place of its pieces. */
  z.object({
    type: z.literal('agent-said'),
    itemId: z.string(),
    words: z.array(z.object({ text: z.string(), state: z.enum(['heard', 'partly', 'unheard']) })),
  }),
  /** A piece of what the caller is saying, as it is understood while they speak. */
  z.object({ type: z.literal('caller-words'), itemId: z.string(), text: z.string() }),
  /** All of it, in the place of its pieces; empty when it was not understood in the end. */
  z.object({ type: z.literal('caller-said'), itemId: z.string(), text: z.string() }),
  z.object({ type: z.literal('barge-in'), heardMs: z.number(), unheardMs: z.number() }),
  /** From when the caller's turn was taken for over to the first sound of the answer. */
  z.object({ type: z.literal('turn'), responseMs: z.number() }),
  z.object({
    type: z.literal('tool-call'),
    callId: z.string(),
    name: z.string(),
    argumentsJson: z.string(),
  }),
  z.object({
    type: z.literal('tool-result'),
    callId: z.string(),
    name: z.string(),
    outcome: z.string(),
    code: errorCode.nullable(),
    tookMs: z.number(),
  }),
  z.object({ type: z.literal('prompt'), name: z.string() }),
  z.object({ type: z.literal('persona'), persona: z.string() }),
  z.object({ type: z.literal('error'), code: errorCode }),
  /** The call was not taken. */
  z.object({ type: z.literal('refused'), code: errorCode, message: z.string() }),
  z.object({ type: z.literal('ended'), cause: z.string() }),
  /** No sound follows: play what there is, then close with 1000. */
  z.object({ type: z.literal('hang-up') }),
]);

export type ServerMessage = z.output<typeof serverMessage>;

/** Throws `WIRE_MALFORMED` for anything but a message of this protocol. */
export function parseClientMessage(text: string): ClientMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('WIRE_MALFORMED', 'a text message is not JSON', {}, cause);
  }
  const parsed = clientMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.join('.') ?? '';
  throw new GatewayError('WIRE_MALFORMED', `a message is not as it should be: ${issue?.message}`, {
    at,
  });
}

export function encodeMessage(message: ServerMessage): string {
  return JSON.stringify(message);
}
