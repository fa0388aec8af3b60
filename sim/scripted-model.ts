import { bytesPerMs } from '../src/audio/format.ts';
import type { ProviderCommand, ProviderEvent } from '../src/providers/provider.ts';
import type { Clock, Timer } from '../src/runtime/clock.ts';
import { GatewayError } from '../src/runtime/errors.ts';
import { DelayLine } from './delay-line.ts';
import type { Dice } from './dice.ts';
import { drawReply, type ReplyKind, type ReplyStep, replyKinds } from './scripted-replies.ts';
import { firstItemTag, lastItemTag, type TaggedSound, tags } from './tagged-sound.ts';
import type { Tally } from './tally.ts';

/** The model's ear: speech is believed after this, and over after that much silence. */
const speechConfirmMs = 80;
const silenceConfirmMs = 400;

export interface ScriptedModelOptions {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly authority: 'provider' | 'gateway';
  /** It is asked in writing, and answers so. */
  readonly isWritten: boolean;
  readonly callerSound: TaggedSound;
  readonly agentSound: TaggedSound;
  readonly faults: Tally;
  /** From now on nothing goes wrong any more. */
  readonly isCalm: () => boolean;
  readonly onEvent: (linkId: number, event: ProviderEvent) => void;
}

interface ActiveReply {
  readonly replyId: string;
  readonly steps: readonly ReplyStep[];
  nextStep: number;
  timer: Timer | null;
}

/** One script for all links of a call: counts what it says, so that every id and tag is fresh. */
export class ScriptedModel {
  readonly options: ScriptedModelOptions;
  readonly #links = new Map<number, ScriptedLink>();
  readonly #itemTags = new Map<string, number>();
  #replyCount = 0;

  constructor(options: ScriptedModelOptions) {
    this.options = options;
  }

  open(linkId: number): void {
    this.#links.set(linkId, new ScriptedLink(this, linkId));
  }

  close(linkId: number): void {
    this.#links.get(linkId)?.closeByUs();
  }

  command(linkId: number, command: ProviderCommand): void {
    this.#links.get(linkId)?.command(command);
  }

  /** A fault befalls the newest link that is not over. */
  befall(fault: (link: ScriptedLink) => void): void {
    const link = [...this.#links.values()].findLast(({ isOver }) => !isOver);
    if (link) fault(link);
  }

  /** Peace: what was held up goes on. */
  calmDown(): void {
    for (const link of this.#links.values()) link.unclog();
  }

  nextReplyId(): string {
    this.#replyCount += 1;
    return `reply_${this.#replyCount}`;
  }

  tagOf(itemId: string): number {
    const known = this.#itemTags.get(itemId);
    if (known !== undefined) return known;
    const tag = firstItemTag + (this.#itemTags.size % (lastItemTag - firstItemTag + 1));
    this.#itemTags.set(itemId, tag);
    return tag;
  }
}

/** A link as a realtime model serves it: one reply at a time, and ears that listen to the audio. */
export class ScriptedLink {
  readonly #model: ScriptedModel;
  readonly #linkId: number;
  readonly #toSession: DelayLine<ProviderEvent | SoundOnItsWay>;
  readonly #toModel: DelayLine<ProviderCommand | HeardSound>;
  readonly #scratch: Uint8Array;
  readonly #positions = new Map<string, number>();
  #active: ActiveReply | null = null;
  #loudMs = 0;
  #quietMs = 0;
  #speechCount = 0;
  #isCallerTalking = false;
  isOver = false;

  constructor(model: ScriptedModel, linkId: number) {
    this.#model = model;
    this.#linkId = linkId;
    const { clock, dice, agentSound } = model.options;
    this.#scratch = new Uint8Array(5_000 * bytesPerMs(agentSound.format));
    this.#toSession = new DelayLine(clock, (one) => this.#deliver(one));
    this.#toModel = new DelayLine(clock, (one) => this.#take(one));
    const fate = model.options.isCalm()
      ? 'ready'
      : dice.weighted({ ready: 90, refused: 8, hopeless: 0.5, hanging: 1.5 });
    this.#open(fate);
  }

  #open(fate: 'ready' | 'refused' | 'hopeless' | 'hanging'): void {
    const { dice, faults } = this.#model.options;
    const latencyMs = dice.between(20, 400);
    switch (fate) {
      case 'ready':
        this.#say({ type: 'ready', providerSessionId: `sess_${this.#linkId}` }, latencyMs);
        return;
      case 'refused':
        faults.add('provider refuses at open');
        this.#end(new GatewayError('PROVIDER_RATE_LIMITED', 'refused by the script'), latencyMs);
        return;
      case 'hopeless':
        faults.add('provider refuses for good');
        this.#end(new GatewayError('PROVIDER_QUOTA', 'refused by the script'), latencyMs);
        return;
      case 'hanging':
        // The provider's own session gives up by its handshake limit.
        faults.add('provider hangs at open');
        this.#end(new GatewayError('PROVIDER_TIMEOUT', 'never opened, as the script says'), 5_000);
    }
  }

  command(command: ProviderCommand): void {
    if (this.isOver) return;
    if (command.type !== 'caller-audio') {
      this.#toModel.push(command, this.#latencyMs());
      return;
    }
    const { callerSound } = this.#model.options;
    const tag = callerSound.tagOf(command.bytes, command.offset, command.length);
    const heard = {
      isLoud: tag === tags.voice || tag === tags.echo || tag === tags.second,
      ms: command.length / bytesPerMs(callerSound.format),
    };
    // Hearing is delayed only while the way is clogged: what is heard is told late anyway.
    if (this.#toModel.isClogged) this.#toModel.push(heard, 0);
    else this.#hear(heard);
  }

  closeByUs(): void {
    if (this.isOver) return;
    // What is on its way still arrives, and then the end.
    this.#end(null, this.#latencyMs());
  }

  /** The socket breaks, or the session is over by the vendor's limit. */
  drop(code: 'PROVIDER_UNREACHABLE' | 'PROVIDER_SESSION_EXPIRED'): void {
    if (!this.isOver) this.#end(new GatewayError(code, 'dropped by the script'), 0);
  }

  warn(error: GatewayError): void {
    if (!this.isOver) this.#say({ type: 'warning', error });
  }

  endSoon(): void {
    if (!this.isOver) this.#say({ type: 'ending-soon', inMs: 60_000 });
  }

  clog(direction: 'to-session' | 'to-model'): void {
    if (direction === 'to-session') this.#toSession.clog();
    else this.#toModel.clog();
  }

  unclog(): void {
    this.#toSession.unclog();
    this.#toModel.unclog();
  }

  #latencyMs(): number {
    return this.#model.options.dice.between(5, 60);
  }

  #say(event: ProviderEvent, latencyMs = this.#latencyMs()): void {
    this.#toSession.push(event, latencyMs);
  }

  #end(error: GatewayError | null, latencyMs: number): void {
    this.#stopActive();
    this.#say({ type: 'ended', error }, latencyMs);
    this.isOver = true;
    this.#toModel.cut();
  }

