import type { HttpToolSettings, SqlToolSettings } from '../config/call-tools-schema.ts';
import { argumentsOf, type DeclaredArguments } from '../config/declared-arguments.ts';
import type { Frozen } from '../config/schema.ts';
import type { Tool } from './tool.ts';

/** The runner's limit comes after that of the request itself, which says more. */
const graceMs = 500;

/** What every tool of the operator's own has from its declaration. */
export function declaredTool(name: string, settings: Frozen<HttpToolSettings | SqlToolSettings>) {
  return {
    name,
    description: settings.description,
    input: argumentsOf(settings.parameters),
    timeoutMs: settings.timeout_ms + graceMs,
    minTrust: settings.min_trust,
    isSensitive: true,
  } satisfies Partial<Tool<DeclaredArguments>>;
}
