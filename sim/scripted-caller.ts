import { bytesPerMs, bytesPerSample, frameMs } from '../src/audio/format.ts';
import type { Clock } from '../src/runtime/clock.ts';
import type { LegEvent } from '../src/transports/transport.ts';
import { DelayLine } from './delay-line.ts';
import type { Dice } from './dice.ts';
import { type TaggedSound, tags } from './tagged-sound.ts';
import type { Tally } from './tally.ts';

export interface ScriptedCallerOptions {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly sound: TaggedSound;
  readonly faults: Tally;
  /** From then on it says nothing but once more, to see whether it is still heard. */
  readonly calmAtMs: number;
  readonly asksAtMs: number;
  /** Whether the agent sounds in this moment, to be echoed. */
  readonly hasEcho: () => boolean;
  readonly onEvent: (event: LegEvent) => void;
  readonly onAsked: () => void;
}

/** How long the last question is. */
export const questionMs = 1_000;

type Doing = 'listens' | 'speaks' | 'is muted';

/** A person on the telephone who does whatever comes to mind, and a line that may be bad. */
export class ScriptedCaller {
  readonly #options: ScriptedCallerOptions;
  readonly #line: DelayLine<number>;
  readonly #frame: Uint8Array;
  readonly #isOdd: boolean;
  #doing: Doing = 'listens';
  #untilMs: number;
  #oddBytes = 0;
  #muteMs = 0;
  #hasHungUp = false;
  #hasAsked = false;

  constructor(options: ScriptedCallerOptions) {
    this.#options = options;
    const { clock, dice, sound, faults } = options;
    this.#line = new DelayLine(clock, (tag) => this.#arrive(tag));
    this.#frame = new Uint8Array(2 * frameMs * bytesPerMs(sound.format));
    this.#isOdd = dice.chance(0.2);
    if (this.#isOdd) faults.add('frames of odd size');
    this.#untilMs = dice.between(300, 4_000);
    this.#nextFrame();
  }

  hangUp(cause: 'caller-hung-up' | 'line-reset' | 'line-dead'): void {
    if (this.#hasHungUp) return;
    this.#hasHungUp = true;
    this.#line.cut();
    this.#options.onEvent({ type: 'ended', cause });
  }

  /** The line is gone for other reasons: nothing comes any more. */
  fallSilent(): void {
    this.#hasHungUp = true;
    this.#line.cut();
  }

  press(): void {
    if (!this.#hasHungUp) this.#options.onEvent({ type: 'caller-digit', digit: '5' });
  }

  write(): void {
    if (!this.#hasHungUp) this.#options.onEvent({ type: 'caller-text', text: 'written words' });
  }

  clog(): void {
    this.#line.clog();
  }

  unclog(): void {
    this.#line.unclog();
  }

  /** Far more audio than a second has. */
  flood(seconds: number): void {
    for (let count = 0; count < seconds * 50; count += 1) this.#line.push(tags.silence, 0);
  }

  beSilentFor(ms: number): void {
    this.#do('listens', ms);
  }

  /** The next time it speaks, the line goes dead in the middle of the first word. */
  muteInMidWord(ms: number): void {
    this.#muteMs = ms;
  }

  #do(doing: Doing, forMs: number): void {
    this.#doing = doing;
    this.#untilMs = this.#options.clock.monotonicMs() + forMs;
  }

  #nextFrame(): void {
    const { clock } = this.#options;
    clock.setTimer(frameMs, () => {
      if (this.#hasHungUp) return;
      if (clock.monotonicMs() >= this.#untilMs) this.#decide();
      if (this.#doing !== 'is muted') this.#line.push(this.#tag(), 0);
      this.#nextFrame();
    });
  }

  #tag(): number {
    if (this.#doing === 'speaks') return tags.voice;
    return this.#options.hasEcho() ? tags.echo : tags.silence;
  }

  #decide(): void {
    const { clock, dice, calmAtMs, asksAtMs, onAsked } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs < calmAtMs) {
      if (this.#doing === 'speaks' && this.#muteMs > 0) {
        this.#do('is muted', this.#muteMs);
        this.#muteMs = 0;
      } else if (this.#muteMs > 0) this.#do('speaks', dice.pick([70, 150]));
      else if (this.#doing === 'speaks') this.#do('listens', dice.between(100, 8_000));
      else this.#do('speaks', dice.between(40, 2_500));
      return;
    }
    if (nowMs < asksAtMs) {
      this.#do('listens', asksAtMs - nowMs);
      return;
    }
    if (this.#hasAsked) {
      this.#do('listens', Number.POSITIVE_INFINITY);
      return;
    }
    this.#hasAsked = true;
    onAsked();
    this.#do('speaks', questionMs);
  }

  #arrive(tag: number): void {
    if (this.#hasHungUp) return;
    const { sound, dice } = this.#options;
    const frameBytes = frameMs * bytesPerMs(sound.format);
    let length = frameBytes;
    if (this.#isOdd) {
      // As many bytes in the long run, whole samples, cut anywhere.
      const sampleBytes = bytesPerSample(sound.format);
      const bytes = this.#oddBytes + frameBytes;
      length = Math.floor(dice.between(0, bytes) / sampleBytes) * sampleBytes;
      length = Math.min(length, this.#frame.length);
      this.#oddBytes = bytes - length;
      if (length === 0) return;
    }
    sound.fill(this.#frame, length, tag);
    this.#options.onEvent({ type: 'caller-audio', bytes: this.#frame, offset: 0, length });
    sound.fill(this.#frame, length, tags.stale);
  }
}
