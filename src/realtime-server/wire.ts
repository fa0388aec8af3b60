/**
 * The OpenAI Realtime protocol (GA) on the wire, declared once for both halves: what a client sends
 * (11 events) and what a server sends (46 events).
 *
 * Strict in the fields that somebody uses, open to what the vendor may add: an unknown event type
 * is kept raw, an unknown field is left out, a malformed known event is `WIRE_MALFORMED`.
 * Source: the published types of the npm package `openai` 7.55.0, resources/realtime/realtime.d.ts.
 */
import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import { faultOf, paramOf, unknownField, type WireFault } from './wire-fault.ts';
import { newItem, shownItem } from './wire-item.ts';
import { responseParams, shownResponse, usage } from './wire-response.ts';
import { sessionEcho, sessionUpdate } from './wire-session.ts';

export type { WireFault } from './wire-fault.ts';
export { idLengthMax, type NewItem, type ResponseInputItem, type ShownItem } from './wire-item.ts';
export type { ResponseParams, ResponseStatus, ShownResponse, Usage } from './wire-response.ts';
export type {
  FunctionTool,
  Prompt,
  RealtimeUpdate,
  SessionEcho,
  SessionUpdate,
  ToolChoice,
  Transcription,
  TurnDetection,
  Voice,
  WireAudioFormat,
  WireTool,
} from './wire-session.ts';

/** The longest `event_id` a client may send. */
const eventIdLengthMax = 512;

const fromClient = { event_id: z.string().max(eventIdLengthMax).exactOptional() };

/** Audio of one `input_audio_buffer.append`, in bytes of base64's text: 15 MiB of audio decoded. */
export const appendBase64LengthMax = (15 * 1024 * 1024 * 4) / 3;

function clientEvent<Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.object({ type: z.literal(type), ...fromClient, ...shape });
}

const clientSchemas = {
  'session.update': clientEvent('session.update', { session: sessionUpdate }),
  'input_audio_buffer.append': clientEvent('input_audio_buffer.append', {
    audio: z.string().max(appendBase64LengthMax),
  }),
  'input_audio_buffer.commit': clientEvent('input_audio_buffer.commit', {}),
  'input_audio_buffer.clear': clientEvent('input_audio_buffer.clear', {}),
  'conversation.item.create': clientEvent('conversation.item.create', {
    item: newItem,
    previous_item_id: z.string().exactOptional(),
  }),
  'conversation.item.retrieve': clientEvent('conversation.item.retrieve', { item_id: z.string() }),
  'conversation.item.truncate': clientEvent('conversation.item.truncate', {
    item_id: z.string(),
    content_index: z.int().min(0),
    audio_end_ms: z.int().min(1),
  }),
  'conversation.item.delete': clientEvent('conversation.item.delete', { item_id: z.string() }),
  'response.create': clientEvent('response.create', { response: responseParams.exactOptional() }),
  'response.cancel': clientEvent('response.cancel', { response_id: z.string().exactOptional() }),
  'output_audio_buffer.clear': clientEvent('output_audio_buffer.clear', {}),
};

/** `event_id` is on every server event but the DTMF one. */
function serverEvent<Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.object({ type: z.literal(type), event_id: z.string(), ...shape });
}

const previousItemId = { previous_item_id: z.string().nullable().exactOptional() };
const inResponse = { response_id: z.string(), output_index: z.int() };
const inItem = { ...inResponse, item_id: z.string() };
const inContent = { ...inItem, content_index: z.int() };
const logprobs = { logprobs: z.array(z.unknown()).nullable().exactOptional() };

const part = z.object({
  type: z.string().exactOptional(),
  text: z.string().nullable().exactOptional(),
  transcript: z.string().nullable().exactOptional(),
});

/** The `error` object. Branch on `code`; `event_id` is the client's own. */
const wireError = z.object({
  type: z.string(),
  code: z.string().nullable().exactOptional(),
  message: z.string(),
  param: z.string().nullable().exactOptional(),
  event_id: z.string().nullable().exactOptional(),
});
export type WireError = z.output<typeof wireError>;

const rateLimit = z.object({
  name: z.string().exactOptional(),
  limit: z.number().exactOptional(),
  remaining: z.number().exactOptional(),
  reset_seconds: z.number().exactOptional(),
});

const transcriptionUsage = z.object({
  type: z.string(),
  seconds: z.number().exactOptional(),
  ...usage.pick({ total_tokens: true, input_tokens: true, output_tokens: true }).shape,
  input_token_details: z
    .object({ text_tokens: z.number().exactOptional(), audio_tokens: z.number().exactOptional() })
    .exactOptional(),
});

