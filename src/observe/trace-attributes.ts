/**
 * Names of attributes on spans: OpenTelemetry's conventions for generative AI, and our own beside
 * them (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/).
 */
export const attribute = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  conversation: 'gen_ai.conversation.id',
  agent: 'gen_ai.agent.name',
  requestModel: 'gen_ai.request.model',
  responseId: 'gen_ai.response.id',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  tool: 'gen_ai.tool.name',
  toolCall: 'gen_ai.tool.call.id',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  errorType: 'error.type',
  costUsd: 'offhook.cost_usd',
  transport: 'offhook.transport',
  trust: 'offhook.trust',
  endCause: 'offhook.end_cause',
  responseMs: 'offhook.response_ms',
  heardMs: 'offhook.heard_ms',
  unheardMs: 'offhook.unheard_ms',
  callerText: 'offhook.caller.text',
  agentText: 'offhook.agent.heard_text',
  detail: 'offhook.detail',
} as const;

/** `gen_ai.operation.name`, with which the name of its span begins. */
export const operation = {
  call: 'invoke_agent',
  reply: 'chat',
  tool: 'execute_tool',
} as const;
