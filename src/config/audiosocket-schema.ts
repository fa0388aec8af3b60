import { z } from 'zod';
import { addressOrCidr, listenPort, loopbackHost, wholeNumber, yesOrNo } from './fields.ts';

/** `audiosocket`. */
export const audiosocket = z
  .strictObject({
    format: z
      .enum(['slin', 'slin16', 'slin24', 'slin48', 'ulaw', 'alaw'])
      .default('slin')
      .describe(
        'What kind 0x10 of the protocol holds and what we send. slin (16-bit samples, 8 kHz) ' +
          'for the dialplan application AudioSocket(); the channel driver sends what its c() ' +
          'option says.',
      ),
    host: loopbackHost('The address to listen on for Asterisk.'),
    port: listenPort(9092, 'The port to listen on.'),
    require_registered: yesOrNo(
      false,
      'Take only calls that POST /asterisk/calls announced within the last 30 seconds.',
    ),
    allow: z
      .array(addressOrCidr)
      .max(1000)
      .prefault([])
      .describe(
        'Addresses that may connect, such as 192.0.2.7 or 2001:db8::/32. Empty: this machine ' +
          'only. The protocol has no password: name your Asterisk and nobody else.',
      ),
    uuid_timeout_ms: wholeNumber(
      2_000,
      [100, 60_000],
      'From connecting to the last byte of the UUID.',
    ),
    waiting_max: wholeNumber(
      1_024,
      [1, 65_536],
      'Connections without a UUID yet, of all peers together.',
    ),
    peer_connections_max: wholeNumber(2_048, [1, 65_536], 'Connections of one address.'),
    peer_connections_per_s_max: wholeNumber(
      500,
      [1, 65_536],
      'New connections of one address in a second.',
    ),
    far_end_delay_ms: wholeNumber(
      0,
      [0, 5_000],
      'Audio that still waits beyond Asterisk, taken off what counts as heard when a caller ' +
        'cuts in.',
    ),
  })
  .prefault({})
  .describe('Calls from Asterisk by AudioSocket.');
