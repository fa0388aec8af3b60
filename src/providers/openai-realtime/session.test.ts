import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { pcm } from '../../audio/format.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import { parseClientEvent } from '../../realtime-server/wire.ts';
import type {
  MessageSocket,
  MessageSocketEvents,
  SocketClose,
} from '../../runtime/message-socket.ts';
import type { PersonaSetup, ProviderEvent, ProviderSetup } from '../provider.ts';
import { defaultTiming, type OpenaiRealtimeOptions } from './options.ts';
import { OpenaiRealtimeSession } from './session.ts';
import { plainOptions } from './testing/plain-options.ts';
import { plainSetup } from './testing/plain-setup.ts';

const canary = 'sk-canary-0123456789';

const options: OpenaiRealtimeOptions = {
  ...plainOptions,
  apiKey: canary,
  organization: 'org-1',
  safetyIdentifier: 'house',
  transcriptionModel: 'gpt-4o-mini-transcribe',
  retentionRatio: 0.8,
};

const persona: PersonaSetup = {
  key: 'waiter',
  instructions: 'You are a waiter.',
  voice: null,
  language: 'en-GB',
  tools: [{ name: 'lookup_menu', description: 'Finds dishes.', parameters: { type: 'object' } }],
  variables: { table: '4' },
};

const setup: ProviderSetup = {
  ...plainSetup,
  sessionId: 's1',
  callerFormat: pcm(24000),
  agentFormat: pcm(24000),
  persona,
};

function linesOf(name: string): string[] {
  const text = readFileSync(new URL(`fixtures/${name}.jsonl`, import.meta.url), 'utf8');
  return text.trim().split('\n');
}

const audioTurn = linesOf('audio-turn');
const toolTurn = linesOf('tool-turn');

interface Rig {
  readonly clock: VirtualClock;
  readonly socket: { bufferedBytes: number; answersPings: boolean };
  readonly far: MessageSocketEvents;
  readonly target: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly link: OpenaiRealtimeSession;
  /** What the link has told, audio copied as hex. */
  readonly told: unknown[];
  readonly lines: string[];
  readonly counts: string[];
  readonly closes: number[];
  /** The messages sent since the last call. */
  sent(): Record<string, unknown>[];
  /** Lets the far end say this. */
  say(...messages: (string | object)[]): void;
  close(close: Partial<SocketClose>): void;
}

function copyOf(event: ProviderEvent): unknown {
  if (event.type !== 'agent-audio') return event;
  const { bytes, offset, length, ...rest } = event;
  return { ...rest, audio: Buffer.from(bytes.subarray(offset, offset + length)).toString('hex') };
}

function recordingLog(lines: string[]): Log {
  const write = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  const log: Log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  };
  return log;
}

function recordingMetrics(counts: string[]): Metrics {
  return {
    count: (name, labels) => void counts.push(`${name} ${Object.values(labels).join(' ')}`),
    set: () => undefined,
    add: () => undefined,
    observe: () => undefined,
  };
}

function rig(changes: { options?: object; setup?: object } = {}): Rig {
  const clock = new VirtualClock();
  const [told, lines, counts, closes] = [[], [], [], []] as [
    unknown[],
    string[],
    string[],
    number[],
  ];
  let messages: string[] = [];
  let far: MessageSocketEvents | undefined;
  let target: Rig['target'] | undefined;
  const socket = { bufferedBytes: 0, answersPings: true };
  const near: MessageSocket = {
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
    send: (message) => messages.push(Buffer.from(message).toString()),
    ping: (onPong) => socket.answersPings && onPong(),
    close: (code) => closes.push(code),
  };
  const log = recordingLog(lines);
  const metrics = recordingMetrics(counts);
  const link = new OpenaiRealtimeSession(
    { ...options, ...changes.options },
    {
      clock,
      log,
      metrics,
      connect: (wanted, events) => {
        target = wanted;
        far = events;
        return near;
      },
    },
    { ...setup, ...changes.setup },
    (event) => told.push(copyOf(event)),
  );
  assert.ok(far !== undefined && target !== undefined);
  const { onMessage, onClose } = far;
  return {
    ...{ clock, socket, far, target, link, told, lines, counts, closes },
    sent: () => {
      const events = messages.map((text) => JSON.parse(text));
      messages = [];
      for (const event of events) {
        const parsed = parseClientEvent(event);
        assert.ok(parsed.is === 'known' && parsed.unknownParam === null, JSON.stringify(event));
      }
      return events;
    },
    say: (...said) => {
      for (const message of said) {
        const text = typeof message === 'string' ? message : JSON.stringify(message);
        onMessage(Buffer.from(text));
      }
    },
    close: (close) => onClose({ code: 1006, reason: '', ...close }),
  };
}

