import { bytesPerMs, frameMs } from '../src/audio/format.ts';
import type { Clock, Timer } from '../src/runtime/clock.ts';
import type { SessionCore } from '../src/session/core.ts';
import type { SecondEnd } from '../src/session/edges.ts';
import type { SoundOptions } from '../src/session/media-plane.ts';
import type { ToolCall, ToolOutcome } from '../src/tools/tool.ts';
import type { LegEvent } from '../src/transports/transport.ts';
import { drawAgent } from './core-drawing.ts';
import type { Dice } from './dice.ts';
import { type TaggedSound, tags } from './tagged-sound.ts';
import type { Tally } from './tally.ts';

/**
 * Seeds whose calls have a transfer, by what is left of them: none of the kept seeds, whose calls
 * would be others then.
 */
const transferModulus = 11;
const transferRests = [0, 4, 7, 8];
/** From then on nobody is called any more, so that the caller is back before the calm. */
const callsUntilMs = 15_000;
const ringsUntilMs = 20_000;
/** How long whoever was called may take to decide, in these scenes. */
export const briefingMsMax = 8_000;
/** The longest that somebody may ring, and what Asterisk may take to do what it is asked. */
const ringMsMax = 4_000;
const asteriskMsMax = 250;
/** A caller is away no longer than this, but for a process that stands still for 2 s twice. */
export const awayMsMax = briefingMsMax + ringMsMax + 3 * asteriskMsMax + 4_000;

export interface ScriptedTransferOptions {
  readonly seed: number;
  readonly clock: Clock;
  readonly dice: Dice;
  readonly faults: Tally;
  readonly sound: TaggedSound;
  readonly core: () => SessionCore;
  readonly makeSound: () => SoundOptions;
  readonly onSecond: (event: LegEvent) => void;
  readonly onSettled: (outcome: ToolOutcome) => void;
}

/** Who speaks with whoever was called. */
export const brieferKey = 'briefer';
const agent = drawAgent(null);
const briefer = { ...agent, setup: { ...agent.setup, key: brieferKey } };

/** How somebody who has picked up behaves. */
const manners = {
  'second party accepts': 20,
  'second party declines': 20,
  'second party presses 1': 8,
  'second party presses 2': 8,
  'second party presses another key': 4,
  'second party hangs up': 14,
  'second party never decides': 10,
} as const;

/** Whoever has a caller on hold and calls somebody on their behalf, and who is called. */
export class ScriptedTransfer {
  readonly #options: ScriptedTransferOptions;
  readonly #frame: Uint8Array;
  readonly #takesPart: boolean;
  #call: ToolCall | null = null;
  #deed: Timer | null = null;
  #isSpeaking = false;
  #isThere = false;

  constructor(options: ScriptedTransferOptions) {
    this.#options = options;
    this.#frame = new Uint8Array(frameMs * bytesPerMs(options.sound.format));
    this.#takesPart = transferRests.includes(options.seed % transferModulus);
  }

  /** Whether the call is one for us; it settles when the caller is back, or never. */
  takes(call: ToolCall): boolean {
    const { clock, core, dice } = this.#options;
    if (!this.#takesPart || this.#call || clock.monotonicMs() > callsUntilMs) return false;
    if (core().isWritten || core().attached !== 'caller' || dice.chance(0.2)) return false;
    this.#call = call;
    clock.setTimer(0, () => core().wantHold(clock.monotonicMs()));
    return true;
  }

  /** What the session tells whoever has the caller on hold. */
  consult(news: 'held' | SecondEnd): void {
    this.#isThere = false;
    this.#deed?.cancel();
    this.#options.faults.add(news === 'held' ? 'caller on hold' : `briefing: ${news}`);
    if (news === 'held') this.#ring();
    else if (news === 'accepted') this.#handOver();
    else this.#bringBack();
  }

  #ring(): void {
    const { clock, dice, faults, core, makeSound } = this.#options;
    const answer =
      clock.monotonicMs() > ringsUntilMs
        ? 'call that cannot be made'
        : dice.weighted({
            'picks up': 70,
            'call not answered': 20,
            'call that cannot be made': 10,
          });
    if (answer !== 'picks up') faults.add(answer);
    clock.setTimer(dice.between(1, ringMsMax), () => {
      if (answer !== 'picks up') this.#bringBack();
      else if (core().attach({ sound: makeSound(), agent: briefer }, clock.monotonicMs()))
        this.#pickUp();
      else this.#bringBack();
    });
  }

  #pickUp(): void {
    const { clock, dice } = this.#options;
    this.#isThere = true;
    this.#isSpeaking = dice.chance(0.5);
    this.#nextFrame();
    const manner = dice.weighted(manners);
    this.#deed = clock.setTimer(dice.between(50, 7_000), () => this.#behave(manner));
  }

  #behave(manner: keyof typeof manners): void {
    const { clock, core, faults, onSecond } = this.#options;
    if (!this.#isThere) return;
    faults.add(manner);
    switch (manner) {
      case 'second party accepts':
        core().decide('accepted', clock.monotonicMs());
        return;
      case 'second party declines':
        core().decide('declined', clock.monotonicMs());
        return;
      case 'second party presses 1':
        onSecond({ type: 'caller-digit', digit: '1' });
        return;
      case 'second party presses 2':
        onSecond({ type: 'caller-digit', digit: '2' });
        return;
      case 'second party presses another key':
        onSecond({ type: 'caller-digit', digit: '9' });
        return;
      case 'second party hangs up':
        onSecond({ type: 'ended', cause: 'caller-hung-up' });
        return;
      case 'second party never decides':
    }
  }

  #nextFrame(): void {
    const { clock, dice, sound, onSecond } = this.#options;
    clock.setTimer(frameMs, () => {
      if (!this.#isThere) return;
      if (dice.chance(0.02)) this.#isSpeaking = !this.#isSpeaking;
      const { length } = this.#frame;
      sound.fill(this.#frame, length, this.#isSpeaking ? tags.second : tags.silence);
      onSecond({ type: 'caller-audio', bytes: this.#frame, offset: 0, length });
      sound.fill(this.#frame, length, tags.stale);
      this.#nextFrame();
    });
  }

  #handOver(): void {
    const { clock, dice, faults } = this.#options;
    if (dice.chance(0.3)) {
      faults.add('bridge that fails');
      this.#bringBack();
      return;
    }
    clock.setTimer(dice.between(1, asteriskMsMax), () => this.#settle({ isDone: true }));
  }

  #bringBack(): void {
    const { clock, dice, core } = this.#options;
    clock.setTimer(dice.between(1, asteriskMsMax), () => {
      core().callerBack(clock.monotonicMs());
      clock.setTimer(dice.between(0, 5), () => this.#settle({ isDone: false }));
    });
  }

  #settle({ isDone }: { readonly isDone: boolean }): void {
    const call = this.#call;
    if (!call) return;
    this.#options.onSettled({
      callId: call.callId,
      name: call.name,
      outcome: 'ok',
      code: null,
      outputJson: '{}',
      tookMs: 0,
      sequel: isDone ? { type: 'leave' } : null,
    });
  }
}
