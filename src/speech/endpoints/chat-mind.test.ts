import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RespondRequest } from '../../realtime-server/brain.ts';
import type { Usage } from '../../realtime-server/wire.ts';
import type { Question } from '../brain/mind.ts';
import type { DialogueAction } from '../dialogue/dialogue.ts';
import { chatAnswer, chatEvents, until } from '../testing/fake-endpoints.ts';
import { chatMind } from './chat-mind.ts';
import type { EndpointSettings } from './endpoint.ts';
import { type EndpointTrial, trial } from './testing/endpoint-trial.ts';

const lookUp = { type: 'function' as const, name: 'lookup_menu', description: 'Finds dishes.' };

function requestOf(given: Partial<RespondRequest> = {}): RespondRequest {
  const content = [{ type: 'input_text', text: 'Tea, please.' }];
  return {
    responseId: 'resp_1',
    isInConversation: true,
    instructions: 'You are a waiter.',
    prompt: null,
    tools: [lookUp],
    toolChoice: 'auto',
    modality: 'audio',
    agentFormat: { encoding: 'pcm_s16le', rateHz: 24_000, channels: 1 },
    voice: 'marin',
    metadata: null,
    items: [{ id: 'item_1', type: 'message', role: 'user', content }],
    ...given,
  };
}

function questionOf(given: Partial<Question> = {}): Question {
  const { signal } = new AbortController();
  return { request: requestOf(), heard: new Map(), signal, ...given };
}

function mindOf(on: EndpointTrial, settings: Partial<EndpointSettings> = {}) {
  return chatMind({
    endpoint: on.endpoint('llm', settings),
    model: 'llama3.1',
    temperature: 0.2,
    tokensMax: 300,
    extra: { reasoning_effort: 'low' },
    expected: async () => null,
  }).open();
}

async function answerOf(
  on: EndpointTrial,
  question: Question = questionOf(),
  settings?: Partial<EndpointSettings>,
): Promise<DialogueAction[]> {
  const actions: DialogueAction[] = [];
  for await (const action of mindOf(on, settings).answer(question)) actions.push(action);
  return actions;
}

const say = (text: string): DialogueAction => ({ is: 'say', text });

test('[V21] a model speaks sentence by sentence, while it goes on writing', () =>
  trial(async (on) => {
    const whole = chatAnswer({ says: ['One', ' tea. Any', 'thing', ' else', '?'] }, 1);
    const written = whole.pieces!.map((byte) => Buffer.from(byte).toString('latin1')).join('');
    const pieces = whole.pieces!.slice(0, written.indexOf('" else"'));
    on.server.willChat({ ...whole, pieces, end: 'stall' }, whole);
    const actions = mindOf(on).answer(questionOf())[Symbol.asyncIterator]();
    assert.deepEqual((await actions.next()).value, say('One tea.'));
    await actions.return?.();
    await until(() => on.server.abandonedCount === 1);
    assert.deepEqual(await answerOf(on), [say('One tea.'), say('Anything else?')]);
  }));

test('[V21] tool calls are put together from their pieces, several at once', () =>
  trial(async (on) => {
    const calls = [
      { name: 'lookup_menu', argumentPieces: ['{"que', 'ry":"t', 'ea"}'] },
      { name: 'hangup_call', argumentPieces: [] },
    ];
    on.server.willChat(chatAnswer({ says: ['Let me look.'], calls }));
    assert.deepEqual(await answerOf(on), [
      say('Let me look.'),
      { is: 'call', name: 'lookup_menu', argumentsJson: '{"query":"tea"}' },
      { is: 'call', name: 'hangup_call', argumentsJson: '{}' },
    ]);
  }));

test('calls that all have the index 0, or none, are told apart by their ids', () =>
  trial(async (on) => {
    const call = (id: string, name: string, index?: number) => {
      const delta = { tool_calls: [{ index, id, function: { name, arguments: '{"a":1}' } }] };
      return { choices: [{ delta, finish_reason: null }] };
    };
    const chunks = [call('a', 'one', 0), call('b', 'two', 0), call('c', 'three')];
    const headers = { 'content-type': 'text/event-stream' };
    on.server.willChat({ headers, pieces: [chatEvents(chunks)] });
    const names = (await answerOf(on)).map((action) => action.is === 'call' && action.name);
    assert.deepEqual(names, ['one', 'two', 'three']);
  }));

