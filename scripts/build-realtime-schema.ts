/**
 * Makes src/realtime-server/fixtures/openai-realtime.schema.json: JSON Schema of every event of
 * the OpenAI Realtime protocol, made from the types that OpenAI publishes in its npm package. Tests
 * hold what our server says against it.
 *
 *     node scripts/build-realtime-schema.ts [--write] [DIR]
 *
 * Without --write it only compares, and fails when the file is not what the types make. DIR holds
 * `node_modules/ts-json-schema-generator`; default test/witnesses.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

interface Schema {
  readonly definitions: Record<string, unknown>;
}

/** The part of ts-json-schema-generator 2.4 that is used. */
interface GeneratorModule {
  createGenerator(config: {
    path: string;
    type: string;
    skipTypeCheck: boolean;
    additionalProperties: boolean;
  }): { createSchema(type: string): Schema };
}

const root = resolve(import.meta.dirname, '..');
const target = resolve(root, 'src/realtime-server/fixtures/openai-realtime.schema.json');
const types = resolve(root, 'node_modules/openai/resources/realtime/realtime.d.ts');

async function loadGenerator(directory: string): Promise<GeneratorModule> {
  const require = createRequire(resolve(directory, 'package.json'));
  const entry = require.resolve('ts-json-schema-generator');
  return (await import(pathToFileURL(entry).href)) as GeneratorModule;
}

/** Without prose: it is most of the size and none of the meaning. */
function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => key !== 'description' || typeof inner !== 'string',
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutProse(inner)]));
}

function schemaOf(generator: GeneratorModule, type: string): Schema {
  const config = { path: types, type, skipTypeCheck: true, additionalProperties: true };
  return generator.createGenerator(config).createSchema(type);
}

async function makeSchema(generator: GeneratorModule): Promise<string> {
  const server = schemaOf(generator, 'RealtimeServerEvent');
  const client = schemaOf(generator, 'RealtimeClientEvent');
  const packageText = await readFile(resolve(root, 'node_modules/openai/package.json'), 'utf8');
  const { version } = JSON.parse(packageText) as { version: string };
  const schema = {
    $comment: `Made by scripts/build-realtime-schema.ts from openai ${version} (Apache-2.0).`,
    definitions: withoutProse({ ...server.definitions, ...client.definitions }),
  };
  return `${JSON.stringify(schema)}\n`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const directory = resolve(positionals[0] ?? resolve(root, 'test/witnesses'));
const made = await makeSchema(await loadGenerator(directory));
if (values.write) {
  await writeFile(target, made);
} else if ((await readFile(target, 'utf8')) !== made) {
  process.stderr.write(`${target} is not what the types of openai make: run with --write\n`);
  process.exitCode = 1;
}
