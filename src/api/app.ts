import rateLimit from '@fastify/rate-limit';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from '@fastify/type-provider-zod';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Log } from '../observe/observe.ts';
import type { AddressRanges } from '../runtime/address-ranges.ts';
import { AssertionError, assert } from '../runtime/assert.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import type { AiDoor } from './ai/ai-door.ts';
import type { ApiKeys } from './auth/api-keys.ts';
import type { Audit } from './auth/audit.ts';
import { clientAddress, networkOf } from './client-address.ts';
import type { GatewayView } from './gateway-view.ts';
import { type ApiAuth, admit } from './guard.ts';
import { describeRoutes, showDocumentation } from './open-api.ts';
import { gatewayErrorOf, problemOf, problemType } from './problem.ts';
import { aiRoutes } from './routes/ai.ts';
import { asteriskRoutes } from './routes/asterisk-calls.ts';
import { keyRoutes } from './routes/keys.ts';
import { operationRoutes } from './routes/operation.ts';
import { talkPageRoutes, talkRoutes } from './routes/talk.ts';
import type { TalkDoor } from './talk/talk-door.ts';
import type { Tickets } from './talk/tickets.ts';
import { Upgrades } from './talk/upgrades.ts';

/** The largest body of any route is an announcement of a call: 32 variables of 1,000 characters. */
const bodyBytesMax = 64 * 1024;
const requestMsMax = 10_000;
/** An id that a caller gives its request: it goes back to it and into the log. */
const requestIdShape = /^[\w.:-]{1,64}$/;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export interface ApiParts {
  readonly gateway: GatewayView;
  readonly auth: ApiAuth;
  readonly keys: ApiKeys;
  readonly audit: Audit;
  /** Unset: there is no page to talk by. */
  readonly talk?: { readonly door: TalkDoor; readonly tickets: Tickets };
  /** Unset: nobody can write with an agent. */
  readonly ai?: AiDoor;
  readonly log: Log;
  readonly random: Random;
  readonly version: string;
  readonly limits: { readonly requestsPerMinuteMax: number };
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: AddressRanges;
}

export type Api = ReturnType<typeof bareApp>;

/** The HTTP side of the gateway, ready for `listen` or `inject`. */
export async function buildApi(parts: ApiParts): Promise<Api> {
  const { audit, auth, gateway, keys, limits, log, trustedProxies, version } = parts;
  const app = bareApp(parts.random);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('principal', null);
  app.decorateRequest('clientAddress', '');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const { headers, socket } = request.raw;
    request.clientAddress = clientAddress(
      socket.remoteAddress ?? 'unknown',
      headers,
      trustedProxies,
    );
    await admit(request, reply, auth);
  });
  app.addHook('onRoute', ({ config, method, url }) => {
    assert(config?.access !== undefined, `${method} ${url} declares its access in its config`);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { id, method, routeOptions } = request;
    const [status, tookMs] = [reply.statusCode, Math.round(reply.elapsedTime)];
    log.debug('HTTP request', { requestId: id, method, url: routeOptions.url, status, tookMs });
  });
  app.setErrorHandler((thrown, request, reply) => sendProblem(thrown, request, reply, log));
  app.setNotFoundHandler((request, reply) => {
    const error = new GatewayError('NOT_FOUND', `nothing is at ${request.url}`);
    sendProblem(error, request, reply, log);
  });
  await app.register(rateLimit, {
    max: limits.requestsPerMinuteMax,
    keyGenerator: (request) => networkOf(request.clientAddress),
    errorResponseBuilder: (_request, { max, ttl }) => {
      const retryAfterS = Math.ceil(ttl / 1_000);
      const message = `more than ${max} requests of one address in a minute: wait ${retryAfterS} s`;
      return new GatewayError('RATE_LIMITED', message, { max, retryAfterS });
    },
  });
  await describeRoutes(app, version);
  const refuseOthers = otherMethods(app);
  await app.register(operationRoutes(gateway));
  await app.register(asteriskRoutes(gateway));
  await app.register(keyRoutes(keys, audit));
  const { ai, talk } = parts;
  if (ai) await app.register(aiRoutes(ai, audit));
  if (talk) {
    await app.register(talkPageRoutes);
    await app.register(talkRoutes({ ...talk, gateway, upgrades: new Upgrades(app) }));
  }
  showDocumentation(app);
  refuseOthers();
  await app.ready();
  return app;
}

function bareApp(random: Random) {
  return fastify({
    bodyLimit: bodyBytesMax,
    // Zod compiles the schemas. Left out here, fastify would load its own: 27 ms of the start.
    schemaController: {
      compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler },
    },
    requestTimeout: requestMsMax,
    forceCloseConnections: 'idle',
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && requestIdShape.test(given) ? given : random.id('req_');
    },
    // A path that cannot be decoded never reaches the error handler.
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const { httpStatus, body } = render(error, request);
      reply.code(httpStatus).header('x-request-id', request.id).type(problemType).send(body);
    },
  }).withTypeProvider<ZodTypeProvider>();
}

function noCompiler(): never {
  throw new AssertionError('schemas are compiled by zod');
}

function render(thrown: unknown, request: FastifyRequest) {
  const error = gatewayErrorOf(thrown);
  const { code, httpStatus } = error;
  return { code, httpStatus, body: JSON.stringify(problemOf(error, request.id)) };
}

function sendProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): void {
  const { body, code, httpStatus } = render(thrown, request);
  const { id: requestId, method, routeOptions } = request;
  const fields = { requestId, method, url: routeOptions.url, code, error: thrown };
  if (code === 'INTERNAL') log.error('HTTP request failed', fields);
  else log.debug('HTTP request refused', fields);
  reply.code(httpStatus).type(problemType).send(body);
}

/** Watches the routes as they come; the function it gives answers the other methods with 405. */
function otherMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const seen = known.get(url) ?? new Set();
    for (const each of [method].flat()) seen.add(each);
    known.set(url, seen);
  });
  return () => {
    for (const [url, seen] of [...known]) {
      const allow = [...seen].sort().join(', ');
      const others = methods.filter((method) => !seen.has(method));
      app.route({
        method: others,
        url,
        config: { access: 'EMPLOYEE' },
        schema: { hide: true },
        handler: (_request, reply) => {
          reply.header('allow', allow);
          throw new GatewayError('METHOD_NOT_ALLOWED', `the methods here are ${allow}`);
        },
      });
    }
  };
}