  #deliver(one: ProviderEvent | SoundOnItsWay): void {
    const { onEvent, agentSound } = this.#model.options;
    if (one.type !== 'sound') {
      onEvent(this.#linkId, one);
      return;
    }
    const { replyId, itemId, length } = one;
    const tag = this.#model.tagOf(itemId);
    const position = this.#positions.get(itemId) ?? 0;
    this.#positions.set(itemId, position + length);
    agentSound.fill(this.#scratch, length, tag, position);
    const bytes = this.#scratch;
    onEvent(this.#linkId, {
      type: 'agent-audio',
      replyId,
      itemId,
      contentIndex: 0,
      bytes,
      offset: 0,
      length,
    });
    // Who keeps what it should have copied plays this.
    agentSound.fill(this.#scratch, length, tags.stale);
  }

  #take(one: ProviderCommand | HeardSound): void {
    if (this.isOver) return;
    if (!('type' in one)) {
      this.#hear(one);
      return;
    }
    if (one.type === 'reply-start') this.#asked(one.requestId, one.instructions !== undefined);
    if (one.type === 'reply-cancel' && this.#active?.replyId === one.replyId) {
      this.#cancelActive('client_cancelled');
    }
  }

  #asked(requestId: string, hasInstructions: boolean): void {
    const { clock, dice, faults, isCalm } = this.#model.options;
    if (this.#active) {
      this.#say({ type: 'request-refused', requestId });
      return;
    }
    if (!isCalm() && dice.chance(0.02)) {
      faults.add('request that is ignored');
      return;
    }
    if (hasInstructions && !isCalm() && dice.chance(0.3)) {
      faults.add('late reply to a request');
      clock.setTimer(dice.between(2_000, 12_000), () => {
        if (!this.isOver && !this.#active) this.#begin(requestId);
      });
      return;
    }
    this.#begin(requestId);
  }

