import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  RealtimeClientEvent,
  RealtimeServerEvent,
  ResponseCreateEventWithReferencesParam,
} from 'openai/resources/realtime/realtime';
import {
  type ClientEvent,
  type ClientEventType,
  clientEventTypes,
  parseClientEvent,
  parseServerEvent,
  type ServerEvent,
  type ServerEventType,
  serverEventTypes,
} from './wire.ts';

/** Compiles only when it is given `true`. */
type Holds<Claim extends true> = Claim;
type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : false) : false;
type Fits<Ours, Theirs> = [Ours] extends [Theirs] ? true : false;
type Named<Events, Type> = Extract<Events, { type: Type }>;

/** The published types forbid null where live servers send it and where a client may clear. */
type WithoutNull<Value> = Value extends null
  ? never
  : Value extends readonly (infer Item)[]
    ? WithoutNull<Item>[]
    : Value extends object
      ? { [Key in keyof Value]: WithoutNull<Value[Key]> }
      : Value;

/** The vendor has the same event twice: items of `input` may be references in the second. */
type Published = RealtimeClientEvent | ResponseCreateEventWithReferencesParam;

/** What our client may say, the vendor's types allow. */
type ClientFits = {
  [Type in ClientEventType]: Fits<
    WithoutNull<Named<ClientEvent, Type>>,
    WithoutNull<Named<Published, Type>>
  >;
}[ClientEventType];

/**
 * What the vendor's types allow, our parser's types take, but where we demand more: a response has
 * an id and a status, a known item its kind.
 */
type StricterTypes =
  | 'response.created'
  | 'response.done'
  | `conversation.item.${'added' | 'created' | 'done' | 'retrieved'}`
  | `response.output_item.${'added' | 'done'}`;
type ServerFits = {
  [Type in Exclude<ServerEventType, StricterTypes>]: Fits<
    Named<RealtimeServerEvent, Type>,
    Named<ServerEvent, Type>
  >;
}[Exclude<ServerEventType, StricterTypes>];

export type Conformance = [
  Holds<Same<ClientEvent['type'], RealtimeClientEvent['type']>>,
  Holds<Same<ServerEvent['type'], RealtimeServerEvent['type']>>,
  Holds<ClientFits>,
  Holds<ServerFits>,
];

test('[B2] the wire knows the 11 client events and 46 server events of the published types', () => {
  assert.equal(clientEventTypes.length, 11);
  assert.equal(serverEventTypes.length, 46);
});

function faultOf(raw: unknown) {
  const parsed = parseClientEvent(raw);
  assert.ok(parsed.is === 'malformed', 'the event is malformed');
  assert.equal(parsed.error.code, 'WIRE_MALFORMED');
  assert.equal(Reflect.get(parsed.error.details, 'path'), parsed.fault.param);
  return parsed.fault;
}

const update = (session: object) => ({ type: 'session.update', session });
const create = (item: object) => ({ type: 'conversation.item.create', item });

const longId = 'x'.repeat(39);

