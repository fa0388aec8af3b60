import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeError, vendorError, verdictOn } from './errors.ts';

const closed = { code: 1006, reason: '' };

test('a refusal at open says whether another try can help', () => {
  const quota = JSON.stringify({ error: { code: 'insufficient_quota', message: 'No money.' } });
  const cases = [
    [429, '', 'PROVIDER_RATE_LIMITED', true],
    [429, quota, 'PROVIDER_QUOTA', false],
    [401, '{"error":{"code":"invalid_api_key"}}', 'PROVIDER_REFUSED', false],
    [403, '<html>', 'PROVIDER_REFUSED', false],
    [404, '{"error":{"code":"model_not_found"}}', 'PROVIDER_REFUSED', false],
    [500, '{"error":"odd"}', 'PROVIDER_UNREACHABLE', true],
    [503, '', 'PROVIDER_UNREACHABLE', true],
  ] as const;
  for (const [httpStatus, httpBody, code, isRetryable] of cases) {
    const error = closeError({ ...closed, httpStatus, httpBody });
    assert.equal(error.code, code, `HTTP ${httpStatus} ${httpBody}`);
    assert.equal(error.retryable, isRetryable);
    assert.equal(Object(error.details).httpStatus, httpStatus);
  }
});

test('a close code says whether another try can help', () => {
  const cases = [
    [1000, true],
    [1001, true],
    [1006, true],
    [1011, true],
    [1012, true],
    [1002, false],
    [1008, false],
    [4000, false],
  ] as const;
  for (const [code, isRetryable] of cases) {
    assert.equal(closeError({ code, reason: '' }).retryable, isRetryable, String(code));
  }
});

test('harmless, passing and final errors of the vendor are told apart', () => {
  const cases = [
    ['response_cancel_not_active', 'ignore', 'PROVIDER_PROTOCOL'],
    ['input_audio_buffer_commit_empty', 'ignore', 'PROVIDER_PROTOCOL'],
    ['invalid_tool_call_id', 'warn', 'PROVIDER_PROTOCOL'],
    ['server_error', 'warn', 'PROVIDER_UNREACHABLE'],
    ['rate_limit_exceeded', 'warn', 'PROVIDER_RATE_LIMITED'],
    ['session_expired', 'end', 'PROVIDER_SESSION_EXPIRED'],
    ['invalid_api_key', 'end', 'PROVIDER_REFUSED'],
    ['billing_hard_limit_reached', 'end', 'PROVIDER_QUOTA'],
    ['beta_api_shape_disabled', 'end', 'PROVIDER_PROTOCOL'],
    ['constructor', 'warn', 'PROVIDER_PROTOCOL'],
  ] as const;
  for (const [code, effect, ours] of cases) {
    assert.deepEqual(verdictOn({ code }), { effect, code: ours }, code);
  }
  assert.equal(verdictOn({ type: 'server_error', code: null }).code, 'PROVIDER_UNREACHABLE');
});

test("a vendor's message is kept, cut to a bounded length", () => {
  const error = vendorError({ code: 'server_error', message: 'x'.repeat(10_000) });
  assert.ok(error.message.length < 500);
  assert.deepEqual(error.details, { vendorCode: 'server_error' });
});