const transcriptionSchemas = {
  'conversation.item.input_audio_transcription.completed': serverEvent(
    'conversation.item.input_audio_transcription.completed',
    {
      item_id: z.string(),
      content_index: z.int(),
      transcript: z.string(),
      usage: transcriptionUsage.nullable().exactOptional(),
      ...logprobs,
    },
  ),
  'conversation.item.input_audio_transcription.delta': serverEvent(
    'conversation.item.input_audio_transcription.delta',
    {
      item_id: z.string(),
      content_index: z.int().exactOptional(),
      delta: z.string().exactOptional(),
      ...logprobs,
    },
  ),
  'conversation.item.input_audio_transcription.failed': serverEvent(
    'conversation.item.input_audio_transcription.failed',
    {
      item_id: z.string(),
      content_index: z.int(),
      error: wireError.partial(),
    },
  ),
  'conversation.item.input_audio_transcription.segment': serverEvent(
    'conversation.item.input_audio_transcription.segment',
    {
      item_id: z.string(),
      content_index: z.int(),
      id: z.string(),
      text: z.string(),
      speaker: z.string(),
      start: z.number(),
      end: z.number(),
    },
  ),
};

const conversationSchemas = {
  'conversation.created': serverEvent('conversation.created', {
    conversation: z.object({
      id: z.string().exactOptional(),
      object: z.string().exactOptional(),
    }),
  }),
  'conversation.item.added': serverEvent('conversation.item.added', {
    item: shownItem,
    ...previousItemId,
  }),
  'conversation.item.created': serverEvent('conversation.item.created', {
    item: shownItem,
    ...previousItemId,
  }),
  'conversation.item.done': serverEvent('conversation.item.done', {
    item: shownItem,
    ...previousItemId,
  }),
  'conversation.item.deleted': serverEvent('conversation.item.deleted', { item_id: z.string() }),
  'conversation.item.retrieved': serverEvent('conversation.item.retrieved', { item: shownItem }),
  'conversation.item.truncated': serverEvent('conversation.item.truncated', {
    item_id: z.string(),
    content_index: z.int(),
    audio_end_ms: z.int(),
  }),
  ...transcriptionSchemas,
};

const bufferSchemas = {
  'input_audio_buffer.cleared': serverEvent('input_audio_buffer.cleared', {}),
  'input_audio_buffer.committed': serverEvent('input_audio_buffer.committed', {
    item_id: z.string(),
    ...previousItemId,
  }),
  'input_audio_buffer.dtmf_event_received': z.object({
    type: z.literal('input_audio_buffer.dtmf_event_received'),
    event_id: z.string().exactOptional(),
    event: z.string(),
    received_at: z.int(),
  }),
  'input_audio_buffer.speech_started': serverEvent('input_audio_buffer.speech_started', {
    item_id: z.string(),
    audio_start_ms: z.int(),
  }),
  'input_audio_buffer.speech_stopped': serverEvent('input_audio_buffer.speech_stopped', {
    item_id: z.string(),
    audio_end_ms: z.int(),
  }),
  'input_audio_buffer.timeout_triggered': serverEvent('input_audio_buffer.timeout_triggered', {
    item_id: z.string(),
    audio_start_ms: z.int(),
    audio_end_ms: z.int(),
  }),
  'output_audio_buffer.started': serverEvent('output_audio_buffer.started', {
    response_id: z.string(),
  }),
  'output_audio_buffer.stopped': serverEvent('output_audio_buffer.stopped', {
    response_id: z.string(),
  }),
  'output_audio_buffer.cleared': serverEvent('output_audio_buffer.cleared', {
    response_id: z.string(),
  }),
};

const responseSchemas = {
  'response.created': serverEvent('response.created', { response: shownResponse }),
  'response.done': serverEvent('response.done', { response: shownResponse }),
  'response.output_item.added': serverEvent('response.output_item.added', {
    ...inResponse,
    item: shownItem,
  }),
  'response.output_item.done': serverEvent('response.output_item.done', {
    ...inResponse,
    item: shownItem,
  }),
  'response.content_part.added': serverEvent('response.content_part.added', { ...inContent, part }),
  'response.content_part.done': serverEvent('response.content_part.done', { ...inContent, part }),
  'response.output_audio.delta': serverEvent('response.output_audio.delta', {
    ...inContent,
    delta: z.string(),
  }),
  'response.output_audio.done': serverEvent('response.output_audio.done', inContent),
  'response.output_audio_transcript.delta': serverEvent('response.output_audio_transcript.delta', {
    ...inContent,
    delta: z.string(),
  }),
  'response.output_audio_transcript.done': serverEvent('response.output_audio_transcript.done', {
    ...inContent,
    transcript: z.string(),
  }),
  'response.output_text.delta': serverEvent('response.output_text.delta', {
    ...inContent,
    delta: z.string(),
  }),
  'response.output_text.done': serverEvent('response.output_text.done', {
    ...inContent,
    text: z.string(),
  }),
  'response.function_call_arguments.delta': serverEvent('response.function_call_arguments.delta', {
    ...inItem,
    call_id: z.string(),
    delta: z.string(),
  }),
  'response.function_call_arguments.done': serverEvent('response.function_call_arguments.done', {
    ...inItem,
    call_id: z.string(),
    name: z.string().exactOptional(),
    arguments: z.string(),
  }),
};

const mcpPlace = { item_id: z.string(), output_index: z.int() };

