import { z } from 'zod';
import { assert } from '../runtime/assert.ts';
import type { Tool, ToolSchema } from './tool.ts';

/** What OpenAI accepts as the name of a function. */
const toolNamePattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Every tool of this process by its name, with what a model is told of each. */
export interface ToolRegistry {
  readonly names: readonly string[];
  find(name: string): RegisteredTool | undefined;
}

export interface RegisteredTool {
  readonly tool: Tool;
  readonly schema: ToolSchema;
}

/**
 * Builds the registry once, at start. Two tools of one name, or a name no vendor takes, are our
 * bug.
 */
export function toolRegistry(tools: readonly Tool[]): ToolRegistry {
  const byName = new Map<string, RegisteredTool>();
  for (const tool of tools) {
    assert(toolNamePattern.test(tool.name), `${tool.name} is no name for a tool`);
    assert(!byName.has(tool.name), `tool ${tool.name} is registered once`);
    assert(tool.timeoutMs > 0, `tool ${tool.name} has a time limit`);
    byName.set(tool.name, { tool, schema: schemaOf(tool) });
  }
  return { names: [...byName.keys()], find: (name) => byName.get(name) };
}

function schemaOf(tool: Tool): ToolSchema {
  const { $schema: _dialect, ...parameters } = z.toJSONSchema(tool.input, { io: 'input' });
  assert(parameters.type === 'object', `the arguments of tool ${tool.name} are an object`);
  return { name: tool.name, description: tool.description, parameters };
}
