import type { FastifyPluginCallbackZod } from '@fastify/type-provider-zod';
import { z } from 'zod';
import { roles } from '../../runtime/role.ts';
import type { ApiKeyRecord, ApiKeys } from '../auth/api-keys.ts';
import type { Audit } from '../auth/audit.ts';
import { organisationFor, principalOf } from '../auth/principal.ts';
import { problem } from '../problem.ts';

const organisationId = z.guid('a UUID').toLowerCase();
const instant = z.iso.datetime();

const keyRecord = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  organisationId: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
  lastUsedAt: instant.nullable().describe('to the minute'),
});

/** A key as HTTP and `offhook keys list --json` tell it. */
export type ApiKeyView = z.output<typeof keyRecord>;

export const keyList = z.object({ keys: z.array(keyRecord) });

export const newKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(roles).default('EMPLOYEE'),
  organisationId: organisationId.exactOptional(),
  expiresAt: instant.nullable().default(null),
});

export const createdKey = keyRecord.extend({
  key: z.string().describe('the key itself; nobody can be told it again'),
});

const ofOrganisation = z.strictObject({
  organisationId: organisationId.exactOptional().describe('of another one: the operator alone'),
});

/** Keys of the API, made and revoked. */
export function keyRoutes(keys: ApiKeys, audit: Audit): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post(
      '/api/keys',
      {
        config: { access: 'SYSTEM_ADMIN' },
        schema: {
          summary: 'Makes an API key',
          body: newKey,
          response: { 201: createdKey, default: problem },
        },
      },
      async (request, reply) => {
        const { expiresAt, organisationId: asked, ...wanted } = request.body;
        const organisationId = organisationFor(principalOf(request), asked);
        const deed = { action: 'key-create', target: null, outcome: 'done' } as const;
        const { record, text } = await keys.create(
          { ...wanted, organisationId, expiresAt: expiresAt === null ? null : new Date(expiresAt) },
          audit.entryOf(request, deed),
        );
        reply.code(201).header('cache-control', 'no-store');
        return { ...viewOf(record), key: text };
      },
    );
    app.get(
      '/api/keys',
      {
        config: { access: 'SYSTEM_ADMIN' },
        schema: {
          summary: 'API keys of an organisation, without their secrets',
          querystring: ofOrganisation,
          response: { 200: keyList, default: problem },
        },
      },
      async (request) => {
        const asked = organisationFor(principalOf(request), request.query.organisationId);
        return { keys: (await keys.list(asked)).map(viewOf) };
      },
    );
    app.delete(
      '/api/keys/:id',
      {
        config: { access: 'SYSTEM_ADMIN' },
        schema: {
          summary: 'Revokes an API key at once',
          params: z.object({ id: z.string().max(64) }),
          querystring: ofOrganisation,
          response: { 204: z.undefined(), default: problem },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const asked = organisationFor(principalOf(request), request.query.organisationId);
        const deed = { action: 'key-revoke', target: id, outcome: 'done' } as const;
        await keys.revoke(id, asked, audit.entryOf(request, deed));
        reply.code(204);
      },
    );
    done();
  };
}

export function viewOf(record: ApiKeyRecord): ApiKeyView {
  const { createdAt, expiresAt, lastUsedAt, revokedAt, ...rest } = record;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
