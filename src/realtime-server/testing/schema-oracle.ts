import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { z } from 'zod';

/** Judges events by the types that OpenAI publishes: not by ours. */
export interface SchemaOracle {
  /** What is wrong with an event, a line each; none when it is as published. */
  faultsOf(event: unknown): string[];
}

/**
 * Fields that live servers send as null although the published types forbid it. Each is shown as
 * null in an example of OpenAI's API reference, or said to be null in its text.
 */
export const relaxedNulls: readonly {
  readonly definition: string;
  readonly field: string;
  readonly source: string;
}[] = [
  ...['RealtimeAudioConfigInput', 'RealtimeTranscriptionSessionAudioInput'].flatMap(
    (definition) => [
      { definition, field: 'noise_reduction', source: 'example of session.created' },
      { definition, field: 'transcription', source: 'example of session.created' },
    ],
  ),
  ...['RealtimeSessionCreateRequest', 'RealtimeTranscriptionSessionCreateRequest'].map(
    (definition) => ({ definition, field: 'include', source: 'example of session.created' }),
  ),
  { definition: 'RealtimeResponse', field: 'status_details', source: 'example of response.done' },
  { definition: 'RealtimeResponse', field: 'usage', source: 'example of response.created' },
  {
    definition: 'RealtimeResponse',
    field: 'conversation_id',
    source: 'text: null when the response is added to no conversation',
  },
  {
    definition: 'RealtimeConversationItemUserMessage.Content',
    field: 'transcript',
    source: 'example of conversation.item.added for input_audio',
  },
];

const definition = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  anyOf: z.array(z.object({ $ref: z.string() })).optional(),
});

const schemaFile = z.object({
  definitions: z.looseObject({ RealtimeServerEvent: definition, RealtimeClientEvent: definition }),
});

const eventDefinition = z.object({
  properties: z.object({ type: z.object({ const: z.string() }) }),
});

function readSchema() {
  const path = new URL('../fixtures/openai-realtime.schema.json', import.meta.url);
  const { definitions } = schemaFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  for (const { definition: name, field } of relaxedNulls) {
    const { properties } = definition.parse(definitions[name]);
    if (properties?.[field] === undefined) throw new Error(`${name}.${field} is not published`);
    properties[field] = { anyOf: [properties[field], { type: 'null' }] };
    definitions[name] = { ...definition.parse(definitions[name]), properties };
  }
  return definitions;
}

/** One validator for each event type: a union of 46 would name 46 reasons for one fault. */
function oracleOf(union: 'RealtimeServerEvent' | 'RealtimeClientEvent'): SchemaOracle {
  const definitions = readSchema();
  const ajv = new Ajv({ strict: false });
  ajv.addSchema({ $id: 'realtime', definitions });
  const byType = new Map<string, ValidateFunction>();
  for (const { $ref } of definitions[union].anyOf ?? []) {
    const name = decodeURIComponent($ref.replace('#/definitions/', ''));
    const type = eventDefinition.parse(definitions[name]).properties.type.const;
    byType.set(type, ajv.compile({ $ref: `realtime${$ref}` }));
  }
  return {
    faultsOf(event) {
      const { type } = z.looseObject({ type: z.string() }).parse(event);
      const validate = byType.get(type);
      if (validate === undefined) return [`${type}: not a published event`];
      if (validate(event)) return [];
      return (validate.errors ?? []).map((one) => `${type}${one.instancePath} ${one.message}`);
    },
  };
}

export const serverOracle = oracleOf('RealtimeServerEvent');
export const clientOracle = oracleOf('RealtimeClientEvent');
