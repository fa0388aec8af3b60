import { z } from 'zod';
import type { Vocabulary, VocabularyEntry } from './dialogue.ts';

/** A tool as a model is told of it. */
export interface DescribedTool {
  readonly name: string;
  readonly parameters?: unknown;
}

const parameters = z.object({
  properties: z.record(z.string(), z.unknown()),
});
const choice = z.object({ enum: z.array(z.string()).min(1) });

/**
 * The values that arguments of tools can have, where they are a list: `transfer_call.destination`.
 * `main_desk` is called `main desk`.
 */
export function toolValues(tools: readonly DescribedTool[]): Vocabulary {
  const lists = tools.flatMap((tool) => {
    const { properties } = parameters.safeParse(tool.parameters).data ?? { properties: {} };
    return Object.entries(properties).flatMap(([argument, schema]) => {
      const values = choice.safeParse(schema).data?.enum ?? [];
      return values.length === 0
        ? []
        : [[`${tool.name}.${argument}`, values.map(entryOf)] as const];
    });
  });
  return Object.fromEntries(lists);
}

function entryOf(value: string): VocabularyEntry {
  return { value, names: [value.replaceAll(/[_-]+/g, ' ')] };
}
