import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import { seededRandom } from '../../runtime/random.ts';
import { operator } from '../auth/principal.ts';
import { Tickets, ticketMsMax } from './tickets.ts';

function makeTickets() {
  const clock = new VirtualClock();
  return { clock, tickets: new Tickets({ clock, random: seededRandom(1) }) };
}

test('a ticket lets its buyer in once', () => {
  const { tickets } = makeTickets();
  const ticket = tickets.issue(operator);
  assert.equal(tickets.redeem(`${ticket}x`), null);
  assert.equal(tickets.redeem(ticket), operator);
  assert.equal(tickets.redeem(ticket), null);
});

test('a ticket is good for a minute', () => {
  const { clock, tickets } = makeTickets();
  const [first, second] = [tickets.issue(operator), tickets.issue(operator)];
  clock.advance(ticketMsMax - 1);
  assert.equal(tickets.redeem(first), operator);
  clock.advance(1);
  assert.equal(tickets.redeem(second), null);
});

test('so many tickets wait at most, and old ones make room', () => {
  const { clock, tickets } = makeTickets();
  for (let count = 0; count < 1_000; count += 1) tickets.issue(operator);
  const isLimited = (error: unknown) =>
    error instanceof GatewayError && error.code === 'RATE_LIMITED';
  assert.throws(() => tickets.issue(operator), isLimited);
  clock.advance(ticketMsMax);
  assert.equal(tickets.redeem(tickets.issue(operator)), operator);
});
