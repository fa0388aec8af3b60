import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressRanges, isAddressOrCidr, isLoopbackHost } from './address-ranges.ts';

test('a range holds its addresses and no others', () => {
  const ranges = addressRanges(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32']);
  for (const address of ['192.0.2.1', '198.51.100.7', '2001:db8:1::1', '::ffff:192.0.2.9']) {
    assert.ok(ranges.holds(address), address);
  }
  for (const address of [
    '192.0.3.1',
    '198.51.100.8',
    '2001:db9::',
    'unknown',
    '',
    '192.0.2.1:80',
  ]) {
    assert.ok(!ranges.holds(address), address);
  }
  assert.ok(!addressRanges([]).holds('127.0.0.1'));
});

test('what is neither an address nor a range is refused', () => {
  for (const entry of ['', 'host.example', '10.0.0.0/33', '::/129', '10.0.0.0/', '1.2.3.4/8/8']) {
    assert.ok(!isAddressOrCidr(entry), entry);
    assert.throws(() => addressRanges([entry]), { code: 'CONFIG_INVALID' });
  }
});

test('loopback is known in every way that it is written', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST']) {
    assert.ok(isLoopbackHost(host), host);
  }
  for (const host of ['128.0.0.1', '::2', '10.0.0.1', 'localhost.example']) {
    assert.ok(!isLoopbackHost(host), host);
  }
});
