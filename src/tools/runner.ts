import type { z } from 'zod';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { isTrusted } from '../runtime/trust.ts';
import type { RegisteredTool, ToolRegistry } from './registry.ts';
import type { Tool, ToolCall, ToolGrant, ToolOutcome, ToolRunner, ToolSchema } from './tool.ts';
import { errorOutput, resultOutput } from './tool-output.ts';

/**
 * Longest arguments that are looked at, in characters. A guess, far above what any schema of ours
 * takes.
 */
const argumentCharsMax = 32_768;

/** Most wrong fields that one refusal names; the model repairs those and tries again. */
const faultyFieldsMax = 8;

export interface ToolRunnerDeps {
  readonly registry: ToolRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

type RunOptions = Parameters<ToolRunner['run']>[2];
type Ending = Pick<ToolOutcome, 'outcome' | 'code' | 'outputJson' | 'sequel'>;

/** Runs the tools of `registry`. See `ToolRunner` for what it promises. */
export function toolRunner(deps: ToolRunnerDeps): ToolRunner {
  return {
    schemas: (grant) => grantedSchemas(deps.registry, grant),
    async run(call, grant, options) {
      const startMs = deps.clock.monotonicMs();
      const found = deps.registry.find(call.name);
      const ending = await endingOf({ deps, call, grant, options, found });
      const tookMs = deps.clock.monotonicMs() - startMs;
      // The model chose the name: one that is not ours must not become a label.
      const tool = found === undefined ? 'unknown' : call.name;
      deps.metrics.observe(
        'offhook_tool_seconds',
        { tool, outcome: ending.outcome },
        tookMs / 1000,
      );
      const fields = { tool, callId: call.callId, outcome: ending.outcome, tookMs };
      if (ending.code === null) deps.log.info('tool ran', fields);
      else deps.log.warn('tool did not run to its end', { ...fields, code: ending.code });
      return { callId: call.callId, name: call.name, tookMs, ...ending };
    },
  };
}

function grantedSchemas(registry: ToolRegistry, grant: ToolGrant): readonly ToolSchema[] {
  return grant.toolNames.flatMap((name) => {
    const found = registry.find(name);
    if (found === undefined || !isTrusted(grant.trust, found.tool.minTrust)) return [];
    return offered(found, grant) ?? [];
  });
}

function offered({ tool, schema }: RegisteredTool, grant: ToolGrant): ToolSchema | null {
  if (tool.parametersUnder === undefined) return schema;
  const parameters = tool.parametersUnder(grant);
  return parameters && { ...schema, parameters };
}

interface Request {
  readonly deps: ToolRunnerDeps;
  readonly call: ToolCall;
  readonly grant: ToolGrant;
  readonly options: RunOptions;
  readonly found: RegisteredTool | undefined;
}

async function endingOf(request: Request): Promise<Ending> {
  const { deps, call } = request;
  try {
    const tool = admittedTool(request);
    const input = parsedArguments(tool, call.argumentsJson);
    refuseUnless(() => tool.admit?.(input, request.grant));
    if (!tool.isSensitive) {
      deps.log.debug('tool arguments', { tool: tool.name, argumentsJson: call.argumentsJson });
    }
    return await runInTime(request, tool, input);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) return failedEnding(request, thrown);
    return ending('refused', thrown.error);
  }
}