/** A link whose setup is acknowledged; its messages so far are forgotten. */
function ready(changes: { options?: object; setup?: object } = {}): Rig {
  const opened = rig(changes);
  opened.far.onOpen();
  opened.say(audioTurn[0]!, audioTurn[1]!);
  assert.deepEqual(opened.told, [{ type: 'ready', providerSessionId: 'sess_C1' }]);
  opened.told.length = 0;
  opened.sent();
  return opened;
}

function lastTold(from: Rig): { type?: string; error?: { code?: string; message?: string } } {
  return Object(from.told.at(-1));
}

const created = (id: string, metadata?: object | null) => ({
  type: 'response.created',
  event_id: 'e',
  response: { id, status: 'in_progress', ...(metadata !== undefined && { metadata }) },
});
const done = (id: string, status = 'completed', status_details: object | null = null) => ({
  type: 'response.done',
  event_id: 'e',
  response: { id, status, status_details },
});
const refusal = (
  code: string | null,
  event_id: string | null = null,
  type = 'invalid_request_error',
) => ({
  type: 'error',
  event_id: 'e',
  error: { type, code, message: `No: ${code}`, param: null, event_id },
});

test('[V3] the setup goes out nested, its tools flat, once the session exists', () => {
  const opened = rig();
  assert.equal(opened.target.url, 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1');
  const { 'OpenAI-Safety-Identifier': identifier, ...headers } = opened.target.headers;
  assert.deepEqual(headers, { Authorization: `Bearer ${canary}`, 'OpenAI-Organization': 'org-1' });
  assert.match(identifier ?? '', /^[0-9a-f]{64}$/);
  opened.far.onOpen();
  assert.deepEqual(opened.sent(), []);
  opened.say(audioTurn[0]!);
  const [update] = opened.sent();
  assert.deepEqual(update, {
    type: 'session.update',
    event_id: 'setup_1',
    session: {
      type: 'realtime',
      output_modalities: ['audio'],
      instructions: 'You are a waiter.',
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24000 },
          transcription: { model: 'gpt-4o-mini-transcribe', language: 'en' },
          noise_reduction: null,
          turn_detection: {
            type: 'server_vad',
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
            create_response: true,
            interrupt_response: true,
          },
        },
        output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'marin' },
      },
      tools: [
        {
          type: 'function',
          name: 'lookup_menu',
          description: 'Finds dishes.',
          parameters: { type: 'object' },
        },
      ],
      tool_choice: 'auto',
      truncation: { type: 'retention_ratio', retention_ratio: 0.8 },
    },
  });
  assert.deepEqual(opened.told, []);
  opened.say(audioTurn[1]!);
  assert.deepEqual(opened.told, [{ type: 'ready', providerSessionId: 'sess_C1' }]);
});

