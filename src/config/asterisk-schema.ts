import { z } from 'zod';
import { trustLevels } from '../runtime/trust.ts';
import { chosenKey, optionalText, secret, wholeNumber } from './fields.ts';

/** What `Dial()` would take: a technology and what it knows, such as `PJSIP/kitchen`. */
const endpoint = z
  .string()
  .regex(/^[A-Za-z]\w*\/[\w@.:+/-]{1,128}$/, 'TECHNOLOGY/RESOURCE, such as PJSIP/kitchen');

const ari = z
  .strictObject({
    url: optionalText(
      "Asterisk's HTTP server, such as http://127.0.0.1:8088/ari. null: Asterisk is not " +
        'controlled, and attended_transfer is offered to nobody.',
    ),
    user: z.string().trim().min(1).max(64).default('offhook').describe('A user of ari.conf.'),
    password: secret('Their password.'),
    app: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'letters, digits, _ and -')
      .default('offhook')
      .describe('The name that the dialplan gives to Stasis(). One gateway each.'),
    media_address: optionalText(
      'HOST:PORT at which Asterisk reaches our AudioSocket port. null: audiosocket.host and port.',
    ),
    request_timeout_ms: wholeNumber(5_000, [100, 60_000], 'How long a request may take.'),
    ring_timeout_s: wholeNumber(30, [1, 300], 'How long a called telephone rings.'),
    briefing_max_s: wholeNumber(
      90,
      [5, 600],
      'How long somebody who was called may take to decide whether they take over.',
    ),
    caller_id: optionalText(
      'What a called telephone shows, such as "Offhook" <600>. null: what Asterisk says.',
    ),
    min_trust: z
      .enum(trustLevels)
      .default('anonymous')
      .describe('Callers we are less sure of are not put through.'),
    endpoints: z
      .record(chosenKey, endpoint)
      .prefault({})
      .describe(
        'The telephones of keys of the directory: who can be asked whether they take over a ' +
          'call. Numbers from a model are never dialled.',
      ),
  })
  .prefault({})
  .describe("Asterisk's REST Interface.");

export const asterisk = z
  .strictObject({ ari })
  .prefault({})
  .describe('How Asterisk is controlled, besides its dialplan.');