test('[V21] the model reads the persona, what was heard, and its tools with their results', () =>
  trial(async (on) => {
    const message = (id: string, role: 'user' | 'assistant', text: string | null) => {
      const content = text === null ? [] : [{ type: 'text', transcript: text }];
      return { id, type: 'message' as const, role, content };
    };
    const call = (id: string, callId: string) => {
      return {
        id,
        type: 'function_call' as const,
        call_id: callId,
        name: 'lookup_menu',
        arguments: '{}',
      };
    };
    const items = [
      message('m1', 'assistant', 'Good day, what'),
      message('m2', 'user', null),
      message('m3', 'user', null),
      call('m4', 'c1'),
      call('m5', 'c2'),
      message('m6', 'assistant', null),
      message('m7', 'user', 'Hello?'),
      { id: 'm8', type: 'function_call_output' as const, call_id: 'c1', output: '[]' },
    ];
    on.server.willChat(chatAnswer({ says: ['Yes.'] }));
    const heard = new Map([
      ['m2', 'two teas'],
      ['m3', null],
    ]);
    await answerOf(on, questionOf({ request: requestOf({ items }), heard }));
    const toolCall = (id: string) => {
      return { id, type: 'function', function: { name: 'lookup_menu', arguments: '{}' } };
    };
    assert.deepEqual(on.server.bodies('/chat/completions'), [
      {
        model: 'llama3.1',
        temperature: 0.2,
        max_tokens: 300,
        stream: true,
        stream_options: { include_usage: true },
        messages: [
          { role: 'system', content: 'You are a waiter.' },
          { role: 'user', content: '(The caller is on the line.)' },
          { role: 'assistant', content: 'Good day, what' },
          {
            role: 'user',
            content: 'two teas\n(The caller said something that could not be understood.)',
          },
          { role: 'assistant', content: null, tool_calls: [toolCall('c1'), toolCall('c2')] },
          { role: 'tool', tool_call_id: 'c1', content: '[]' },
          { role: 'tool', tool_call_id: 'c2', content: '{"error":"there is no result yet"}' },
          { role: 'user', content: 'Hello?' },
        ],
        tools: [
          { type: 'function', function: { name: 'lookup_menu', description: 'Finds dishes.' } },
        ],
        tool_choice: 'auto',
        reasoning_effort: 'low',
      },
    ]);
  }));

test('a caller who is silent is told of, and a tool that is not wanted is not called', () =>
  trial(async (on) => {
    const calls = [{ name: 'lookup_menu', argumentPieces: [] }];
    on.server.willChat(chatAnswer({ says: ['Are you there?'], calls }));
    const request = requestOf({ items: [], toolChoice: 'none' });
    assert.deepEqual(await answerOf(on, questionOf({ request })), [say('Are you there?')]);
    const body = JSON.stringify(on.server.bodies('/chat/completions'));
    assert.match(
      body,
      /"content":"\(The caller says nothing\.\)"\}\],"tools".*"tool_choice":"none"/,
    );
  }));

test('words that are to be said exactly need no model', () =>
  trial(async (on) => {
    const order = 'Say exactly these words and nothing else: "Good day."';
    const request = requestOf({ instructions: `You are a waiter.\n\n${order}` });
    assert.deepEqual(await answerOf(on, questionOf({ request })), [say('Good day.')]);
    assert.equal(on.server.requests.length, 0);
  }));

test('what the server counted is the usage of the answer', () =>
  trial(async (on) => {
    const usages: Usage[] = [];
    const usage = { prompt_tokens: 120, completion_tokens: 8 };
    on.server.willChat(chatAnswer({ says: ['Yes.'], usage }));
    await answerOf(on, questionOf({ onUsage: (each) => usages.push(each) }));
    assert.equal(usages.length, 1);
    assert.equal(usages[0]?.total_tokens, 128);
    assert.equal(usages[0]?.input_token_details?.text_tokens, 120);
  }));

