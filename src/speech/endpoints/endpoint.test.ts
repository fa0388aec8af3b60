import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeAnswer, until } from '../testing/fake-endpoints.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import { trial } from './testing/endpoint-trial.ts';

const never = new AbortController().signal;

async function* texts({ chunks }: Answer): AsyncGenerator<string> {
  for await (const chunk of chunks) yield Buffer.from(chunk).toString('latin1');
}

async function textOf(endpoint: Endpoint, signal = never): Promise<string> {
  const ask = { path: '/chat/completions', body: '{}', answerBytesMax: 1_000, read: texts, signal };
  let text = '';
  for await (const piece of endpoint.ask(ask)) text += piece;
  return text;
}

const refused = (status: number, error: unknown = 'no'): FakeAnswer => {
  return { status, pieces: [JSON.stringify({ error })] };
};

test('[V21] a request bears its key and goes to the configured server', () =>
  trial(async (on) => {
    on.server.willChat({ pieces: ['hello'] });
    assert.equal(await textOf(on.endpoint('llm')), 'hello');
    const [request] = on.server.requests;
    assert.equal(request?.path, '/v1/chat/completions');
    assert.equal(request?.headers.authorization, 'Bearer sk-test-1');
    assert.ok(on.metrics.values.has('offhook_endpoint_seconds/llm/ok'));
    assert.ok(on.metrics.values.has('offhook_endpoint_first_seconds/llm'));
    assert.equal(on.clock.pendingCount, 0);
  }));

test('a server without a key gets none', () =>
  trial(async (on) => {
    on.server.willChat({ pieces: ['hello'] });
    await textOf(on.endpoint('llm', { apiKey: null }));
    assert.equal(on.server.requests[0]?.headers.authorization, undefined);
  }));

test('a key follows no redirect', () =>
  trial(async (on) => {
    on.server.willChat({ status: 302, headers: { location: `${on.server.baseUrl}/elsewhere` } });
    const error = { code: 'PROVIDER_REFUSED', message: /302: leads elsewhere/ };
    await assert.rejects(textOf(on.endpoint('llm')), error);
    assert.equal(on.server.requests.length, 1);
  }));

test('a server that is busy or fails is asked again, a little later each time', () =>
  trial(async (on) => {
    on.server.willChat(refused(503), refused(429), { pieces: ['at last'] });
    const asked = textOf(on.endpoint('llm'));
    for (const [index, delayMs] of [250, 500].entries()) {
      await until(() => on.log.lines.length === index + 1);
      assert.equal(on.clock.advance(delayMs - 1), 0);
      on.clock.advance(1);
    }
    assert.equal(await asked, 'at last');
    assert.equal(
      on.metrics.values.get('offhook_endpoint_retries_total/llm/PROVIDER_RATE_LIMITED'),
      1,
    );
    assert.equal(
      on.metrics.values.has('offhook_provider_errors_total/local/PROVIDER_UNREACHABLE'),
      false,
    );
  }));

test('nobody waits longer than two seconds for a busy server', () =>
  trial(async (on) => {
    on.server.willChat({ ...refused(429), headers: { 'retry-after': '30' } });
    await assert.rejects(textOf(on.endpoint('llm')), { code: 'PROVIDER_RATE_LIMITED' });
    assert.equal(on.server.requests.length, 1);
  }));

test('what is wrong with a request is told once, without the key', () =>
  trial(async (on) => {
    on.server.willChat(refused(401, { message: 'wrong key sk-test-1', code: 'invalid_api_key' }));
    const error = {
      code: 'PROVIDER_REFUSED',
      message: 'llm: the server answered 401: wrong key ***',
    };
    await assert.rejects(textOf(on.endpoint('llm')), error);
    on.server.willChat(refused(429, { message: 'pay first', code: 'insufficient_quota' }));
    await assert.rejects(textOf(on.endpoint('llm')), { code: 'PROVIDER_QUOTA' });
    on.server.willChat({ status: 404, pieces: ['<html>'] });
    await assert.rejects(textOf(on.endpoint('llm')), { message: /404: it does not say why/ });
    assert.equal(on.server.requests.length, 3);
    assert.equal(on.metrics.values.get('offhook_provider_errors_total/local/PROVIDER_REFUSED'), 2);
  }));