test('[V3] with the gateway in authority the vendor neither creates nor interrupts replies', () => {
  const turnDetection = { ...setup.turnDetection, kind: 'semantic_vad', authority: 'gateway' };
  const opened = rig({ setup: { turnDetection }, options: { sendsPrompt: true } });
  opened.far.onOpen();
  opened.say(audioTurn[0]!);
  const { session } = Object(opened.sent()[0]);
  assert.deepEqual(session.audio.input.turn_detection, {
    type: 'semantic_vad',
    eagerness: 'auto',
    create_response: false,
    interrupt_response: false,
  });
  assert.deepEqual(session.prompt, { id: 'waiter', variables: { table: '4' } });
  opened.say(audioTurn[1]!);
  opened.clock.advance(0);
  assert.equal(lastTold(opened).error?.code, 'PROVIDER_PROTOCOL');
});

test('[V8] the log names what happens in the words that dashboards look for', () => {
  const opened = ready();
  opened.say(...audioTurn.slice(2), ...toolTurn);
  opened.link.send({ type: 'reply-start', requestId: 'req_1' });
  const messages = opened.lines.map((line) => line.slice(0, line.indexOf(' {')));
  const infos = messages.filter((message) => message.startsWith('info'));
  assert.deepEqual(infos, [
    'info OpenAI Realtime session started',
    'info OpenAI send type=session.update',
    'info OpenAI session configured with 1 tools',
    'info OpenAI function call detected: lookup_menu',
    'info OpenAI send type=response.create',
  ]);
  const debugs = messages.filter((message) => message.startsWith('debug')).slice(0, 6);
  assert.deepEqual(debugs, [
    'debug Session updated with tools: 1',
    'debug response.created',
    'debug response.output_item.added',
    'debug response.output_audio.delta',
    'debug first audio chunk',
    'debug response.done received',
  ]);
});

test('[V3] a spoken turn of the vendor comes out as provider events', () => {
  const opened = ready();
  opened.say(...audioTurn.slice(2));
  const reply = { replyId: 'resp_A1', itemId: 'item_A1' };
  const audio = { type: 'agent-audio', ...reply, contentIndex: 0 };
  assert.deepEqual(opened.told, [
    { type: 'caller-speech-start', itemId: 'item_U1' },
    { type: 'caller-speech-end', itemId: 'item_U1' },
    { type: 'reply-start', replyId: 'resp_A1', requestId: null },
    { type: 'caller-transcript', itemId: 'item_U1', text: 'What is good', isFinal: false },
    { type: 'caller-transcript', itemId: 'item_U1', text: 'What is good today?', isFinal: true },
    { type: 'agent-text', ...reply, text: 'The', isFinal: false },
    { ...audio, audio: '000102030405' },
    { ...audio, audio: '060708090a0b' },
    { type: 'agent-audio-done', ...reply },
    { type: 'agent-text', ...reply, text: 'The brochettes.', isFinal: true },
    {
      type: 'reply-end',
      replyId: 'resp_A1',
      outcome: 'completed',
      reason: null,
      error: null,
      usage: {
        inputTextTokens: 119,
        inputAudioTokens: 13,
        cachedTextTokens: 64,
        cachedAudioTokens: 0,
        outputTextTokens: 30,
        outputAudioTokens: 91,
        costUsdMicros: null,
      },
    },
  ]);
  assert.deepEqual(opened.sent(), [], 'nothing is committed and no reply is asked for');
});

test('[V12] a reply of text only is told as text', () => {
  const opened = ready();
  const at = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0, event_id: 'e' };
  opened.say(
    { type: 'response.output_text.delta', ...at, delta: 'Hi' },
    { type: 'response.output_text.done', ...at, text: 'Hi.' },
  );
  assert.deepEqual(opened.told, [
    { type: 'agent-text', replyId: 'r', itemId: 'i', text: 'Hi', isFinal: false },
    { type: 'agent-text', replyId: 'r', itemId: 'i', text: 'Hi.', isFinal: true },
  ]);
});