const stream = { 'content-type': 'text/event-stream' };

test('an answer that is none of chat/completions is refused', () =>
  trial(async (on) => {
    for (const data of ['hello', '{"choices":7}', '{"choices":[{"delta":{"content":[]}}]}']) {
      on.server.willChat({ headers: stream, pieces: [`data: ${data}\n\n`] });
      await assert.rejects(answerOf(on), { code: 'PROVIDER_PROTOCOL' }, data);
    }
    on.server.willChat({ headers: { 'content-type': 'text/html' }, pieces: ['<p>Welcome</p>'] });
    await assert.rejects(answerOf(on), { code: 'PROVIDER_PROTOCOL', message: /text\/html/ });
  }));

test('words before an answer breaks off are said, and what broke it is told', () =>
  trial(async (on) => {
    const begun = 'data: {"choices":[{"delta":{"content":"One tea. And a"}}]}\n\n';
    for (const rest of ['', 'data: {"error":{"message":"out of memory"}}\n\n']) {
      on.server.willChat({ headers: stream, pieces: [begun, rest].filter((each) => each !== '') });
      const actions = mindOf(on).answer(questionOf())[Symbol.asyncIterator]();
      assert.deepEqual((await actions.next()).value, say('One tea.'));
      await assert.rejects(Promise.resolve(actions.next()), { code: 'PROVIDER_UNREACHABLE' });
    }
    assert.equal(on.server.requests.length, 2);
  }));

test('a complaint in the stream about the request is not asked for again', () =>
  trial(async (on) => {
    const said = '{"error":{"code":400,"message":"the request exceeds the context size"}}';
    on.server.willChat({ headers: stream, pieces: [`data: ${said}\n\n`] });
    await assert.rejects(answerOf(on), { code: 'PROVIDER_REFUSED', message: /context size/ });
    assert.equal(on.server.requests.length, 1);
    on.server.willChat({ headers: stream, pieces: ['data: {"error":"no memory"}\n\n'] });
    const failed = answerOf(on, questionOf(), { retriesMax: 0 });
    await assert.rejects(failed, { code: 'PROVIDER_UNREACHABLE', message: /no memory/ });
  }));

test('an answer without a word is asked for again, and then is none', () =>
  trial(async (on) => {
    const empty = {
      headers: stream,
      pieces: [
        chatEvents([
          { choices: [{ delta: { content: '', reasoning: 'Hm' }, finish_reason: null }] },
          { choices: [{ delta: {}, finish_reason: 'length' }], usage: { prompt_tokens: 3 } },
        ]),
      ],
    };
    on.server.willChat(empty, chatAnswer({ says: ['Yes.'] }), empty);
    const asked = answerOf(on, questionOf(), { retriesMax: 1 });
    await until(() => on.log.lines.length === 1);
    on.clock.advance(250);
    assert.deepEqual(await asked, [say('Yes.')]);
    const failed = answerOf(on, questionOf(), { retriesMax: 0 });
    await assert.rejects(failed, { message: /no words \(finish_reason length\)/ });
  }));

test('a server that does not stream is understood as well', () =>
  trial(async (on) => {
    const call = { id: 'a', function: { name: 'lookup_menu', arguments: '{"query":"tea"}' } };
    const message = { role: 'assistant', content: 'Let me look.', tool_calls: [call] };
    const body = { choices: [{ message, finish_reason: 'tool_calls' }] };
    const headers = { 'content-type': 'application/json' };
    on.server.willChat({ headers, pieces: [JSON.stringify(body)] });
    assert.deepEqual(await answerOf(on), [
      say('Let me look.'),
      { is: 'call', name: 'lookup_menu', argumentsJson: '{"query":"tea"}' },
    ]);
  }));

