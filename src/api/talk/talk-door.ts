import type { Upgrade } from '../../transports/browser/caller-socket.ts';
import type { BrowserCaller } from '../../transports/browser/server.ts';

/** Whom a caller may ask for. */
export interface TalkChoices {
  readonly personas: readonly string[];
  readonly defaultPersona: string;
}

/** What `/talk` needs of the gateway. */
export interface TalkDoor {
  choices(): TalkChoices;
  /** Makes a caller of somebody who was let in. */
  accept(upgrade: Upgrade, caller: BrowserCaller): void;
}
