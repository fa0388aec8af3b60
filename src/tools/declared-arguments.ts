import { z } from 'zod';
import { GatewayError, messageOf } from '../runtime/errors.ts';

/** What a model gave a declared tool, by parameter. */
export type DeclaredArguments = Readonly<Record<string, string | number | boolean | null>>;

const scalars = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/**
 * The arguments that a JSON Schema of the configuration asks for; parameters that it does not name
 * are refused, and so are values that are no scalars. Throws `CONFIG_INVALID`.
 */
export function argumentsOf(
  parameters: Readonly<Record<string, unknown>>,
): z.ZodType<DeclaredArguments> {
  try {
    const schema = z.fromJSONSchema({ additionalProperties: false, ...parameters });
    if (!(schema instanceof z.ZodObject)) throw new Error('it is not that of an object');
    return schema.pipe(scalars);
  } catch (thrown) {
    const message = `parameters of a tool are no JSON Schema: ${messageOf(thrown)}`;
    throw new GatewayError('CONFIG_INVALID', message, {}, thrown);
  }
}