test('[V11] a call is told once, its result goes out once and after its response is done', () => {
  const opened = ready();
  opened.say(...toolTurn.slice(0, -1));
  const calls = opened.told.filter((event) => Object(event).type === 'tool-call');
  assert.deepEqual(calls, [
    {
      type: 'tool-call',
      replyId: 'resp_T1',
      callId: 'call_F1',
      name: 'lookup_menu',
      argumentsJson: '{"query":"fish"}',
    },
  ]);
  const results = [{ callId: 'call_F1', outputJson: '{"items":[]}' }];
  opened.link.send({ type: 'tool-results', results });
  assert.deepEqual(opened.sent(), []);
  opened.say(toolTurn.at(-1)!);
  opened.link.send({ type: 'tool-results', results });
  assert.deepEqual(opened.sent(), [
    {
      type: 'conversation.item.create',
      event_id: 'result_2',
      item: { type: 'function_call_output', call_id: 'call_F1', output: '{"items":[]}' },
    },
  ]);
});

test('[V11] a server that names a call only when its item is done is understood', () => {
  const opened = ready();
  const unnamed = toolTurn.map((line) =>
    line.replace('"name":"lookup_menu","arguments":"{', '"arguments":"{'),
  );
  opened.say(unnamed[0]!, unnamed[4]!);
  assert.equal(opened.told.length, 1);
  opened.say(toolTurn[5]!);
  assert.equal(lastTold(opened).type, 'tool-call');
});

test('a reply that answers a request bears its id, one of the vendor bears none', () => {
  const opened = ready();
  opened.link.send({ type: 'reply-start', requestId: 'req_1', instructions: 'Say hello.' });
  assert.deepEqual(opened.sent(), [
    {
      type: 'response.create',
      event_id: 'req_1',
      response: {
        metadata: { offhook_request: 'req_1' },
        instructions: 'You are a waiter.\n\nSay hello.',
      },
    },
  ]);
  opened.say(created('r1', null), created('r2', { offhook_request: 'req_1' }));
  opened.link.send({ type: 'reply-start', requestId: 'req_2', allowsTools: false });
  assert.equal(Object(opened.sent()[0]).response.tool_choice, 'none');
  opened.say(created('r3'));
  assert.deepEqual(opened.told, [
    { type: 'reply-start', replyId: 'r1', requestId: null },
    { type: 'reply-start', replyId: 'r2', requestId: 'req_1' },
    { type: 'reply-start', replyId: 'r3', requestId: 'req_2' },
  ]);
});

test('a request that collides with a reply is handed back, with or without its id', () => {
  const opened = ready();
  for (const eventId of ['req_1', null]) {
    opened.link.send({ type: 'reply-start', requestId: 'req_1' });
    opened.say(refusal('conversation_already_has_active_response', eventId));
  }
  const refused = { type: 'request-refused', requestId: 'req_1' };
  assert.deepEqual(opened.told, [refused, refused]);
});

test('a request refused for another reason ends as a reply that failed', () => {
  const opened = ready();
  opened.link.send({ type: 'reply-start', requestId: 'req_1' });
  opened.say(refusal('invalid_value', 'req_1'));
  const types = opened.told.map((event) => Object(event).type);
  assert.deepEqual(types, ['reply-start', 'reply-end']);
  assert.equal(lastTold(opened).error?.code, 'PROVIDER_PROTOCOL');
});

test('a failed response says why, and its money trouble is named', () => {
  const opened = ready();
  const error = { type: 'insufficient_quota', code: 'insufficient_quota' };
  opened.say(created('r1', null), done('r1', 'failed', { type: 'failed', error }), done('r1'));
  assert.equal(opened.told.length, 2);
  assert.equal(lastTold(opened).error?.code, 'PROVIDER_QUOTA');
  assert.deepEqual(opened.counts, ['offhook_provider_errors_total openai_realtime PROVIDER_QUOTA']);
});

