import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransform } from '@fastify/type-provider-zod';
import { type FastifyInstance, fastify } from 'fastify';
import { problemType } from './problem.ts';

const docsRoute = { config: { access: 'EMPLOYEE' }, schema: { hide: true } } as const;

/** Collects the routes registered after it into an OpenAPI 3.1 document at `/docs/json`. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Offhook',
        version,
        description: 'Health, metrics and the dialplan’s side of a gateway between calls and AI.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: withProblemType,
  });
  app.get('/docs/json', docsRoute, async () => app.swagger());
}

/** Routes declare the problem as their default answer; here it gets its media type. */
const withProblemType: SwaggerTransformObject = (collected) => {
  if (!('openapiObject' in collected)) return collected.swaggerObject;
  const document = collected.openapiObject;
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of ['get', 'post', 'delete'] as const) {
      const { default: failed } = path?.[method]?.responses ?? {};
      if (failed === undefined || !('content' in failed)) continue;
      failed.description = 'An error, as RFC 9457 has it';
      failed.content = { [problemType]: Object.values(failed.content ?? {})[0] ?? {} };
    }
  }
  return document;
};

/** What a page tells the browser about itself; the rest is about the connection. */
const pageHeaders = ['content-type', 'content-security-policy', 'cache-control', 'location'];

/**
 * The pages at `/docs`, from files of the package: no network. They are an app of their own, made
 * at the first visit: making it takes 40 ms, which the start of the gateway need not wait for.
 */
export function showDocumentation(app: FastifyInstance): void {
  let pages: Promise<FastifyInstance> | undefined;
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, docsRoute, async (request, reply) => {
      pages ??= documentationPages().catch((error) => {
        pages = undefined;
        throw error;
      });
      const { headers, rawPayload, statusCode } = await (await pages).inject(request.url);
      if (statusCode === 404) return reply.callNotFound();
      for (const name of pageHeaders) {
        const value = headers[name];
        if (value !== undefined) reply.header(name, value);
      }
      return reply.code(statusCode).send(rawPayload);
    });
  }
  app.addHook('onClose', async () => {
    await pages?.then((app) => app.close());
  });
}

async function documentationPages(): Promise<FastifyInstance> {
  const { fastifySwaggerUi } = await import('@fastify/swagger-ui');
  const pages = fastify();
  // The plugin of the pages asks for it; the document they show is the gateway's at /docs/json.
  await pages.register(swagger);
  await pages.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // The gateway speaks plain HTTP on this machine: the page must not be sent to https.
    transformStaticCSP: (header) => header.replace(/\s*upgrade-insecure-requests;?/, ''),
  });
  await pages.ready();
  return pages;
}