/** What is sent, and the code and message of its refusal. */
const refusals: readonly (readonly [unknown, string, string])[] = [
  [{}, 'invalid_event', "The 'type' field is missing."],
  [update({}), 'missing_required_parameter', "Missing required parameter: 'session.type'."],
  [
    update({ type: 'realtime', audio: { output: { format: { type: 'audio/pcm' } } } }),
    'missing_required_parameter',
    "Missing required parameter: 'session.audio.output.format.rate'.",
  ],
  [
    update({ type: 'realtime', tools: [{ type: 'function', function: { name: 'x' } }] }),
    'missing_required_parameter',
    "Missing required parameter: 'session.tools[0].name'.",
  ],
  [
    update({
      type: 'realtime',
      audio: { input: { format: { type: 'audio/pcm', rate: 16000 } } },
    }),
    'integer_below_min_value',
    "Invalid 'session.audio.input.format.rate': integer below minimum value. " +
      'Expected a value >= 24000, but got 16000 instead.',
  ],
  [
    update({ type: 'realtime', audio: { output: { speed: 2.5 } } }),
    'decimal_above_max_value',
    "Invalid 'session.audio.output.speed': decimal above maximum value. " +
      'Expected a value <= 1.5, but got 2.5 instead.',
  ],
  [
    update({ type: 'realtime', output_modalities: ['audio', 'text'] }),
    'invalid_value',
    'Invalid value: \'["audio","text"]\'.',
  ],
  [
    update({ type: 'realtime', instructions: 5 }),
    'invalid_type',
    "Invalid type for 'session.instructions': expected a string, but got an integer instead.",
  ],
  [
    create({ id: longId, type: 'message', role: 'user', content: [] }),
    'string_above_max_length',
    "Invalid 'item.id': string too long. Expected a string with maximum length 32, " +
      'but got a string with length 39 instead.',
  ],
  [
    create({ type: 'function_call_output', call_id: longId, output: '' }),
    'string_above_max_length',
    "Invalid 'item.call_id': string too long. Expected a string with maximum length 32, " +
      'but got a string with length 39 instead.',
  ],
  [
    create({
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_audio', transcript: 'Hello' }],
    }),
    'missing_required_parameter',
    "Missing required parameter: 'item.content[0].text'.",
  ],
  [
    create({ type: 'message', role: 'robot', content: [] }),
    'invalid_value',
    "Invalid value: 'robot'. Supported values are: 'system', 'user' and 'assistant'.",
  ],
];
test('[B2] refusals have the codes and words of the vendor', () => {
  for (const [raw, code, message] of refusals) {
    const fault = faultOf(raw);
    assert.deepEqual([fault.code, fault.message], [code, message]);
  }
});

test('an unknown type is kept raw, an unknown field is named and left out', () => {
  const strange = { type: 'session.dance', steps: 3 };
  assert.deepEqual(parseServerEvent(strange), {
    is: 'unknown',
    type: 'session.dance',
    raw: strange,
  });
  const parsed = parseClientEvent(update({ type: 'realtime', modalities: ['audio'] }));
  assert.ok(parsed.is === 'known');
  assert.equal(parsed.unknownParam, 'session.modalities');
  assert.deepEqual(parsed.event, update({ type: 'realtime' }));
  const parameters = { $schema: 'x', type: 'object', properties: { deep: { type: 'string' } } };
  const tools = [{ type: 'function', name: 'x', parameters }];
  const free = parseClientEvent(update({ type: 'realtime', tools }));
  assert.ok(free.is === 'known');
  assert.equal(free.unknownParam, null, 'parameters of a tool are the client’s own');
});

test('a server event of tomorrow does not break today: new fields, nulls, item types', () => {
  const item = { id: 'item_1', type: 'hologram', content: [1] };
  const added = parseServerEvent({
    type: 'conversation.item.added',
    event_id: 'event_1',
    mood: 'good',
    previous_item_id: null,
    item,
  });
  assert.ok(added.is === 'known');
  assert.deepEqual(added.event, {
    type: 'conversation.item.added',
    event_id: 'event_1',
    previous_item_id: null,
    item: { id: 'item_1', type: 'other', wireType: 'hologram' },
  });
  const session = { audio: { input: { format: { type: 'audio/opus' }, turn_detection: null } } };
  const echo = parseServerEvent({ type: 'session.created', event_id: 'event_2', session });
  assert.equal(echo.is, 'known');
});

test('a known server event without what we use is malformed, with the path', () => {
  const parsed = parseServerEvent({
    type: 'response.done',
    event_id: 'event_1',
    response: { status: 'completed' },
  });
  assert.ok(parsed.is === 'malformed');
  assert.equal(parsed.error.code, 'WIRE_MALFORMED');
  assert.equal(Reflect.get(parsed.error.details, 'path'), 'response.id');
});