test('[V10] a truncation is a whole number of milliseconds, above 0 and within what came', () => {
  const opened = ready();
  opened.say(...audioTurn.slice(2, 15));
  const delta = Buffer.alloc(48 * 100).toString('base64');
  opened.say(audioTurn[15]!.replace('BgcICQoL', delta));
  const command = { type: 'item-truncate', itemId: 'item_A1', contentIndex: 0 } as const;
  for (const heardMs of [0.9, 41.7, 5_000]) opened.link.send({ ...command, heardMs });
  opened.link.send({ ...command, itemId: 'item_of_another_link', heardMs: 10 });
  opened.link.send({ type: 'item-drop', itemId: 'item_A2' });
  opened.link.send({ type: 'reply-cancel', replyId: 'resp_A1' });
  opened.link.send({ type: 'reply-cancel', replyId: 'resp_gone' });
  const at = { item_id: 'item_A1', content_index: 0 };
  assert.deepEqual(opened.sent(), [
    { type: 'conversation.item.truncate', event_id: 'trim_2', ...at, audio_end_ms: 41 },
    { type: 'conversation.item.truncate', event_id: 'trim_3', ...at, audio_end_ms: 100 },
    { type: 'conversation.item.delete', event_id: 'trim_4', item_id: 'item_A2' },
    { type: 'response.cancel', event_id: 'cancel_5', response_id: 'resp_A1' },
  ]);
  opened.told.length = 0;
  opened.say(refusal('invalid_value', 'trim_3'), refusal(null, 'cancel_5'));
  assert.deepEqual(opened.told, [], 'both are races that do no harm');
});

