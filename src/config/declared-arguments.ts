import { z } from 'zod';
import { messageOf } from '../runtime/errors.ts';

/** What a model gave a declared tool, by parameter. */
export type DeclaredArguments = Readonly<Record<string, string | number | boolean | null>>;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/**
 * The arguments that a JSON Schema of the configuration asks for; parameters that it does not name
 * are refused, and so are values that are no scalars. Throws where it is no such schema.
 */
export function argumentsOf(
  parameters: Readonly<Record<string, unknown>>,
): z.ZodType<DeclaredArguments> {
  const schema = z.fromJSONSchema({ additionalProperties: false, ...parameters });
  if (!(schema instanceof z.ZodObject)) throw new Error('its type is not object');
  const nested = Object.keys(schema.shape).find((name) => isNested(schema.shape[name]));
  if (nested !== undefined) throw new Error(`${nested} is an array or an object`);
  return schema.pipe(z.record(z.string(), scalar));
}

/** What is wrong with a JSON Schema of the configuration; `null`: a model can be told of it. */
export function parametersFault(parameters: Readonly<Record<string, unknown>>): string | null {
  try {
    z.toJSONSchema(argumentsOf(parameters), { io: 'input' });
    return null;
  } catch (thrown) {
    return `must be the JSON Schema of an object of plain values: ${messageOf(thrown)}`;
  }
}

function isNested(schema: unknown): boolean {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodArray || inner instanceof z.ZodObject;
}

const placeholder = /\{([\w-]+)\}/g;

/** Fills in what stands in braces in a URL. */
export function filledUrl(template: string, fill: (name: string) => string): string {
  return template.replaceAll(placeholder, (_, name: string) => fill(name));
}

/** A statement with its parameters in the order of `$1`, `$2` …. */
export interface BoundStatement {
  readonly text: string;
  readonly names: readonly string[];
}

/** `:name` becomes `$1`, `$2` …; `::type`, quoted text and names stay as they are. */
export function boundStatement(statement: string): BoundStatement {
  const names: string[] = [];
  const token = /'(?:[^']|'')*'|"[^"]*"|::|:([A-Za-z_]\w*)/g;
  const text = statement.replaceAll(token, (whole, name: string | undefined) => {
    if (name === undefined) return whole;
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text, names };
}