test('a refusal is told in the words of the server, however it writes them', () =>
  trial(async (on) => {
    const bodies = {
      'model "x" not found': { error: 'model "x" not found' },
      'roles must alternate': { object: 'error', message: 'roles must alternate', code: 400 },
      'Not Found': { detail: 'Not Found' },
      '[{"loc":["body","model"],"msg":"Field required"}]': {
        detail: [{ loc: ['body', 'model'], msg: 'Field required' }],
      },
    };
    for (const [words, body] of Object.entries(bodies)) {
      on.server.willChat({ status: 400, pieces: [JSON.stringify(body)] });
      const message = `llm: the server answered 400: ${words}`;
      await assert.rejects(textOf(on.endpoint('llm')), { code: 'PROVIDER_REFUSED', message });
    }
  }));

test('a server that says nothing is given up after the first time limit, and not asked again', () =>
  trial(async (on) => {
    on.server.willChat({ end: 'stall' });
    const asked = textOf(on.endpoint('llm', { firstMsMax: 700 }));
    await until(() => on.server.requests.length === 1);
    on.clock.advance(700);
    await assert.rejects(asked, { code: 'PROVIDER_TIMEOUT', message: /first piece .* 700 ms/ });
    await until(() => on.server.abandonedCount === 1);
    assert.equal(on.server.requests.length, 1);
    assert.ok(on.metrics.values.has('offhook_endpoint_seconds/llm/PROVIDER_TIMEOUT'));
  }));

test('an answer that never ends is given up after the second time limit', () =>
  trial(async (on) => {
    on.server.willChat({ pieces: ['once '], end: 'stall' });
    const asked = textOf(on.endpoint('llm', { firstMsMax: 700, wholeMsMax: 9_000 }));
    await until(() => on.metrics.values.has('offhook_endpoint_first_seconds/llm'));
    on.clock.advance(8_999);
    on.clock.advance(1);
    await assert.rejects(asked, { code: 'PROVIDER_TIMEOUT', message: /whole answer .* 9000 ms/ });
  }));

test('an answer that breaks off is asked for again only if nothing of it had come', () =>
  trial(async (on) => {
    on.server.willChat({ pieces: ['once '], end: 'cut' });
    await assert.rejects(textOf(on.endpoint('llm')), { code: 'PROVIDER_UNREACHABLE' });
    assert.equal(on.server.requests.length, 1);
    on.server.willChat({ end: 'cut' }, { pieces: ['whole'] });
    const asked = textOf(on.endpoint('llm'));
    await until(() => on.log.lines.length === 1);
    on.clock.advance(250);
    assert.equal(await asked, 'whole');
  }));

test('a server that is not there is told of as such', () =>
  trial(async (on) => {
    const endpoint = on.endpoint('tts', { baseUrl: 'http://127.0.0.1:1/v1', retriesMax: 0 });
    await assert.rejects(textOf(endpoint), {
      code: 'PROVIDER_UNREACHABLE',
      message: /^tts: .*reached/,
    });
  }));

test('an answer that is too long is cut off', () =>
  trial(async (on) => {
    on.server.willChat({ pieces: Array<string>(20).fill('x'.repeat(100)), end: 'stall' });
    await assert.rejects(textOf(on.endpoint('llm')), { code: 'PROVIDER_OVERFLOW' });
    await until(() => on.server.abandonedCount === 1);
    assert.equal(on.metrics.values.get('offhook_limits_total/llm_answer'), 1);
  }));

test('whoever is cancelled ends the request, also between two attempts', () =>
  trial(async (on) => {
    on.server.willChat({ pieces: ['once '], end: 'stall' }, refused(503));
    const leaving = new AbortController();
    const asked = textOf(on.endpoint('llm'), leaving.signal);
    await until(() => on.metrics.values.has('offhook_endpoint_first_seconds/llm'));
    leaving.abort();
    await assert.rejects(asked, { name: 'AbortError' });
    await until(() => on.server.abandonedCount === 1);
    assert.ok(on.metrics.values.has('offhook_endpoint_seconds/llm/aborted'));
    const other = new AbortController();
    const askedAgain = textOf(on.endpoint('llm'), other.signal);
    await until(() => on.log.lines.length === 1);
    other.abort();
    await assert.rejects(askedAgain, { name: 'AbortError' });
    assert.equal(on.clock.pendingCount, 0);
  }));
