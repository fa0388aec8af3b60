import type { Clock, Timer } from '../../runtime/clock.ts';
import type { AriEvent } from '../ari-wire.ts';

/** What Asterisk answers instead: `rest-api/api-docs` of Asterisk 22, the texts of its code. */
export class FakeRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a telephone does when it is called. */
export type Manner = 'picks-up' | 'rings' | 'is-busy' | 'rejects';

interface Answer {
  readonly manner: Manner;
  readonly afterMs: number;
}

const causes = { normal: 16, busy: 17, noAnswer: 19, rejected: 21 } as const;

/** A channel: a telephone, or an AudioSocket of ours. `take` gets the sound of its bridge. */
export class FakeChannel {
  readonly id: string;
  readonly name: string;
  readonly number: string;
  readonly heard: Uint8Array[] = [];
  isInApp = false;
  isOnMusic = false;
  isGone = false;
  /** The dialplan has it again. */
  isContinued = false;
  bridge: FakeBridge | null = null;
  take: (sound: Uint8Array) => void = (sound) => this.heard.push(sound);
  /** AudioSocket channels send keys along; telephones have them pressed. */
  press: (digit: string) => void = (digit) => {
    for (const other of this.bridge?.channels ?? []) if (other !== this) other.press(digit);
  };
  /** Its far end is told that it was hung up. */
  onGone: () => void = () => undefined;

  constructor(id: string, name: string, number: string) {
    this.id = id;
    this.name = name;
    this.number = number;
  }

  /** What goes into the telephone is heard by all others of its bridge. */
  say(sound: Uint8Array): void {
    for (const other of this.bridge?.channels ?? []) if (other !== this) other.take(sound);
  }

  get json() {
    return {
      id: this.id,
      name: this.name,
      state: this.isInApp ? 'Up' : 'Ring',
      caller: { name: '', number: this.number },
      dialplan: { context: 'default', exten: '600', priority: 1, app_name: '', app_data: '' },
    };
  }
}

export interface FakeBridge {
  readonly id: string;
  readonly channels: Set<FakeChannel>;
}

/** Channels and bridges as Asterisk keeps them: refuses what it would refuse. */
export class FakeSwitchboard {
  readonly channels = new Map<string, FakeChannel>();
  readonly bridges = new Map<string, FakeBridge>();
  /** What telephones do when they are called, by endpoint; others cannot be reached. */
  readonly manners = new Map<string, Answer>();
  readonly #clock: Clock;
  readonly #onEvent: (event: AriEvent) => void;
  #count = 0;

  constructor(clock: Clock, onEvent: (event: AriEvent) => void) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** Somebody calls, and the dialplan sends them to `Stasis(app,args)`. */
  callIn(args: readonly string[], number = ''): FakeChannel {
    this.#count += 1;
    const phone = this.add(`caller-${this.#count}`, `PJSIP/caller-${this.#count}`, number);
    this.enter(phone, args);
    return phone;
  }

  /** The telephone of an endpoint that was called, the latest one. */
  phoneAt(endpoint: string): FakeChannel | undefined {
    return [...this.channels.values()].findLast(({ name }) => name === endpoint);
  }

  add(id: string, name: string, number = ''): FakeChannel {
    if (this.channels.has(id)) {
      throw new FakeRefusal(409, 'Channel with given unique ID already exists');
    }
    const channel = new FakeChannel(id, name, number);
    this.channels.set(id, channel);
    return channel;
  }

  enter(channel: FakeChannel, args: readonly string[]): void {
    if (channel.isGone) return;
    channel.isInApp = true;
    this.#onEvent({ type: 'StasisStart', args: [...args], channel: channel.json });
  }

  originate(id: string, endpoint: string, timeoutS: number, args: readonly string[]): FakeChannel {
    const answer = this.manners.get(endpoint);
    if (!answer) throw new FakeRefusal(500, 'Allocation failed');
    const phone = this.add(id, endpoint);
    const { manner, afterMs } = answer;
    const rung: Timer = this.#clock.setTimer(timeoutS * 1_000, () =>
      this.hangUp(phone, causes.noAnswer),
    );
    this.#clock.setTimer(afterMs, () => {
      if (manner === 'rings') return;
      rung.cancel();
      if (manner === 'picks-up') this.enter(phone, args);
      else this.hangUp(phone, manner === 'is-busy' ? causes.busy : causes.rejected);
    });
    phone.onGone = () => rung.cancel();
    return phone;
  }

  hangUp(channel: FakeChannel, cause: number = causes.normal): void {
    if (channel.isGone) return;
    channel.isGone = true;
    this.channels.delete(channel.id);
    this.#leave(channel);
    this.#onEvent({ type: 'ChannelDestroyed', cause, channel: channel.json });
    channel.onGone();
  }

  continueInDialplan(channel: FakeChannel): void {
    this.#assertInApp(channel, 409);
    channel.isContinued = true;
    this.#leave(channel);
  }

  setMusic(channel: FakeChannel, isOnMusic: boolean): void {
    this.#assertInApp(channel, 409);
    channel.isOnMusic = isOnMusic;
  }

  openBridge(id: string): void {
    if (this.bridges.has(id)) {
      throw new FakeRefusal(409, 'Bridge with the same bridgeId already exists');
    }
    this.bridges.set(id, { id, channels: new Set() });
  }

  closeBridge(id: string): void {
    for (const channel of this.bridge(id).channels) channel.bridge = null;
    this.bridges.delete(id);
  }

  join(bridgeId: string, channel: FakeChannel): void {
    const bridge = this.bridge(bridgeId);
    this.#assertInApp(channel, 422);
    channel.bridge?.channels.delete(channel);
    channel.bridge = bridge;
    bridge.channels.add(channel);
  }

  part(bridgeId: string, channel: FakeChannel): void {
    const bridge = this.bridge(bridgeId);
    if (channel.bridge !== bridge) throw new FakeRefusal(422, 'Channel not in this bridge');
    channel.bridge = null;
    bridge.channels.delete(channel);
  }

  channel(id: string, missingStatus = 404): FakeChannel {
    const channel = this.channels.get(id);
    if (!channel) throw new FakeRefusal(missingStatus, 'Channel not found');
    return channel;
  }

  bridge(id: string): FakeBridge {
    const bridge = this.bridges.get(id);
    if (!bridge) throw new FakeRefusal(404, 'Bridge not found');
    return bridge;
  }

  #leave(channel: FakeChannel): void {
    channel.bridge?.channels.delete(channel);
    channel.bridge = null;
    channel.isOnMusic = false;
    if (!channel.isInApp) return;
    channel.isInApp = false;
    this.#onEvent({ type: 'StasisEnd', channel: channel.json });
  }

  #assertInApp(channel: FakeChannel, status: number): void {
    if (!channel.isInApp) throw new FakeRefusal(status, 'Channel not in Stasis application');
  }
}