test('arguments may come as the object that they are, ids with every piece', () =>
  trial(async (on) => {
    const piece = (id: string | null, given: unknown) => {
      const delta = { tool_calls: [{ index: 0, id, function: { name: null, arguments: given } }] };
      return { choices: [{ delta, finish_reason: null }] };
    };
    const named = (id: string, name: string, given: unknown) => {
      const delta = { tool_calls: [{ index: 0, id, function: { name, arguments: given } }] };
      return { choices: [{ delta, finish_reason: null }] };
    };
    on.server.willChat({
      headers: stream,
      pieces: [
        ': ping\n\n',
        chatEvents([
          named('a', 'lookup_menu', { query: 'tea' }),
          named('b', 'lookup_menu', '{"qu'),
          piece('b', 'ery":'),
          piece('', '"soup"}'),
          { choices: [{ delta: {}, finish_reason: 'stop' }] },
        ]),
      ],
    });
    const given = (await answerOf(on)).map(
      (action) => action.is === 'call' && action.argumentsJson,
    );
    assert.deepEqual(given, ['{"query":"tea"}', '{"query":"soup"}']);
  }));

test('thoughts that are left in the text are not said', () =>
  trial(async (on) => {
    const says = ['<thi', 'nk>The caller', ' wants tea. Tea?</th', 'ink>', 'One tea. ', '2 < 3.'];
    on.server.willChat(chatAnswer({ says }));
    assert.deepEqual(await answerOf(on), [say('One tea.'), say('2 < 3.')]);
  }));

test('caller and agent speak in turn, the caller first and last', () =>
  trial(async (on) => {
    const message = (id: string, role: 'user' | 'assistant', text: string) => {
      return { id, type: 'message' as const, role, content: [{ type: 'text', text }] };
    };
    const call = {
      ...{ id: 'm4', type: 'function_call' as const, call_id: 'c1' },
      ...{ name: 'lookup_menu', arguments: '{}' },
    };
    const items = [
      message('m1', 'assistant', 'Good day.'),
      message('m2', 'user', 'Tea'),
      message('m3', 'user', 'and soup.'),
      message('m5', 'assistant', 'Let me look.'),
      call,
      { id: 'm6', type: 'function_call_output' as const, call_id: 'c1', output: '[]' },
      message('m7', 'assistant', 'There is none.'),
      message('m8', 'assistant', 'Anything else?'),
    ];
    on.server.willChat(chatAnswer({ says: ['Hello?'] }));
    await answerOf(on, questionOf({ request: requestOf({ items }) }));
    const [body] = on.server.bodies('/chat/completions');
    assert.ok(typeof body === 'object' && body !== null && 'messages' in body);
    const messages: unknown = body.messages;
    assert.ok(Array.isArray(messages));
    const told = messages.map(({ role, content, tool_calls }) =>
      [role, content, ...(tool_calls === undefined ? [] : ['calls'])].join(': '),
    );
    assert.deepEqual(told.slice(1), [
      'user: (The caller is on the line.)',
      'assistant: Good day.',
      'user: Tea\nand soup.',
      'assistant: Let me look.: calls',
      'tool: []',
      'assistant: There is none.\nAnything else?',
      'user: (The caller says nothing.)',
    ]);
  }));

test('[V10] a caller who cuts in ends the request', () =>
  trial(async (on) => {
    const begun = 'data: {"choices":[{"delta":{"content":"One tea. And a"}}]}\n\n';
    on.server.willChat({ headers: stream, pieces: [begun], end: 'stall' });
    const cutting = new AbortController();
    const actions = mindOf(on)
      .answer(questionOf({ signal: cutting.signal }))
      [Symbol.asyncIterator]();
    await actions.next();
    cutting.abort();
    await assert.rejects(Promise.resolve(actions.next()), { name: 'AbortError' });
    await until(() => on.server.abandonedCount === 1);
    assert.equal(on.clock.pendingCount, 0);
  }));

test('time that the speech takes is not counted against the server', () =>
  trial(async (on) => {
    on.server.willChat(chatAnswer({ says: ['One tea. ', 'Two coffees. ', 'Three.'] }));
    const actions = mindOf(on, { wholeMsMax: 6_000 }).answer(questionOf())[Symbol.asyncIterator]();
    await actions.next();
    await until(() => on.metrics.values.has('offhook_endpoint_seconds/llm/ok'));
    on.clock.advance(60_000);
    assert.deepEqual((await actions.next()).value, say('Two coffees.'));
    assert.deepEqual((await actions.next()).value, say('Three.'));
  }));
