import { z } from 'zod';

/** The most characters of an id that a client makes up, as the vendor's refusal names them. */
export const idLengthMax = 32;

const itemStatus = z.enum(['completed', 'incomplete', 'in_progress']);

const common = {
  id: z.string().max(idLengthMax).exactOptional(),
  object: z.literal('realtime.item').exactOptional(),
  status: itemStatus.exactOptional(),
};

const inputText = z.object({ type: z.literal('input_text'), text: z.string() });

const userContent = z.discriminatedUnion('type', [
  inputText,
  z.object({
    type: z.literal('input_audio'),
    audio: z.string(),
    transcript: z.string().exactOptional(),
  }),
  z.object({
    type: z.literal('input_image'),
    image_url: z.string(),
    detail: z.enum(['auto', 'low', 'high']).exactOptional(),
  }),
]);

/** Assistant history is replayed as text: without `text` the vendor refuses even `output_audio`. */
const assistantContent = z.object({
  type: z.enum(['output_text', 'output_audio']),
  text: z.string(),
  transcript: z.string().exactOptional(),
  audio: z.string().exactOptional(),
});

const message = z.discriminatedUnion('role', [
  z.object({
    ...common,
    type: z.literal('message'),
    role: z.literal('system'),
    content: z.array(inputText),
  }),
  z.object({
    ...common,
    type: z.literal('message'),
    role: z.literal('user'),
    content: z.array(userContent),
  }),
  z.object({
    ...common,
    type: z.literal('message'),
    role: z.literal('assistant'),
    content: z.array(assistantContent),
  }),
]);

const newItemShapes = [
  message,
  z.object({
    ...common,
    type: z.literal('function_call'),
    call_id: z.string().max(idLengthMax).exactOptional(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({
    ...common,
    type: z.literal('function_call_output'),
    call_id: z.string().max(idLengthMax),
    output: z.string(),
  }),
] as const;

/** An item as a client may create it. MCP items are left out: neither half calls MCP tools here. */
export const newItem = z.discriminatedUnion('type', newItemShapes);
export type NewItem = z.output<typeof newItem>;

/** What `response.create` may take as context: new items and references to old ones. */
export const responseInputItem = z.discriminatedUnion('type', [
  ...newItemShapes,
  z.object({ type: z.literal('item_reference'), id: z.string() }),
]);
export type ResponseInputItem = z.output<typeof responseInputItem>;

/** A part of a message in a server's event. `transcript` is null until it has been recognized. */
const contentPart = z.object({
  type: z.string().exactOptional(),
  text: z.string().nullable().exactOptional(),
  transcript: z.string().nullable().exactOptional(),
  audio: z.string().nullable().exactOptional(),
});

const shown = {
  id: z.string().exactOptional(),
  object: z.string().exactOptional(),
  status: z.string().exactOptional(),
};

const shownTypes = ['message', 'function_call', 'function_call_output'];

/**
 * An item as a server shows it: strict in what is used (a function call has a name and arguments),
 * open to item types that the vendor may add, which become `{ type: 'other', wireType }`.
 */
export const shownItem = z.union([
  z.discriminatedUnion('type', [
    z.object({
      ...shown,
      type: z.literal('message'),
      role: z.enum(['system', 'user', 'assistant']),
      content: z.array(contentPart),
    }),
    z.object({
      ...shown,
      type: z.literal('function_call'),
      call_id: z.string().exactOptional(),
      name: z.string(),
      arguments: z.string(),
    }),
    z.object({
      ...shown,
      type: z.literal('function_call_output'),
      call_id: z.string(),
      output: z.string(),
    }),
  ]),
  z
    .object({
      id: z.string().exactOptional(),
      type: z.string().refine((type) => !shownTypes.includes(type)),
    })
    .transform(({ type, ...rest }) => ({ ...rest, type: 'other' as const, wireType: type })),
]);
export type ShownItem = z.output<typeof shownItem>;
