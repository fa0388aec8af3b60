import { AriClient } from '../asterisk/ari.ts';
import { AriCalls, type MediaAddress } from '../asterisk/ari-calls.ts';
import { AriChannels } from '../asterisk/ari-channels.ts';
import type { CallRegistry } from '../asterisk/call-registry.ts';
import { SecondLegs } from '../asterisk/second-legs.ts';
import type { Config } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import type { Random } from '../runtime/random.ts';
import { defaultWebSocketLimits, webSocketConnector } from '../runtime/web-socket.ts';
import type { CallPlan, Sessions } from '../session/sessions.ts';
import {
  attendedTransferName,
  attendedTransferTools,
  completeTransferName,
  type TransferDesk,
} from '../tools/attended-transfer.ts';
import type { Tool } from '../tools/tool.ts';
import type { Leg } from '../transports/transport.ts';
import { attendedTransfers } from './attended-transfers.ts';

/** An event holds one channel or bridge with all its variables: a few kB. */
const eventBytesMax = 1024 * 1024;
/** What the agent's last words to the caller and the requests to Asterisk may take besides. */
const transferSlackMs = 60_000;

export interface AsteriskControlParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly registry: CallRegistry;
  readonly sessions: Pick<Sessions, 'find'>;
}

/** Asterisk as far as we control it: not at all unless `asterisk.ari.url` says so. */
export interface AsteriskControl extends TransferDesk, Closer {
  /** Whether a leg that has come is no new call. */
  claim(leg: Leg): boolean;
  /** The plan of a call, without what cannot be done with it. */
  planFor(plan: CallPlan, leg: Leg): CallPlan;
  /** Our AudioSocket port is open: calls may come. */
  open(audioSocketPort: number): void;
}

export function asteriskControl(config: Config, parts: AsteriskControlParts): AsteriskControl {
  const { clock, random, metrics, registry, sessions } = parts;
  const { ari } = config.asterisk;
  const log = parts.log.child('ari');
  const connect = webSocketConnector({ ...defaultWebSocketLimits, messageBytesMax: eventBytesMax });
  const { user, app } = ari;
  const client = new AriClient(
    { clock, log, metrics, connect, fetch },
    {
      url: ari.url ?? '',
      user,
      password: ari.password ?? '',
      app,
      requestMsMax: ari.request_timeout_ms,
    },
  );
  const channels = new AriChannels(clock);
  let port = config.audiosocket.port;
  const media = (): MediaAddress => ({
    externalHost: ari.media_address ?? `${config.audiosocket.host}:${port}`,
    format: config.audiosocket.format,
  });
  const calls = new AriCalls({ client, channels, registry, random, log, media });
  const legs = new SecondLegs({ client, channels, registry, random, clock, log, media });
  const desk = attendedTransfers({
    ...{ sessions, calls, legs, log, endpoints: ari.endpoints, callerId: ari.caller_id },
    ringMsMax: ari.ring_timeout_s * 1_000,
  });
  return {
    ...desk,
    claim: (leg) => legs.claim(leg),
    planFor: (plan, leg) => withoutTransfer(plan, { isInHand: calls.has(leg.call.callId) }),
    open(audioSocketPort) {
      port = audioSocketPort;
      if (ari.url === null) return;
      client.open({
        onEvent: (event) => {
          calls.onEvent(event);
          channels.onEvent(event);
        },
        onChannels: (ids) => channels.onChannels(ids),
      });
    },
    async close() {
      await calls.releaseAll();
      client.close();
    },
  };
}

/**
 * The tools of this configuration; none when Asterisk is not controlled. `control` is asked for
 * when one is used.
 */
export function asteriskTools(
  { asterisk: { ari }, directory }: Config,
  control: () => TransferDesk,
): readonly Tool[] {
  if (ari.url === null) return [];
  const desk: TransferDesk = {
    transfer: (request) => control().transfer(request),
    decide: (...given) => control().decide(...given),
  };
  return attendedTransferTools(desk, {
    destinations: Object.fromEntries(
      Object.keys(ari.endpoints).map((key) => [key, directory[key]?.description ?? null]),
    ),
    timeoutMs: (ari.ring_timeout_s + ari.briefing_max_s) * 1_000 + transferSlackMs,
    minTrust: ari.min_trust,
  });
}

/** Only a caller in our hands can be put on hold; nobody decides but who is asked. */
function withoutTransfer(plan: CallPlan, { isInHand }: { readonly isInHand: boolean }): CallPlan {
  const { persona } = plan;
  const tools = persona.tools.filter(
    (name) => name !== completeTransferName && (isInHand || name !== attendedTransferName),
  );
  return { ...plan, persona: { ...persona, tools } };
}