  #begin(requestId: string | null): void {
    const { dice, faults, isCalm, agentSound } = this.#model.options;
    const replyId = this.#model.nextReplyId();
    const kind: ReplyKind = isCalm() ? 'spoken' : dice.weighted(replyKinds);
    if (kind !== 'spoken') faults.add(kind);
    const steps = drawReply({ dice, replyId, kind, bytesPerMs: bytesPerMs(agentSound.format) });
    this.#active = { replyId, steps, nextStep: 0, timer: null };
    this.#say({ type: 'reply-start', replyId, requestId });
    this.#goOn(this.#active, dice.between(20, 400));
  }

  #goOn(reply: ActiveReply, afterMs: number): void {
    const { clock } = this.#model.options;
    reply.timer = clock.setTimer(afterMs, () => {
      // Steps of no length go together: floods are one timer, not hundreds.
      for (let step = reply.steps[reply.nextStep]; step; step = reply.steps[reply.nextStep]) {
        reply.nextStep += 1;
        this.#perform(reply, step);
        if ('event' in step && step.event.type === 'reply-end') this.#sayTooLate(reply);
        const next = reply.steps[reply.nextStep];
        if (next && next.afterMs >= 1) {
          this.#goOn(reply, next.afterMs);
          return;
        }
      }
      this.#active = null;
    });
  }

  #perform({ replyId }: ActiveReply, step: ReplyStep): void {
    if ('event' in step) this.#say(step.event);
    else if (step.soundBytes > 0 && !this.#model.options.isWritten) {
      const { itemId, soundBytes } = step;
      this.#toSession.push(
        { type: 'sound', replyId, itemId, length: soundBytes },
        this.#latencyMs(),
      );
    }
  }

  /** A delta behind the end of its reply: not by the protocol, and seen all the same. */
  #sayTooLate({ replyId, steps }: ActiveReply): void {
    const { dice, faults, isCalm, isWritten } = this.#model.options;
    const last = steps.findLast((step) => 'itemId' in step);
    if (isCalm() || isWritten || !last || !dice.chance(0.04)) return;
    faults.add('delta after the end of its reply');
    const { itemId } = last;
    this.#toSession.push({ type: 'sound', replyId, itemId, length: 400 }, dice.between(1, 900));
  }

  #stopActive(): ActiveReply | null {
    const active = this.#active;
    active?.timer?.cancel();
    this.#active = null;
    return active;
  }

  /** Late deltas come before the end of a cancelled reply. */
  #cancelActive(reason: string): void {
    const { dice, faults } = this.#model.options;
    const active = this.#stopActive();
    if (!active) return;
    const late = active.steps.slice(active.nextStep, active.nextStep + dice.whole(0, 3));
    const events = late.filter((step) => !('event' in step) || step.event.type !== 'reply-end');
    if (events.length > 0) faults.add('deltas after a cancellation');
    for (const step of events) this.#perform(active, step);
    this.#say({
      type: 'reply-end',
      replyId: active.replyId,
      outcome: 'cancelled',
      reason,
      error: null,
      usage: null,
    });
  }

  #hear({ isLoud, ms }: HeardSound): void {
    if (isLoud) {
      this.#loudMs += ms;
      this.#quietMs = 0;
      if (!this.#isCallerTalking && this.#loudMs >= speechConfirmMs) this.#speechStarts();
      return;
    }
    this.#quietMs += ms;
    this.#loudMs = 0;
    if (this.#isCallerTalking && this.#quietMs >= silenceConfirmMs) this.#speechEnds();
  }

  #speechStarts(): void {
    this.#isCallerTalking = true;
    this.#speechCount += 1;
    this.#say({ type: 'caller-speech-start', itemId: this.#speechItemId });
    if (this.#model.options.authority === 'provider') this.#cancelActive('turn_detected');
  }

  get #speechItemId(): string {
    return `speech_${this.#linkId}_${this.#speechCount}`;
  }

  #speechEnds(): void {
    const { clock, dice, authority, isCalm, faults } = this.#model.options;
    this.#isCallerTalking = false;
    const itemId = this.#speechItemId;
    this.#say({ type: 'caller-speech-end', itemId });
    clock.setTimer(dice.between(100, 1_500), () => {
      if (this.isOver) return;
      this.#say({ type: 'caller-transcript', itemId, text: 'something', isFinal: false });
      this.#say({ type: 'caller-transcript', itemId, text: 'something said', isFinal: true });
    });
    if (authority === 'gateway') return;
    if (!isCalm() && dice.chance(0.04)) {
      faults.add('turn that is let pass');
      return;
    }
    const isLate = !isCalm() && dice.chance(0.04);
    if (isLate) faults.add('late answer');
    clock.setTimer(isLate ? dice.between(3_000, 9_000) : dice.between(10, 600), () => {
      if (!this.isOver && !this.#isCallerTalking && !this.#active) this.#begin(null);
    });
  }
}

interface HeardSound {
  readonly isLoud: boolean;
  readonly ms: number;
}

interface SoundOnItsWay {
  readonly type: 'sound';
  readonly replyId: string;
  readonly itemId: string;
  readonly length: number;
}