/** The call was turned away before the tool began. */
class Refusal extends Error {
  readonly error: GatewayError;
  constructor(error: GatewayError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

function admittedTool({ call, grant, found }: Request): Tool {
  if (found === undefined || !grant.toolNames.includes(call.name)) {
    throw new Refusal(new GatewayError('TOOL_UNKNOWN', 'there is no tool of this name'));
  }
  const { tool } = found;
  if (!isTrusted(grant.trust, tool.minTrust)) {
    const message = `this tool needs a caller who is ${tool.minTrust}, this one is ${grant.trust}`;
    throw new Refusal(new GatewayError('TRUST_TOO_LOW', message));
  }
  return tool;
}

function refuseUnless(admit: () => void): void {
  try {
    admit();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    throw new Refusal(thrown);
  }
}

function parsedArguments(tool: Tool, argumentsJson: string): unknown {
  if (argumentsJson.length > argumentCharsMax) {
    throw argumentFault(`${argumentsJson.length} characters, at most ${argumentCharsMax}`);
  }
  const parsed = tool.input.safeParse(jsonOf(argumentsJson));
  if (parsed.success) return parsed.data;
  throw argumentFault(parsed.error.issues.slice(0, faultyFieldsMax).map(faultOf).join('; '));
}

/** Models send nothing at all for a tool without arguments. */
function jsonOf(argumentsJson: string): unknown {
  if (argumentsJson.trim() === '') return {};
  try {
    return JSON.parse(argumentsJson);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw argumentFault('not JSON');
  }
}

function faultOf(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

function argumentFault(fault: string): Refusal {
  return new Refusal(new GatewayError('TOOL_ARGUMENTS_INVALID', `wrong arguments: ${fault}`));
}

/**
 * Runs the tool until it ends, its time is over or the caller is gone, whichever is first. The tool
 * is told by its signal; one that goes on all the same is ignored and its time is counted as
 * `late`.
 */
async function runInTime(request: Request, tool: Tool, input: unknown): Promise<Ending> {
  const { deps, options } = request;
  if (options.signal.aborted) return abortedEnding();
  const stop = new AbortController();
  const startMs = deps.clock.monotonicMs();
  return await new Promise<Ending>((resolve) => {
    const settle = (end: Ending) => {
      timer.cancel();
      options.signal.removeEventListener('abort', onHangUp);
      resolve(end);
    };
    const giveUp = (end: Ending) => {
      settle(end);
      stop.abort();
    };
    const onHangUp = () => giveUp(abortedEnding());
    const timer = deps.clock.setTimer(tool.timeoutMs, () => giveUp(timeoutEnding(tool)));
    options.signal.addEventListener('abort', onHangUp, { once: true });
    void workOf(request, tool, input, stop.signal).then((end) => {
      if (stop.signal.aborted) countLate(deps, tool, startMs);
      else settle(end);
    });
  });
}

function countLate(deps: ToolRunnerDeps, tool: Tool, startMs: number): void {
  const tookMs = deps.clock.monotonicMs() - startMs;
  const labels = { tool: tool.name, outcome: 'late' };
  deps.metrics.observe('offhook_tool_seconds', labels, tookMs / 1000);
  deps.log.warn('tool ended after it was given up', { tool: tool.name, tookMs });
}

/** The tool itself, once its call is safe on disk. Never rejects. */
async function workOf(
  request: Request,
  tool: Tool,
  input: unknown,
  signal: AbortSignal,
): Promise<Ending> {
  const { deps, call, grant, options } = request;
  try {
    if (!tool.repeatable) await durableOrRefused(options.durable);
    if (signal.aborted) return abortedEnding();
    const { sessionId, trust } = grant;
    const context = { sessionId, trust, signal, callId: call.callId, call: grant.call };
    const result = await tool.run(input, { ...context, clock: deps.clock });
    const sequel = tool.sequel?.(input, result) ?? null;
    return { outcome: 'ok', code: null, outputJson: resultOutput(result), sequel };
  } catch (thrown) {
    if (thrown instanceof Refusal) return ending('refused', thrown.error);
    return failedEnding(request, thrown);
  }
}

async function durableOrRefused(durable: () => Promise<void>): Promise<void> {
  try {
    await durable();
  } catch (thrown) {
    const message = 'the call could not be written down, so the tool was not run';
    throw new Refusal(new GatewayError('STORE_UNAVAILABLE', message, {}, thrown));
  }
}

/**
 * What the model is told of a failure. It can act on what the request was wrong about (status below
 * 500); anything else is ours, and its text may name hosts and tables, so it goes to the log alone.
 */
function failedEnding({ deps, call }: Request, thrown: unknown): Ending {
  deps.log.error('tool failed', {
    tool: call.name,
    callId: call.callId,
    reason: messageOf(thrown),
  });
  if (thrown instanceof GatewayError && thrown.httpStatus < 500) return ending('failed', thrown);
  const code = thrown instanceof GatewayError ? thrown.code : 'TOOL_FAILED';
  return ending(
    'failed',
    new GatewayError(code, 'the tool failed; nothing is known of its result'),
  );
}

function timeoutEnding(tool: Tool): Ending {
  const fate = tool.repeatable ? '' : '; whether it took effect is not known';
  const message = `the tool did not answer within ${tool.timeoutMs} ms${fate}`;
  return ending(
    'timeout',
    new GatewayError('TOOL_TIMEOUT', message, { timeoutMs: tool.timeoutMs }),
  );
}

function abortedEnding(): Ending {
  return ending('aborted', new GatewayError('TOOL_ABORTED', 'the call ended before the tool did'));
}

function ending(outcome: ToolOutcome['outcome'], { code, message }: GatewayError): Ending {
  return { outcome, code, outputJson: errorOutput(code, message), sequel: null };
}
