import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError, messageOf } from '../../runtime/errors.ts';
import { type Role, roles } from '../../runtime/role.ts';
import type { Principal } from './principal.ts';
import { refused } from './refusal.ts';

/** Somebody whose tokens are taken; the names of a section of `api.auth.issuers`. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly audience: string;
  /** One of the two is set. */
  readonly jwks_url: string | null;
  readonly secret: string | null;
  /** For keys of `jwks_url`; a secret is for HS256 alone. */
  readonly algorithms: readonly string[];
  readonly clock_tolerance_s: number;
  readonly claims: {
    readonly subject: string;
    readonly organisation: string;
    readonly role: string;
  };
  readonly default_role: Role;
  readonly default_organisation: string | null;
}

/** Checks JSON Web Tokens. */
export interface Issuers {
  /**
   * Who bears `token`. Throws `UNAUTHENTICATED`, or `ISSUER_UNREACHABLE` when the keys to check it
   * by cannot be had.
   */
  check(token: string): Promise<Principal>;
}

/** A key set is asked for anew after this at the latest: a key that was withdrawn is refused. */
const keySetMsMax = 600_000;
/** A token of an unknown key makes us ask no more often: strangers can make up such tokens. */
const keySetMsMin = 30_000;
const fetchMsMax = 5_000;
const uuidShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Jose = typeof import('jose');

/** An issuer with the keys of the one kind that it has. */
interface Opened {
  readonly name: string;
  readonly settings: IssuerSettings;
  readonly algorithms: readonly string[];
  readonly keyFor: JWTVerifyGetKey;
}

/** Nothing is fetched before the first token. */
export async function openIssuers(
  issuers: Readonly<Record<string, IssuerSettings>>,
  clock: Clock,
): Promise<Issuers> {
  // 20 ms of the start for those who need it.
  const jose = await import('jose');
  const opened = Object.entries(issuers).map(([name, settings]) => open(name, settings, jose));
  return {
    async check(token) {
      const candidates = candidatesFor(token, opened, jose);
      let failure = refused('issuer', 'no configured issuer signs tokens like this one');
      for (const candidate of candidates) {
        try {
          return await principalBy(candidate, { token, atEpochMs: clock.epochMs(), jose });
        } catch (error) {
          // One issuer may have two entries while its keys are changed.
          if (!(error instanceof GatewayError)) throw error;
          failure = error;
        }
      }
      throw failure;
    },
  };
}

function open(name: string, settings: IssuerSettings, jose: Jose): Opened {
  const { algorithms, jwks_url: url, secret } = settings;
  if (url !== null) {
    const keyFor = jose.createRemoteJWKSet(new URL(url), {
      cacheMaxAge: keySetMsMax,
      cooldownDuration: keySetMsMin,
      timeoutDuration: fetchMsMax,
    });
    return { name, settings, algorithms, keyFor };
  }
  const key = new TextEncoder().encode(secret ?? '');
  return { name, settings, algorithms: ['HS256'], keyFor: async () => key };
}

/**
 * The issuers that a token names and whose keys are of its kind. Nothing of it is believed yet: it
 * only says by which keys it wants to be checked, and no public key is ever taken for a secret.
 */
function candidatesFor(token: string, opened: readonly Opened[], jose: Jose): readonly Opened[] {
  try {
    const { alg } = jose.decodeProtectedHeader(token);
    const { iss } = jose.decodeJwt(token);
    return opened.filter(
      ({ algorithms, settings }) => settings.issuer === iss && algorithms.includes(alg ?? ''),
    );
  } catch (error) {
    throw refused('token', 'this is neither an API key nor a JSON Web Token', error);
  }
}

async function principalBy(
  { algorithms, keyFor, name, settings }: Opened,
  { token, atEpochMs, jose }: { token: string; atEpochMs: number; jose: Jose },
): Promise<Principal> {
  const options: JWTVerifyOptions = {
    algorithms: [...algorithms],
    issuer: settings.issuer,
    audience: settings.audience,
    clockTolerance: settings.clock_tolerance_s,
    currentDate: new Date(atEpochMs),
    requiredClaims: ['exp'],
  };
  const keys = keysOr(keyFor, name);
  const { payload } = await jose.jwtVerify<JWTPayload>(token, keys, options).catch((error) => {
    throw error instanceof GatewayError ? error : refusalOf(error, jose);
  });
  return principalIn(payload, settings);
}

/** What goes wrong in fetching keys says nothing of the token. */
function keysOr(keyFor: JWTVerifyGetKey, name: string): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keyFor(header, token);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (saysNoOfKey.has(String(code))) throw error;
      const message = `the keys of issuer ${name} cannot be had: ${messageOf(error)}`;
      throw new GatewayError('ISSUER_UNREACHABLE', message, { issuer: name }, error);
    }
  };
}

/** Codes of jose: the key set is there and has no key for this token. */
const saysNoOfKey = new Set([
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWK_INVALID',
]);

function refusalOf(error: unknown, { errors }: Jose): GatewayError {
  if (error instanceof errors.JWTExpired) return refused('expired', 'the token has expired', error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused('claims', `the token is not for here: claim ${error.claim}`, error);
  }
  if (error instanceof errors.JOSEError) {
    return refused('signature', 'the signature of the token is not right', error);
  }
  throw error;
}

function principalIn(payload: JWTPayload, settings: IssuerSettings): Principal {
  const { claims, default_organisation, default_role } = settings;
  const id = textAt(payload, claims.subject);
  if (id === undefined) throw refused('claims', `the token has no claim ${claims.subject}`);
  const organisationId =
    textAt(payload, claims.organisation)?.toLowerCase() ?? default_organisation;
  if (organisationId === null || !uuidShape.test(organisationId)) {
    const message = `the token names no organisation by its UUID at ${claims.organisation}`;
    throw refused('claims', message);
  }
  const named = textAt(payload, claims.role) ?? default_role;
  const role = roles.find((each) => each === named);
  if (role === undefined) {
    throw refused('claims', `the token names none of ${roles.join(', ')} at ${claims.role}`);
  }
  return { kind: 'user', id, organisationId, role, trust: 'verified' };
}

/** The text at a claim of that very name, or else at a path through objects. */
function textAt(payload: JWTPayload, name: string): string | undefined {
  const whole = Object.hasOwn(payload, name) ? payload[name] : undefined;
  const found =
    whole ??
    name.split('.').reduce<unknown>((value, key) => {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
      return Reflect.get(value, key);
    }, payload);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
