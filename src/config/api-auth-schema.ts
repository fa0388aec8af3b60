import { z } from 'zod';
import { roles } from '../runtime/role.ts';
import { chosenKey, optionalText, secret, wholeNumber } from './fields.ts';

/** Public keys only: a set of keys that anybody can read cannot hold a shared secret. */
export const publicKeyAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
] as const;

const claim = (initial: string, description: string) =>
  z.string().min(1).max(200).default(initial).describe(description);

const claims = z
  .strictObject({
    subject: claim('sub', 'Who it is.'),
    organisation: claim('app_metadata.organisation_id', 'The UUID of their organisation.'),
    role: claim('app_metadata.role', `One of ${roles.join(', ')}.`),
  })
  .prefault({})
  .describe(
    'Where a token says what: the name of a claim, or a path such as app_metadata.role. Name ' +
      'only claims that users cannot write themselves: at Supabase not those of user_metadata.',
  );

const issuer = z.strictObject({
  issuer: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .describe(
      'The claim iss, letter for letter. Supabase: https://PROJECT.supabase.co/auth/v1. Others ' +
        'name it at /.well-known/openid-configuration.',
    ),
  audience: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .describe('What the claim aud must hold. Supabase: authenticated.'),
  jwks_url: optionalText(
    'Where its public keys are, as JWKS: https:// (or http:// on this machine). Supabase: ' +
      'https://PROJECT.supabase.co/auth/v1/.well-known/jwks.json.',
  ),
  secret: secret('In the place of jwks_url: the shared secret of HS256, 32 characters or more.'),
  algorithms: z
    .array(z.enum(publicKeyAlgorithms))
    .min(1)
    .max(publicKeyAlgorithms.length)
    .prefault(['RS256', 'ES256', 'EdDSA'])
    .describe('Signatures that are taken by keys of jwks_url. By secret it is HS256 alone.'),
  clock_tolerance_s: wholeNumber(
    30,
    [0, 300],
    'By how much its clock and ours may differ when exp and nbf are judged.',
  ),
  claims,
  default_role: z
    .enum(roles)
    .default('EMPLOYEE')
    .describe('For tokens that name no role. A role that there is not is refused.'),
  default_organisation: z
    .guid()
    .toLowerCase()
    .nullable()
    .default(null)
    .describe(
      'For tokens that name no organisation, such as 00000000-0000-4000-8000-000000000001, the ' +
        'one that every installation has. null: they are refused.',
    ),
});

/** `api.auth`. */
export const apiAuth = z
  .strictObject({
    mode: z
      .enum(['loopback', 'required'])
      .default('loopback')
      .describe(
        'loopback: without credentials, and from programs on this machine only; web pages and ' +
          'proxies are turned away. required: from anywhere, with an API key (`offhook keys ' +
          'create`) or a token of one of issuers; all but /healthz and /readyz.',
      ),
    issuers: z
      .record(chosenKey, issuer)
      .prefault({})
      .describe('Whose JSON Web Tokens are taken in mode required, by a name of your choice.'),
    failures_per_minute_max: wholeNumber(
      30,
      [1, 100_000],
      'Wrong credentials of one address in a minute; then it waits for the rest of it.',
    ),
  })
  .prefault({})
  .describe('Who may use the HTTP API.');