const mcpSchemas = {
  'mcp_list_tools.in_progress': serverEvent('mcp_list_tools.in_progress', { item_id: z.string() }),
  'mcp_list_tools.completed': serverEvent('mcp_list_tools.completed', { item_id: z.string() }),
  'mcp_list_tools.failed': serverEvent('mcp_list_tools.failed', { item_id: z.string() }),
  'response.mcp_call_arguments.delta': serverEvent('response.mcp_call_arguments.delta', {
    ...inItem,
    delta: z.string(),
    obfuscation: z.string().nullable().exactOptional(),
  }),
  'response.mcp_call_arguments.done': serverEvent('response.mcp_call_arguments.done', {
    ...inItem,
    arguments: z.string(),
  }),
  'response.mcp_call.in_progress': serverEvent('response.mcp_call.in_progress', mcpPlace),
  'response.mcp_call.completed': serverEvent('response.mcp_call.completed', mcpPlace),
  'response.mcp_call.failed': serverEvent('response.mcp_call.failed', mcpPlace),
};

const serverSchemas = {
  error: serverEvent('error', { error: wireError }),
  'session.created': serverEvent('session.created', { session: sessionEcho }),
  'session.updated': serverEvent('session.updated', { session: sessionEcho }),
  'rate_limits.updated': serverEvent('rate_limits.updated', { rate_limits: z.array(rateLimit) }),
  ...conversationSchemas,
  ...bufferSchemas,
  ...responseSchemas,
  ...mcpSchemas,
};

type ClientSchemas = typeof clientSchemas;
type ServerSchemas = typeof serverSchemas;

export type ClientEventType = keyof ClientSchemas;
export type ServerEventType = keyof ServerSchemas;
export type ClientEventOf<Type extends ClientEventType> = z.output<ClientSchemas[Type]>;
export type ServerEventOf<Type extends ServerEventType> = z.output<ServerSchemas[Type]>;
export type ClientEvent = { [Type in ClientEventType]: ClientEventOf<Type> }[ClientEventType];
export type ServerEvent = { [Type in ServerEventType]: ServerEventOf<Type> }[ServerEventType];

export const clientEventTypes = Object.keys(clientSchemas) as readonly ClientEventType[];
export const serverEventTypes = Object.keys(serverSchemas) as readonly ServerEventType[];

/** What a message turned out to be. */
export type Parsed<Event> =
  /** `unknownParam`: the first field that the schema does not know and left out, or null. */
  | { readonly is: 'known'; readonly event: Event; readonly unknownParam: string | null }
  | { readonly is: 'unknown'; readonly type: string; readonly raw: unknown }
  /** `type` is null if the message names none; `error` is a `WIRE_MALFORMED` with the path. */
  | {
      readonly is: 'malformed';
      readonly type: string | null;
      readonly fault: WireFault;
      readonly error: GatewayError;
    };

function malformed(type: string | null, fault: WireFault): Parsed<never> {
  const details = { type, path: fault.param };
  const error = new GatewayError('WIRE_MALFORMED', `${type ?? 'event'}: ${fault.message}`, details);
  return { is: 'malformed', type, fault, error };
}

function typeOf(raw: unknown): unknown {
  return typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'type') : undefined;
}

function parseBy<Event>(schema: z.ZodType<Event>, type: string, raw: unknown): Parsed<Event> {
  const result = schema.safeParse(raw);
  if (!result.success) return malformed(type, faultOf(result.error.issues, raw));
  return { is: 'known', event: result.data, unknownParam: null };
}

const typeMissing: WireFault = {
  code: 'invalid_event',
  message: "The 'type' field is missing.",
  param: null,
};

/** Parses one event of a client. A caller that refuses unknown fields looks at `unknownParam`. */
export function parseClientEvent(raw: unknown): Parsed<ClientEvent> {
  const type = typeOf(raw);
  if (typeof type !== 'string') return malformed(null, typeMissing);
  if (!isClientEventType(type)) return { is: 'unknown', type, raw };
  const schema: z.ZodType<ClientEvent> = clientSchemas[type];
  const parsed = parseBy(schema, type, raw);
  if (parsed.is !== 'known') return parsed;
  const left = unknownField(raw, parsed.event);
  return left === null ? parsed : { ...parsed, unknownParam: paramOf(left) };
}

/** Parses one event of a server. Fields that nobody knows are left out: vendors add them. */
export function parseServerEvent(raw: unknown): Parsed<ServerEvent> {
  const type = typeOf(raw);
  if (typeof type !== 'string') return malformed(null, typeMissing);
  if (!isServerEventType(type)) return { is: 'unknown', type, raw };
  const schema: z.ZodType<ServerEvent> = serverSchemas[type];
  return parseBy(schema, type, raw);
}

export function isClientEventType(type: string): type is ClientEventType {
  return Object.hasOwn(clientSchemas, type);
}

export function isServerEventType(type: string): type is ServerEventType {
  return Object.hasOwn(serverSchemas, type);
}
