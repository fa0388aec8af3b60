import { z } from 'zod';
import { trustLevels } from '../runtime/trust.ts';
import { parametersFault } from './declared-arguments.ts';
import { chosenKey, optionalText, secret, wholeNumber } from './fields.ts';

/** What Asterisk is told to do with a caller who is handed on; `asterisk/` takes it apart. */
const nextStep = z
  .string()
  .regex(
    /^(?:hangup|dial:[\w-]+|goto:[\w+*#.-]+,[\w+*#.-]+,[\w+*#.-]+)$/,
    'goto:CONTEXT,EXTENSION,PRIORITY, dial:KEY or hangup',
  );

const destination = z.union(
  [
    nextStep.transform((to) => ({ to, description: null })),
    z.strictObject({
      to: nextStep.describe('Where it leads.'),
      description: optionalText('What a model is told of it, so that it can choose.', 200),
    }),
  ],
  'goto:CONTEXT,EXTENSION,PRIORITY, dial:KEY or hangup, or {to, description} with one of them',
);

/** `directory`. */
export const directory = z
  .record(chosenKey, destination)
  .prefault({})
  .describe(
    'Where callers can be sent, by a key that an agent may name: ' +
      'goto:CONTEXT,EXTENSION,PRIORITY of the dialplan, or dial:KEY which the dialplan ' +
      'knows; or {to, description}, which tells the model when to choose it. Numbers from a ' +
      'model are never dialled.',
  );

/** `voicemail`. */
export const voicemail = z
  .strictObject({
    destination: chosenKey
      .nullable()
      .default(null)
      .describe('The key of directory that leave_voicemail leads to. null: it is not offered.'),
  })
  .prefault({})
  .describe('Where callers leave messages.');

const address = (description: string) =>
  z.email().max(254).nullable().default(null).describe(description);

/** `mail`. */
export const mail = z
  .strictObject({
    host: optionalText('The SMTP server. null: no mail, and no tool that needs it.', 255),
    port: wholeNumber(587, [1, 65_535], 'Its port.'),
    security: z
      .enum(['tls', 'starttls', 'none'])
      .default('starttls')
      .describe('tls: from the first byte, as on port 465. starttls: or no mail. none: in clear.'),
    user: optionalText('Who we are there. null: nobody in particular.'),
    password: secret('The password of user.'),
    from: address('The sender of our mails.'),
    operator_address: address('Who gets what goes to the operator.'),
    step_timeout_ms: wholeNumber(10_000, [100, 60_000], 'How long the server may be silent.'),
  })
  .prefault({})
  .describe('How mails are sent.');

const shared = {
  description: z.string().trim().min(1).max(1_000).describe('What a model is told of it.'),
  parameters: z
    .record(z.string(), z.unknown())
    .superRefine((parameters, { addIssue }) => {
      const message = parametersFault(parameters);
      if (message !== null) addIssue({ code: 'custom', message });
    })
    .prefault({ type: 'object', properties: {} })
    .describe('JSON Schema of an object of plain values: what the model must give.'),
  timeout_ms: wholeNumber(5_000, [100, 60_000], 'The longest a caller waits for it.'),
  min_trust: z
    .enum(trustLevels)
    .default('verified')
    .describe('Callers we are less sure of cannot use it.'),
};

const httpTool = z.strictObject({
  kind: z.literal('http').describe('A request to an HTTP server.'),
  ...shared,
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET').describe('Its method.'),
  url: z
    .string()
    .max(2_000)
    .regex(/^https?:\/\/[^/?#{}@\s]+(?:[/?][^\s#]*)?$/, 'a URL without {} in its host')
    .describe('Its URL; {name} in the path or query becomes that parameter, encoded.'),
  headers: z
    .record(
      z.string().regex(/^[\w-]{1,100}$/),
      z
        .string()
        .regex(/^[^\r\n]{0,4000}$/)
        .meta({ writeOnly: true }),
    )
    .prefault({})
    .describe('Headers; a secret comes from a variable of the environment.'),
  body: z
    .array(z.string().max(64))
    .max(64)
    .prefault([])
    .describe('Parameters that are sent as a JSON body.'),
  result: optionalText('The part of the JSON answer that the model gets, as in data.items.', 200),
  allow_private: z
    .boolean()
    .default(false)
    .describe('Its host may be of your own network, and may speak plain http.'),
  repeatable: z
    .boolean()
    .nullable()
    .default(null)
    .describe('Running it twice does no harm. null: yes for GET, no for others.'),
});

const sqlTool = z.strictObject({
  kind: z.literal('sql').describe('A question to the database.'),
  ...shared,
  statement: z
    .string()
    .trim()
    .max(10_000)
    .regex(/^select\s[^;]*$/i, 'one SELECT without ;')
    .describe('One SELECT, also of a function; :name is bound to that parameter.'),
  rows_max: wholeNumber(50, [1, 1_000], 'Rows that the model gets.'),
});

/** `http_tools`. */
export const httpTools = z
  .strictObject({
    allowed_hosts: z
      .array(z.hostname().toLowerCase())
      .max(1_000)
      .nullable()
      .default(null)
      .describe('The hosts that tools of kind http may name in their url. null: every one.'),
  })
  .prefault({})
  .describe('What holds for every tool of kind http in own_tools.');

/** `own_tools`. */
export const declaredTools = z
  .record(chosenKey, z.discriminatedUnion('kind', [httpTool, sqlTool]))
  .prefault({})
  .describe('Tools of your own, by name: of kind http or sql. See docs/tools.md.');

export type HttpToolSettings = z.output<typeof httpTool>;
export type SqlToolSettings = z.output<typeof sqlTool>;
