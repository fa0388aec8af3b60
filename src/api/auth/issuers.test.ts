import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import { defaultOrganisationId } from '../../store/store.ts';
import { type IssuerSettings, openIssuers } from './issuers.ts';

const organisation = '00000000-0000-4000-8000-00000000000a';
const sharedSecret = 'a-shared-secret-of-more-than-32-characters';
const issuer = 'https://project.supabase.co/auth/v1';
const clock = new VirtualClock();
const nowS = () => Math.floor(clock.epochMs() / 1_000);

const settings: IssuerSettings = {
  issuer,
  audience: 'authenticated',
  jwks_url: null,
  secret: null,
  algorithms: ['RS256', 'ES256', 'EdDSA'],
  clock_tolerance_s: 30,
  claims: {
    subject: 'sub',
    organisation: 'app_metadata.organisation_id',
    role: 'app_metadata.role',
  },
  default_role: 'EMPLOYEE',
  default_organisation: null,
};
const bySecret: IssuerSettings = { ...settings, secret: sharedSecret };

/** A set of public keys at a loopback address, that counts who asks for it. */
async function keySet(context: TestContext, keys: readonly CryptoKey[]) {
  const asked = { count: 0, status: 200 };
  const jwks = await Promise.all(
    keys.map(async (key, at) => ({ ...(await exportJWK(key)), kid: `k${at}` })),
  );
  const server = createServer((_request, response) => {
    asked.count += 1;
    response.writeHead(asked.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: jwks }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, jwks_url: `http://127.0.0.1:${port}/jwks.json` };
}

interface TokenOptions {
  readonly alg?: string;
  readonly kid?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly expiresInS?: number;
}

const metadata = { organisation_id: organisation, role: 'MANAGER' };

function tokenOf(
  key: CryptoKey | Uint8Array,
  { alg = 'HS256', kid = 'k0', claims = {}, expiresInS = 60 }: TokenOptions = {},
): Promise<string> {
  const exp = nowS() + expiresInS;
  const base = { iss: issuer, aud: 'authenticated', sub: 'user-1', app_metadata: metadata, exp };
  return new SignJWT({ ...base, ...claims }).setProtectedHeader({ alg, kid }).sign(key);
}

const secretKey = new TextEncoder().encode(sharedSecret);

async function reasonOf(checked: Promise<unknown>): Promise<unknown> {
  const thrown = await checked.then(
    () => assert.fail('it was let in'),
    (error) => error,
  );
  assert.ok(thrown instanceof GatewayError, String(thrown));
  return thrown.code === 'UNAUTHENTICATED' ? thrown.details['reason'] : thrown.code;
}

test('[O3] [V19] a token of Supabase says who it is, by public key or shared secret', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const { jwks_url } = await keySet(t, [publicKey]);
  const both = { current: { ...settings, jwks_url }, legacy: bySecret };
  const issuers = await openIssuers(both, clock);
  const expected = {
    kind: 'user',
    id: 'user-1',
    organisationId: organisation,
    role: 'MANAGER',
    trust: 'verified',
  };
  assert.deepEqual(await issuers.check(await tokenOf(privateKey, { alg: 'ES256' })), expected);
  assert.deepEqual(await issuers.check(await tokenOf(secretKey)), expected);
});

test('[O3] a token of another provider says it under configured names', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const { jwks_url } = await keySet(t, [publicKey]);
  const claims = { subject: 'email', organisation: 'https://x.test/org', role: 'realm.roles.main' };
  const issuers = await openIssuers({ oidc: { ...settings, jwks_url, claims } }, clock);
  const said = {
    email: 'a@x.test',
    'https://x.test/org': organisation.toUpperCase(),
    realm: { roles: { main: 'SYSTEM_ADMIN' } },
  };
  const { id, organisationId, role } = await issuers.check(
    await tokenOf(privateKey, { alg: 'RS256', claims: said }),
  );
  assert.deepEqual([id, organisationId, role], ['a@x.test', organisation, 'SYSTEM_ADMIN']);
});

