import type { Closer } from '../runtime/closer.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { type ApiParts, buildApi } from './app.ts';
import { assertLoopbackListen } from './loopback.ts';

/** The API, listening. Closing lets requests under way end, at most ten seconds. */
export interface ApiServer extends Closer {
  /** Where it listens, with the port that was really taken. */
  readonly url: string;
}

/**
 * Serves the API. Port 0 takes a free one. Throws `LISTEN_UNSAFE` for an address that the kind of
 * login cannot protect and `LISTEN_FAILED` for one that cannot be had.
 */
export async function serveApi(
  parts: ApiParts,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<ApiServer> {
  if (parts.auth.mode === 'loopback') assertLoopbackListen(host);
  const api = await buildApi(parts);
  try {
    const url = await api.listen({ host, port });
    return { url, close: () => api.close() };
  } catch (error) {
    await api.close();
    const message = `the API cannot listen on ${host}:${port}: ${messageOf(error)}`;
    throw new GatewayError('LISTEN_FAILED', message, { host, port }, error);
  }
}
