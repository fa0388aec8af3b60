import type { TalkDoor } from '../api/talk/talk-door.ts';
import { Tickets } from '../api/talk/tickets.ts';
import type { Config } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import { callerSockets } from '../transports/browser/caller-socket.ts';
import { BrowserTransport } from '../transports/browser/server.ts';

/** What stands behind the page at `/talk`. */
export interface TalkPage {
  readonly transport: BrowserTransport;
  readonly door: TalkDoor;
  readonly tickets: Tickets;
}

export function talkPage(
  config: () => Config,
  shared: {
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
    readonly metrics: Metrics;
  },
): TalkPage {
  const transport = new BrowserTransport(shared);
  const openSocket = callerSockets();
  return {
    transport,
    tickets: new Tickets(shared),
    door: {
      choices() {
        const { default_persona: defaultPersona, personas } = config();
        return { personas: Object.keys(personas), defaultPersona };
      },
      accept(upgrade, caller) {
        openSocket(upgrade, (socket) => transport.accept(socket, caller));
      },
    },
  };
}