test('[O3] a public key is never taken for a secret, nor none for a signature', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const { jwks_url } = await keySet(t, [publicKey]);
  const publicText = new TextEncoder().encode(await exportSPKI(publicKey));
  const publicOnly = await openIssuers({ a: { ...settings, jwks_url } }, clock);
  const both = await openIssuers({ a: { ...settings, jwks_url }, b: bySecret }, clock);
  const confused = await tokenOf(publicText);
  assert.equal(await reasonOf(publicOnly.check(confused)), 'issuer');
  assert.equal(await reasonOf(both.check(confused)), 'signature');
  const byPrivate = await tokenOf(privateKey, { alg: 'RS256' });
  const secretOnly = await openIssuers({ b: bySecret }, clock);
  assert.equal(await reasonOf(secretOnly.check(byPrivate)), 'issuer');
  const [, body] = byPrivate.split('.');
  for (const alg of ['none', 'None', 'HS512', 'RS512']) {
    const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
    for (const token of [`${header}.${body}.`, `${header}.${body}.AAAA`]) {
      assert.equal(await reasonOf(both.check(token)), 'issuer', alg);
    }
  }
});

test('[O3] a token of somebody else, for somebody else or of another time is refused', async () => {
  const issuers = await openIssuers({ a: bySecret }, clock);
  const reason = async (options: TokenOptions, key: Uint8Array = secretKey) =>
    reasonOf(issuers.check(await tokenOf(key, options)));
  assert.equal(await reason({}, new TextEncoder().encode(`${sharedSecret}!`)), 'signature');
  assert.equal(await reason({ claims: { iss: 'https://evil.test' } }), 'issuer');
  assert.equal(await reason({ claims: { aud: 'others' } }), 'claims');
  assert.equal(await reason({ expiresInS: -31 }), 'expired');
  assert.equal(await reason({ claims: { exp: undefined } }), 'claims');
  assert.equal(await reason({ claims: { nbf: nowS() + 31 } }), 'claims');
  await issuers.check(await tokenOf(secretKey, { expiresInS: -29 }));
  for (const odd of ['', 'x', 'a.b.c', 'ofk_', '..']) {
    assert.equal(await reasonOf(issuers.check(odd)), 'token', odd);
  }
});

test('[O3] [A6] who names no organisation gets none, and no role is made up', async () => {
  const strict = await openIssuers({ a: bySecret }, clock);
  const lenient = await openIssuers(
    { a: { ...bySecret, default_organisation: defaultOrganisationId } },
    clock,
  );
  const bare = await tokenOf(secretKey, { claims: { app_metadata: {} } });
  assert.equal(await reasonOf(strict.check(bare)), 'claims');
  const { organisationId, role } = await lenient.check(bare);
  assert.deepEqual([organisationId, role], [defaultOrganisationId, 'EMPLOYEE']);
  const said = { user_metadata: metadata, app_metadata: { role: 'ROOT' } };
  const boasting = await tokenOf(secretKey, { claims: said });
  assert.equal(await reasonOf(lenient.check(boasting)), 'claims');
  const crafted = { app_metadata: { organisation_id: "' or true --" } };
  assert.equal(
    await reasonOf(lenient.check(await tokenOf(secretKey, { claims: crafted }))),
    'claims',
  );
  const nobody = await tokenOf(secretKey, { claims: { sub: undefined } });
  assert.equal(await reasonOf(strict.check(nobody)), 'claims');
});

test('[O3] strangers cannot make us ask for keys again and again', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const { asked, jwks_url } = await keySet(t, [publicKey]);
  const issuers = await openIssuers({ a: { ...settings, jwks_url } }, clock);
  await issuers.check(await tokenOf(privateKey, { alg: 'ES256' }));
  const unknown = await tokenOf(privateKey, { alg: 'ES256', kid: 'other' });
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await reasonOf(issuers.check(unknown)), 'signature');
  }
  assert.equal(asked.count, 1);
});

test('[O3] keys that cannot be had are our trouble, not wrong credentials', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const { asked, jwks_url } = await keySet(t, [publicKey]);
  asked.status = 500;
  const issuers = await openIssuers({ a: { ...settings, jwks_url } }, clock);
  const token = await tokenOf(privateKey, { alg: 'ES256' });
  assert.equal(await reasonOf(issuers.check(token)), 'ISSUER_UNREACHABLE');
  asked.status = 200;
  await issuers.check(token);
});
