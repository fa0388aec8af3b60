import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../runtime/errors.ts';
import { principalOf } from '../auth/principal.ts';
import type { AiDoor } from './ai-door.ts';

const minuteMs = 60_000;

/**
 * Lets a request pass, or throws `REALTIME_DISABLED`, or `RATE_LIMITED` with the time to wait for a
 * key or user that asks too often. Programs on this machine have no key: the limit of their address
 * is enough.
 */
export function aiAdmission(app: FastifyInstance, door: AiDoor) {
  const ofKey = app.createRateLimit({
    max: door.requestsPerMinuteMax,
    timeWindow: minuteMs,
    keyGenerator: (request: FastifyRequest) => `ai:${principalOf(request).id}`,
  });
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!door.isEnabled) {
      const message = 'realtime_disabled: api.ai.enabled (AI_REALTIME_ENABLED) is false';
      throw new GatewayError('REALTIME_DISABLED', message);
    }
    if (principalOf(request).kind === 'operator') return;
    const limit = await ofKey(request);
    if (limit.isAllowed || !limit.isExceeded) return;
    door.metrics.count('offhook_limits_total', { limit: 'ai_requests' });
    reply.header('retry-after', limit.ttlInSeconds);
    const { max } = limit;
    throw new GatewayError('RATE_LIMITED', `${max} requests a minute of one key`, { max });
  };
}