test('[V3] a new link is told the past, with ids short enough for the vendor', () => {
  const callId = `call_${'x'.repeat(60)}`;
  const opened = rig({
    setup: {
      history: [
        { type: 'caller-said', text: 'Fish?' },
        { type: 'tool-call', callId, name: 'lookup_menu', argumentsJson: '{}' },
        { type: 'tool-result', callId, outputJson: '[]' },
        { type: 'agent-said', text: 'None today.' },
        { type: 'tool-call', callId: 'call_2', name: 'lookup_menu', argumentsJson: '{}' },
      ],
    },
  });
  opened.far.onOpen();
  opened.say(audioTurn[0]!);
  opened.sent();
  opened.say(audioTurn[1]!);
  opened.link.send({ type: 'tool-results', results: [{ callId: 'call_2', outputJson: '1' }] });
  assert.deepEqual(
    opened.sent().map(({ item }) => item),
    [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Fish?' }] },
      { type: 'function_call', call_id: 'call_past_1', name: 'lookup_menu', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_past_1', output: '[]' },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'None today.' }],
      },
      { type: 'function_call', call_id: 'call_2', name: 'lookup_menu', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_2', output: '1' },
    ],
  );
});

test('another persona takes over, with its voice only while nothing has been said', () => {
  const opened = ready();
  const cfo = { ...persona, key: 'cfo', instructions: 'You are a CFO.', voice: 'cedar', tools: [] };
  opened.link.send({ type: 'persona', persona: cfo });
  opened.say(...audioTurn.slice(7, 15));
  opened.link.send({ type: 'persona', persona: cfo });
  const session = { type: 'realtime', instructions: 'You are a CFO.', tools: [] };
  assert.deepEqual(opened.sent(), [
    {
      type: 'session.update',
      event_id: 'persona_2',
      session: { ...session, audio: { output: { voice: 'cedar' } } },
    },
    { type: 'session.update', event_id: 'persona_3', session },
  ]);
  opened.say(audioTurn[1]!);
  assert.match(lastTold(opened).error?.message ?? '', /tools is lookup_menu, not .*voice is marin/);
});

test('[V3] a setup that the server did not take ends the link before anybody is heard', () => {
  for (const [shown, field] of [
    [audioTurn[1]!.replaceAll('"voice":"marin"', '"voice":"alloy"'), 'audio.output.voice'],
    [audioTurn[1]!.replaceAll('"lookup_menu"', '"other"'), 'tools'],
    [audioTurn[1]!.replace('"type":"audio/pcm","rate":24000', '"type":"audio/pcmu"'), 'format'],
    [
      JSON.stringify(refusal('missing_required_parameter', 'setup_1')),
      'missing_required_parameter',
    ],
  ] as const) {
    const opened = rig();
    opened.far.onOpen();
    opened.say(audioTurn[0]!, shown);
    opened.clock.advance(0);
    assert.deepEqual(opened.told.length, 1);
    assert.equal(lastTold(opened).error?.code, 'PROVIDER_PROTOCOL');
    assert.ok(lastTold(opened).error?.message?.includes(field), lastTold(opened).error?.message);
  }
});

test('[V3] each wait of the opening has a limit', () => {
  const silent = rig();
  silent.clock.advance(defaultTiming.connectMsMax);
  silent.clock.advance(0);
  assert.equal(lastTold(silent).error?.code, 'PROVIDER_TIMEOUT');
  const unanswered = rig();
  unanswered.far.onOpen();
  unanswered.say(audioTurn[0]!);
  unanswered.clock.advance(defaultTiming.setupMsMax - 1);
  assert.deepEqual(unanswered.told, []);
  unanswered.clock.advance(1);
  assert.equal(lastTold(unanswered).error?.code, 'PROVIDER_TIMEOUT');
});

test('[V3] a link whose pings are not answered ends, and one whose are stays', () => {
  const opened = ready();
  opened.clock.advance(10 * 60_000);
  assert.deepEqual(opened.told, []);
  opened.socket.answersPings = false;
  opened.clock.advance(defaultTiming.pingEveryMs + defaultTiming.pongMsMax);
  assert.deepEqual(opened.told.length, 1);
  assert.equal(lastTold(opened).error?.code, 'PROVIDER_UNREACHABLE');
  assert.equal(opened.clock.pendingCount, 0, 'no timer outlives the link');
});

test('a session that the vendor will end soon is announced before', () => {
  const opened = ready();
  // The fixture expires one hour after the epoch of the virtual clock.
  opened.clock.advance(58 * 60_000 - 1);
  assert.deepEqual(opened.told, []);
  opened.clock.advance(1);
  assert.deepEqual(opened.told, [{ type: 'ending-soon', inMs: 120_000 }]);
  const own = ready({ options: { timing: { ...defaultTiming, sessionMsMax: 600_000 } } });
  own.clock.advance(480_000);
  assert.deepEqual(own.told, [{ type: 'ending-soon', inMs: 120_000 }]);
});

test('an expiry that cannot be true is not believed', () => {
  const opened = rig({ options: { timing: { ...defaultTiming, sessionMsMax: null } } });
  opened.far.onOpen();
  opened.say(audioTurn[0]!.replace('1767229200', '1700000000'), audioTurn[1]!);
  opened.clock.advance(3_600_000);
  assert.deepEqual(opened.told.length, 1);
  assert.ok(opened.lines.some((line) => line.startsWith('warn OpenAI session ends too soon')));
});

test('[V12] what the caller says while the link opens is sent first once it is ready', () => {
  const opened = rig();
  const frame = Buffer.alloc(960, 1);
  const say = (bytes: Buffer) =>
    opened.link.send({ type: 'caller-audio', bytes, offset: 0, length: bytes.length });
  opened.link.send({ type: 'caller-text', text: 'typed early' });
  for (let count = 0; count < 600; count += 1) say(frame.fill(count & 0xff));
  opened.far.onOpen();
  opened.say(audioTurn[0]!);
  opened.sent();
  opened.say(audioTurn[1]!);
  const sent = opened.sent();
  const first = Buffer.from(String(Object(sent[0]).audio), 'base64');
  assert.equal(sent.length, 501, 'ten seconds of audio, then the text');
  assert.equal(first[0], 100, 'the oldest were dropped');
  assert.equal(Object(sent.at(-1)).type, 'conversation.item.create');
  assert.equal(opened.counts.filter((count) => count.includes('provider-held-audio')).length, 100);
});

test('a clogged link holds the caller back in order, and ends when it stays clogged', () => {
  const opened = ready();
  const say = (value: number) =>
    opened.link.send({
      type: 'caller-audio',
      bytes: Buffer.alloc(960, value),
      offset: 0,
      length: 960,
    });
  opened.socket.bufferedBytes = 1_000_000;
  say(1);
  say(2);
  assert.deepEqual(opened.sent(), []);
  opened.socket.bufferedBytes = 0;
  say(3);
  const order = opened.sent().map(({ audio }) => Buffer.from(String(audio), 'base64')[0]);
  assert.deepEqual(order, [1, 2, 3]);
  opened.socket.bufferedBytes = 1_000_000;
  for (let second = 0; second <= 10; second += 1) {
    say(4);
    opened.clock.advance(1_000);
  }
  assert.equal(lastTold(opened).error?.code, 'PROVIDER_UNREACHABLE');
});

test('unknown and malformed messages are counted and the link goes on', () => {
  const opened = ready();
  opened.say({ type: 'response.hummed', event_id: 'e' }, '{"type":', { type: 'response.done' });
  opened.say(audioTurn[2]!);
  const types = opened.told.map((event) => Object(event).type);
  assert.deepEqual(types, ['warning', 'warning', 'caller-speech-start']);
  assert.deepEqual(opened.counts, [
    'offhook_wire_unknown_total openai_realtime',
    'offhook_provider_errors_total openai_realtime WIRE_MALFORMED',
    'offhook_provider_errors_total openai_realtime WIRE_MALFORMED',
  ]);
});

test('errors of the vendor are ignored, told or the end, as their code says', () => {
  const opened = ready();
  opened.say(refusal('response_cancel_not_active'), refusal('input_audio_buffer_commit_empty'));
  assert.deepEqual(opened.told, []);
  opened.say(refusal('invalid_tool_call_id'), refusal(null, null, 'server_error'));
  const codes = opened.told.map((event) => Object(event).error.code);
  assert.deepEqual(codes, ['PROVIDER_PROTOCOL', 'PROVIDER_UNREACHABLE']);
  opened.say(refusal('session_expired'), audioTurn[2]!);
  opened.clock.advance(0);
  assert.equal(opened.told.length, 3);
  assert.equal(lastTold(opened).error?.code, 'PROVIDER_SESSION_EXPIRED');
});

test('a link ends once, whatever comes after, and not from inside close', () => {
  const opened = ready();
  opened.link.close();
  opened.link.close();
  assert.deepEqual(opened.told, []);
  opened.close({ code: 1000 });
  opened.say(...audioTurn);
  opened.link.send({ type: 'reply-start', requestId: 'req_1' });
  opened.clock.advance(60 * 60_000);
  assert.deepEqual(opened.told, [{ type: 'ended', error: null }]);
  assert.deepEqual(opened.closes, [1000]);
  assert.deepEqual(opened.sent(), []);
  assert.equal(opened.clock.pendingCount, 0);
});

test('[V14] the key is in no log line and no error, also when the server sends it back', () => {
  const body = JSON.stringify({ error: { code: 'invalid_api_key', message: `Bad key ${canary}` } });
  const refused = rig();
  refused.close({ httpStatus: 401, httpBody: body });
  const told = rig();
  told.far.onOpen();
  told.say(refusal(`invalid ${canary}`));
  const closed = ready();
  closed.say(refusal(canary));
  closed.close({ code: 1008, reason: canary });
  for (const { clock, lines, told: events } of [refused, told, closed]) {
    clock.advance(0);
    const errors = events.map((event) => String(Object(event).error?.message));
    assert.ok(errors.length > 0);
    assert.doesNotMatch([...lines, ...errors, JSON.stringify(events)].join('\n'), /canary/);
  }
  assert.equal(lastTold(refused).error?.code, 'PROVIDER_REFUSED');
});
