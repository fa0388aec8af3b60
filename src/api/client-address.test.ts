import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressRanges } from '../runtime/address-ranges.ts';
import { clientAddress, networkOf } from './client-address.ts';

const proxies = addressRanges(['10.0.0.0/8', '2001:db8:a::/48']);
const of = (peer: string, forwardedFor: string) =>
  clientAddress(peer, { 'x-forwarded-for': forwardedFor }, proxies);

test('[O3] nobody is believed unless the operator says whom', () => {
  const nobody = addressRanges([]);
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  for (const peer of ['127.0.0.1', '10.0.0.1', '::1', 'unknown']) {
    assert.equal(clientAddress(peer, headers, nobody), peer);
  }
  assert.equal(clientAddress('10.0.0.1', {}, proxies), '10.0.0.1');
});

test('[O3] the header is read from the right, through trusted hops alone', () => {
  assert.equal(of('10.0.0.1', '203.0.113.9'), '203.0.113.9');
  assert.equal(of('10.0.0.1', '198.51.100.1, 203.0.113.9'), '203.0.113.9');
  assert.equal(of('10.0.0.1', '198.51.100.1, 203.0.113.9, 10.2.2.2'), '203.0.113.9');
  assert.equal(of('::ffff:10.0.0.1', '203.0.113.9'), '203.0.113.9');
  assert.equal(of('2001:db8:a::1', '[2001:db8:b::7]:443,10.0.0.9'), '2001:db8:b::7');
  assert.equal(of('10.0.0.1', '203.0.113.9:51234'), '203.0.113.9');
  assert.equal(of('198.51.100.1', '203.0.113.9'), '198.51.100.1');
});

test('[O3] what is no address stops the reading at the proxy that wrote it', () => {
  for (const odd of ['unknown', '', ' ', '_hidden', 'x'.repeat(10_000), '1.2.3', '[::1']) {
    assert.equal(of('10.0.0.1', `203.0.113.9, ${odd}`), '10.0.0.1');
    assert.equal(of('10.0.0.1', `203.0.113.9, ${odd}, 10.3.3.3`), '10.3.3.3');
  }
});

test('[O3] nothing that a client writes changes who it is', () => {
  const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constant('10.1.1.1'));
  fc.assert(
    fc.property(fc.array(hop), (own) => {
      assert.equal(of('10.0.0.1', [...own, '203.0.113.9', '10.2.2.2'].join(',')), '203.0.113.9');
      assert.equal(of('203.0.113.9', own.join(',')), '203.0.113.9');
    }),
  );
});

test('of IPv6 a limit means the /64, of IPv4 the address', () => {
  assert.equal(networkOf('2001:db8::1'), networkOf('2001:db8::ffff:1'));
  assert.notEqual(networkOf('2001:db8:0:1::1'), networkOf('2001:db8::1'));
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7');
  assert.equal(networkOf('::ffff:192.0.2.7'), '::ffff:192.0.2.7');
});
