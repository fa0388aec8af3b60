import type { AiDoor } from '../api/ai/ai-door.ts';
import { type ApiServer, serveApi } from '../api/api-server.ts';
import type { GatewayView } from '../api/gateway-view.ts';
import type { CallRegistry } from '../asterisk/call-registry.ts';
import type { ConverterFactory } from '../audio/converter.ts';
import type { Config } from '../config/schema.ts';
import { addressRanges } from '../runtime/address-ranges.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError } from '../runtime/errors.ts';
import { TcpListener } from '../runtime/tcp-socket.ts';
import type { Sessions } from '../session/sessions.ts';
import { AudioSocketTransport } from '../transports/audiosocket/server.ts';
import { audioSocketFormats } from '../transports/audiosocket/wire.ts';
import type { ApiAccess } from './api-auth.ts';
import type { AsteriskControl } from './asterisk-control.ts';
import { type Shared, version } from './shared.ts';
import type { TalkPage } from './talk-page.ts';

/** What the doors lead to. */
export interface Inside {
  readonly shared: Shared;
  readonly converters: ConverterFactory;
  readonly calls: CallRegistry;
  readonly view: GatewayView;
  readonly sessions: Sessions;
  readonly asterisk: AsteriskControl;
  readonly access: ApiAccess;
  readonly talk: TalkPage;
  readonly ai: AiDoor;
}

export interface Doors {
  readonly api: ApiServer;
  readonly audioSocket: Closer;
  readonly browsers: Closer;
  readonly audioSocketPort: number;
}

/** Callers by AudioSocket, operators by HTTP. When one door stays shut, so does the other. */
export async function openDoors(
  config: Config,
  { shared, converters, calls, view, sessions, asterisk, access, talk, ai }: Inside,
): Promise<Doors> {
  const { audiosocket, api: http } = config;
  const listener = new TcpListener({ host: audiosocket.host, port: audiosocket.port });
  const transport = new AudioSocketTransport(
    {
      ...shared,
      log: shared.log.child('audiosocket'),
      listener,
      calls,
      converterOf: converters,
      format: audioSocketFormats[audiosocket.format],
      farEndDelayMs: audiosocket.far_end_delay_ms,
    },
    {
      allow: audiosocket.allow,
      requireRegistered: audiosocket.require_registered,
      uuidMsMax: audiosocket.uuid_timeout_ms,
      waitingMax: audiosocket.waiting_max,
      peer: {
        connectionsMax: audiosocket.peer_connections_max,
        connectionsPerSecondMax: audiosocket.peer_connections_per_s_max,
      },
    },
  );
  const listening = transport.listen((leg) => {
    if (!asterisk.claim(leg)) sessions.open(leg);
  });
  const audioSocket = await naming('audiosocket.port', listening);
  const browsers = await talk.transport.listen((leg) => sessions.open(leg));
  try {
    const log = shared.log.child('api');
    const limits = { requestsPerMinuteMax: http.requests_per_minute_max };
    const trustedProxies = addressRanges(http.trusted_proxies);
    const seen = { gateway: view, ...access, talk, ai, limits, trustedProxies };
    const parts = { ...seen, log, random: shared.random, version };
    const api = await naming('api.port', serveApi(parts, http));
    return { api, audioSocket, browsers, audioSocketPort: listener.port };
  } catch (error) {
    await audioSocket.close();
    await browsers.close();
    throw error;
  }
}

/** A port that is not to be had: says by which key another one is chosen. */
async function naming<Door>(key: string, opening: Promise<Door>): Promise<Door> {
  try {
    return await opening;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.code !== 'LISTEN_FAILED') throw thrown;
    const message = `${thrown.message}; ${key} chooses another one`;
    throw new GatewayError('LISTEN_FAILED', message, { ...thrown.details, key }, thrown);
  }
}
