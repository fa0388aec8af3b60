import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { JournalBody } from '../store/store.ts';
import { CallTraces } from './call-traces.ts';

const startEpochMs = Date.parse('2026-05-01T10:00:00Z');
const start = {
  type: 'session-start',
  provider: 'openai_realtime',
  model: 'gpt-realtime',
  transport: 'audiosocket',
  persona: 'waiter',
  trust: 'anonymous',
  callId: 'c1',
  callerNumber: '+250700000000',
  dialledNumber: null,
} as const;
const usage = {
  inputTextTokens: 10,
  inputAudioTokens: 20,
  cachedTextTokens: 4,
  cachedAudioTokens: 0,
  outputTextTokens: 5,
  outputAudioTokens: 40,
  costUsdMicros: 1_500,
};
const reply = { type: 'reply', outcome: 'completed', reason: null, errorCode: null } as const;
const call: readonly (JournalBody & { readonly atMs: number })[] = [
  { ...start, atMs: 0 },
  { type: 'link', state: 'ready', reason: 'first', atMs: 30 },
  { type: 'caller-said', itemId: 'i1', text: 'fish?', spokenAtMs: 1_000, atMs: 2_050 },
  { ...reply, replyId: 'r1', tookMs: 200, usage: null, atMs: 2_300 },
  {
    type: 'tool-call',
    callId: 't1',
    name: 'lookup_menu',
    argumentsJson: '{"q":"fish"}',
    atMs: 2_300,
  },
  {
    type: 'tool-result',
    callId: 't1',
    name: 'lookup_menu',
    outcome: 'timeout',
    code: 'TOOL_TIMEOUT',
    outputJson: '{}',
    tookMs: 300,
    atMs: 2_600,
  },
  { type: 'turn', replyId: 'r2', responseMs: 900, atMs: 2_900 },
  { type: 'barge-in', replyId: 'r2', itemId: 'i2', heardMs: 500, unheardMs: 700, atMs: 3_400 },
  {
    type: 'agent-said',
    replyId: 'r2',
    itemId: 'i2',
    text: 'We have tilapia and more.',
    heardText: 'We have tilapia',
    spokenAtMs: 2_900,
    receivedMs: 1_200,
    heardMs: 500,
    words: [],
    atMs: 3_400,
  },
  { ...reply, replyId: 'r2', outcome: 'cancelled', tookMs: 700, usage, atMs: 3_450 },
  {
    ...reply,
    replyId: 'r3',
    outcome: 'failed',
    errorCode: 'PROVIDER_REFUSED',
    tookMs: 5,
    usage: null,
    atMs: 4_000,
  },
  {
    type: 'session-end',
    cause: 'caller-hung-up',
    durationMs: 5_000,
    callerFillerMs: 0,
    agentHeardMs: 500,
    atMs: 5_000,
  },
];

function spansOf(content: ((text: string) => string) | null) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const traces = new CallTraces({ tracer: provider.getTracer('test'), content });
  call.forEach((body, sequence) => {
    traces.follow({ ...body, sessionId: 's1', sequence, atEpochMs: startEpochMs + body.atMs });
  });
  const spans = exporter.getFinishedSpans();
  const nameOf = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  const msOf = ([seconds, nanoseconds]: readonly [number, number]): number =>
    seconds * 1_000 + nanoseconds / 1e6 - startEpochMs;
  return spans.map((span) => ({
    name: span.name,
    parent: nameOf.get(span.parentSpanContext?.spanId ?? '') ?? null,
    fromMs: msOf(span.startTime),
    toMs: msOf(span.endTime),
    attributes: span.attributes,
    events: span.events.map(({ name }) => name),
    hasFailed: span.status.code === 2,
  }));
}

test('[O4] a call is a tree of turns, and each of the replies and tools in it', () => {
  const tree = spansOf(null).map(({ name, parent, fromMs, toMs }) => [name, parent, fromMs, toMs]);
  assert.deepEqual(tree, [
    ['chat gpt-realtime', 'turn', 2_100, 2_300],
    ['execute_tool lookup_menu', 'turn', 2_300, 2_600],
    ['chat gpt-realtime', 'turn', 2_750, 3_450],
    ['turn', 'invoke_agent waiter', 2_000, 3_450],
    ['chat gpt-realtime', 'turn', 3_995, 4_000],
    ['turn', 'invoke_agent waiter', 3_995, 4_000],
    ['invoke_agent waiter', null, 0, 5_000],
  ]);
});

test("[O4] spans bear the conventions' names, and say what failed", () => {
  const spans = spansOf(null);
  const [, tool, second, turn, failed, , whole] = spans;
  assert.equal(second?.attributes['gen_ai.usage.input_tokens'], 30);
  assert.equal(second?.attributes['gen_ai.usage.output_tokens'], 45);
  assert.equal(second?.attributes['offhook.cost_usd'], 0.0015);
  assert.equal(turn?.attributes['offhook.response_ms'], 900);
  assert.equal(turn?.attributes['offhook.heard_ms'], 500);
  assert.deepEqual(turn?.events, ['first frame', 'barge-in']);
  assert.equal(tool?.attributes['error.type'], 'TOOL_TIMEOUT');
  assert.equal(failed?.attributes['error.type'], 'PROVIDER_REFUSED');
  assert.deepEqual(spans.map(({ hasFailed }) => hasFailed).indexOf(true), 1);
  assert.equal(whole?.attributes['gen_ai.provider.name'], 'openai');
  assert.equal(whole?.attributes['gen_ai.conversation.id'], 's1');
  assert.equal(whole?.attributes['offhook.end_cause'], 'caller-hung-up');
  assert.deepEqual(whole?.events, ['link ready', 'caller said']);
});

test('[O4] [V20] what callers said and did is left out unless it is allowed', () => {
  const without = JSON.stringify(spansOf(null));
  for (const word of ['fish', 'tilapia', '250700']) assert.ok(!without.includes(word), word);
  const scrubbed = spansOf((text) => text.replace('tilapia', '*'));
  assert.equal(scrubbed[1]?.attributes['gen_ai.tool.call.arguments'], '{"q":"fish"}');
  assert.equal(scrubbed[3]?.attributes['offhook.agent.heard_text'], 'We have *');
});

test('[O4] a call that belongs to a request is a part of its trace', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const traces = new CallTraces({ tracer: provider.getTracer('test'), content: null });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const [first, ...rest] = call;
  [{ ...first!, traceparent }, ...rest].forEach((body, sequence) => {
    traces.follow({ ...body, sessionId: 's1', sequence, atEpochMs: startEpochMs + body.atMs });
  });
  const spans = exporter.getFinishedSpans();
  assert.equal(spans.at(-1)?.parentSpanContext?.spanId, '00f067aa0ba902b7');
  assert.ok(spans.every((span) => span.spanContext().traceId === traceId));
});
