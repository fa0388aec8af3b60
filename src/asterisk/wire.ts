/** What the dialplan says to us before a call, and what it is told after it. */
import { z } from 'zod';
import { GatewayError } from '../runtime/errors.ts';
import { trustLevels } from '../runtime/trust.ts';
import type { CallInfo } from '../transports/transport.ts';

/** A number or name as the dialplan has it; longer ones are no numbers. */
const numberLengthMax = 64;
const keyLengthMax = 64;
const variablesMax = 32;
const variableLengthMax = 1000;

const key = z
  .string()
  .regex(/^[\w-]+$/, 'letters, digits, _ and -')
  .max(keyLengthMax);

/** In any letters; it goes on in small ones. */
export const uuidText = z
  .guid('a UUID, such as 40325ec2-5efd-4bd3-805f-53576e581d13')
  .toLowerCase();
const number = z.string().max(numberLengthMax);

/**
 * The body of `POST /asterisk/calls`. `CALLERID(num)` of an anonymous caller is empty, hence an
 * empty text means that the field was left out.
 */
export const callAnnouncement = z.preprocess(
  withoutEmptyTexts,
  z.strictObject({
    uuid: uuidText,
    callerNumber: number.exactOptional(),
    dialledNumber: number.exactOptional(),
    persona: key.exactOptional(),
    provider: key.exactOptional(),
    organisationId: uuidText.exactOptional(),
    variables: z
      .record(key, z.string().max(variableLengthMax), {
        error: ({ code }) =>
          code === 'invalid_key'
            ? `a name of letters, digits, _ and -, at most ${keyLengthMax}`
            : undefined,
      })
      .refine((variables) => Object.keys(variables).length <= variablesMax, {
        error: `at most ${variablesMax} variables`,
      })
      .default({}),
  }),
);

/**
 * The query of `POST /asterisk/calls`: how sure of the caller the dialplan is, because it asked
 * for a PIN. Not in the body, where the dialplan writes what the caller's network says.
 */
export const announcementQuery = z.strictObject({ trust: z.enum(trustLevels).exactOptional() });

export type CallAnnouncement = z.output<typeof callAnnouncement> & Pick<CallInfo, 'announcedTrust'>;

/**
 * The fields of a form post (`CURL()` sends `application/x-www-form-urlencoded` by itself) in the
 * shape that `callAnnouncement` parses. A variable is written `variables[table]=4` or
 * `var_table=4`.
 */
export function announcementOfForm(form: string): unknown {
  const fields: Record<string, unknown> = {};
  const variables: [string, string][] = [];
  for (const [name, value] of new URLSearchParams(form)) {
    const variable = /^(?:variables\[(.*)\]|var_(.*))$/.exec(name);
    if (variable) variables.push([variable[1] ?? variable[2] ?? '', value]);
    else fields[name] = value;
  }
  return { ...fields, variables: Object.fromEntries(variables) };
}

/** Where the dialplan shall take the caller when the agent has let go. */
export type NextStep =
  | { readonly type: 'hangup' }
  | {
      readonly type: 'goto';
      readonly context: string;
      readonly extension: string;
      readonly priority: string;
    }
  /** A key of the directory, which the dialplan knows how to dial: never a number. */
  | { readonly type: 'dial'; readonly key: string };

/**
 * The plain text that `GET /asterisk/calls/{uuid}/next` answers; the dialplan takes it apart by
 * `CUT`.
 */
export function encodeNextStep(next: NextStep): string {
  if (next.type === 'goto') return `goto:${next.context},${next.extension},${next.priority}`;
  return next.type === 'dial' ? `dial:${next.key}` : 'hangup';
}

/**
 * A next step as the operator writes it in the configuration. Throws `CONFIG_INVALID`. What would
 * mean something to the dialplan's parser (`$`, brackets, commas, colons, `&`) is no part of a
 * name.
 */
export function parseNextStep(text: string): NextStep {
  const name = String.raw`([\w+*#.-]+)`;
  const [, context, extension, priority] =
    new RegExp(`^goto:${name},${name},${name}$`).exec(text) ?? [];
  if (context && extension && priority) return { type: 'goto', context, extension, priority };
  const [, dialKey] = /^dial:([\w-]+)$/.exec(text) ?? [];
  if (dialKey) return { type: 'dial', key: dialKey };
  if (text === 'hangup') return { type: 'hangup' };
  const message = `"${text}" is none of hangup, goto:CONTEXT,EXT,PRI and dial:KEY`;
  throw new GatewayError('CONFIG_INVALID', message, { text });
}

function withoutEmptyTexts(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''));
}
