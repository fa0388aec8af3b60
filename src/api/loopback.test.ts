import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLoopbackListen, loopbackObjection, type RequestOrigin } from './loopback.ts';

const localPort = 8787;

function objection(
  headers: RequestOrigin['headers'] = {},
  request: Partial<Omit<RequestOrigin, 'headers'>> = {},
): string | null {
  const found = loopbackObjection({
    method: 'GET',
    peerAddress: '127.0.0.1',
    localPort,
    takesForms: false,
    ...request,
    headers: { host: '127.0.0.1:8787', ...headers },
  });
  return found === null ? null : found.rule;
}

test('[O3] a plain request from this machine is let in, by every name of it', () => {
  for (const host of ['127.0.0.1:8787', 'localhost:8787', 'LOCALHOST:8787', '[::1]:8787']) {
    assert.equal(objection({ host }), null, host);
  }
  assert.equal(objection({ host: 'localhost' }, { localPort: 80 }), null);
});

test('[O3] only loopback peers are let in', () => {
  for (const peerAddress of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
    assert.equal(objection({}, { peerAddress }), null, peerAddress);
  }
  const others = ['10.0.0.7', '::ffff:10.0.0.7', '128.0.0.1', 'fe80::1', '::', 'unknown'];
  for (const peerAddress of [...others, '127.0.0.1.evil.test', '1127.0.0.1']) {
    assert.equal(objection({}, { peerAddress }), 'peer', peerAddress);
  }
});

test('[O3] a name that was rebound to 127.0.0.1 is not a known host', () => {
  const hosts = ['evil.test', 'evil.test:8787', '127.0.0.1.evil.test:8787', 'localhost.evil:8787'];
  const odd = [
    '127.0.0.1',
    '127.0.0.1:80',
    '127.0.0.1:8788',
    '0.0.0.0:8787',
    '',
    'x@127.0.0.1:8787',
  ];
  for (const host of [...hosts, ...odd]) assert.equal(objection({ host }), 'host', host);
});

test('[O3] a request that came through a proxy is not from this machine', () => {
  const headers = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'];
  for (const name of headers) assert.equal(objection({ [name]: '127.0.0.1' }), 'forwarded', name);
});

test('[O3] pages of another origin are refused, those of ours are not', () => {
  const foreign = ['https://evil.test', 'http://localhost:3000', 'https://127.0.0.1:8787', 'null'];
  for (const origin of [...foreign, 'http://127.0.0.1:8787.evil.test']) {
    assert.equal(objection({ origin }), 'origin', origin);
  }
  assert.equal(objection({ origin: 'http://127.0.0.1:8787' }), null);
  for (const site of ['cross-site', 'same-site']) {
    assert.equal(objection({ 'sec-fetch-site': site }), 'origin', site);
  }
  assert.equal(objection({ 'sec-fetch-site': 'same-origin' }), null);
  assert.equal(objection({ 'sec-fetch-site': 'none' }), null);
});

test('[O3] a body that any page may send unasked is refused', () => {
  const types = ['text/plain', 'multipart/form-data; boundary=x', 'TEXT/PLAIN;charset=utf-8'];
  for (const type of [...types, 'application/x-www-form-urlencoded']) {
    const headers = { 'content-type': type };
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      assert.equal(objection(headers, { method }), 'content-type', `${method} ${type}`);
    }
  }
  assert.equal(objection({ 'content-type': 'application/json' }, { method: 'POST' }), null);
});

test('[O3] a form is let in where Asterisk posts it, unless a browser sent it', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const route = { method: 'POST', takesForms: true };
  assert.equal(objection(form, route), null);
  for (const mark of [
    { origin: 'http://127.0.0.1:8787' },
    { referer: 'https://evil.test/' },
    { 'sec-fetch-site': 'none' },
  ]) {
    assert.equal(objection({ ...form, ...mark }, route), 'content-type', Object.keys(mark)[0]);
  }
  assert.equal(objection({ 'content-type': 'text/plain' }, route), 'content-type');
});

test('[O3] an address that others can reach is refused, with what cures it', () => {
  for (const host of ['127.0.0.1', '::1', '[::1]', 'localhost']) assertLoopbackListen(host);
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'gateway.example', '']) {
    assert.throws(() => assertLoopbackListen(host), {
      code: 'LISTEN_UNSAFE',
      message: /api\.host: 127\.0\.0\.1/,
    });
  }
});
