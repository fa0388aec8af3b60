import type { ConverterFactory } from '../src/audio/converter.ts';
import { type AudioFormat, bytesPerMs, mulaw8k, pcm } from '../src/audio/format.ts';
import type { ProviderEvent } from '../src/providers/provider.ts';
import type { Timer } from '../src/runtime/clock.ts';
import { SessionCore } from '../src/session/core.ts';
import type { SoundOptions } from '../src/session/media-plane.ts';
import type { SessionRim } from '../src/session/rim.ts';
import type { SessionSettings } from '../src/session/settings.ts';
import type { TimerName } from '../src/session/state.ts';
import { PacingWheel } from '../src/session/wheel.ts';
import type { JournalBody } from '../src/store/store.ts';
import type { LegEvent } from '../src/transports/transport.ts';
import { CallFacts } from './call-facts.ts';
import { drawAgent, drawPrompt, drawSettings } from './core-drawing.ts';
import { planFaults } from './core-faults.ts';
import { Dice } from './dice.ts';
import { type CallObserver, type CallView, observersAsOne } from './observer.ts';
import { ScriptedCaller } from './scripted-caller.ts';
import { ScriptedDetector } from './scripted-detector.ts';
import { ScriptedModel } from './scripted-model.ts';
import { ScriptedTools } from './scripted-tools.ts';
import { briefingMsMax, ScriptedTransfer } from './scripted-transfer.ts';
import { ScriptedWriter } from './scripted-writer.ts';
import { TaggedSound } from './tagged-sound.ts';
import type { Tally } from './tally.ts';
import { isWrittenSeed, personaKeys, planSwaps, swapDice } from './twists.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A run of the core is this long; faults happen in the first part of it. */
export const callMs = 60_000;
export const calmAtMs = 34_000;
/** Once more the caller asks something, and must be answered. */
export const asksAtMs = 36_000;

/** One in so many seeds converts audio for good: most of the time goes there. */
const convertingShare = 0.1;

export interface CoreCallParts {
  readonly seed: number;
  readonly faults: Tally;
  readonly converters: ConverterFactory;
  /** Makes what watches the call. The first is told first. */
  readonly observe: (view: CallView) => readonly CallObserver[];
}

/** One `SessionCore` between a scripted caller, a scripted model and scripted tools. */
export class CoreCall {
  readonly clock = new VirtualClock();
  readonly core: SessionCore;
  readonly journal: JournalBody[] = [];
  readonly #parts: CoreCallParts;
  readonly #dice: Dice;
  readonly #settings: SessionSettings;
  readonly #model: ScriptedModel;
  readonly #tools: ScriptedTools;
  readonly #transfer: ScriptedTransfer;
  readonly #facts: CallFacts;
  readonly #see: Required<CallObserver>;
  readonly #timers = new Map<TimerName, Timer>();
  readonly #wheel: PacingWheel;
  readonly #modelFormat: AudioFormat;
  readonly #agentSound: TaggedSound;
  readonly #callerSound: TaggedSound;
  readonly #prompt: Uint8Array | null;
  readonly #hasEcho: boolean;
  readonly #isWritten: boolean;
  readonly #swapDice: Dice | null;
  #isAsking = false;
  #caller: ScriptedCaller | null = null;
  #linkIdUsed = 0;

  constructor(parts: CoreCallParts) {
    this.#parts = parts;
    const { seed, faults } = parts;
    this.#dice = new Dice(seed, 1);
    const dice = this.#dice;
    this.#isWritten = isWrittenSeed(seed);
    this.#swapDice = swapDice(seed);
    const drawn = { ...drawSettings(dice), briefingMsMax };
    this.#settings = this.#isWritten ? { ...drawn, authority: 'gateway', gate: 'off' } : drawn;
    const isConverting = dice.chance(convertingShare);
    const legFormat = isConverting ? pcm(8000) : mulaw8k;
    this.#modelFormat = isConverting ? pcm(24000) : mulaw8k;
    const modelFormat = this.#modelFormat;
    this.#agentSound = new TaggedSound(legFormat);
    this.#callerSound = new TaggedSound(legFormat);
    this.#prompt = drawPrompt(dice, this.#agentSound);
    this.#hasEcho = this.#settings.gate === 'local' && dice.chance(0.7);
    this.#model = new ScriptedModel({
      clock: this.clock,
      dice: new Dice(seed, 2),
      authority: this.#settings.authority,
      isWritten: this.#isWritten,
      callerSound: new TaggedSound(modelFormat),
      agentSound: new TaggedSound(modelFormat),
      faults,
      isCalm: () => this.clock.now >= calmAtMs,
      onEvent: (linkId, event) => this.#linkEvent(linkId, event),
    });
    this.#tools = new ScriptedTools({
      clock: this.clock,
      dice: new Dice(seed, 4),
      faults,
      isCalm: () => this.clock.now >= calmAtMs,
      handsTo: () => (this.#swapDice?.chance(0.3) ? this.#swapDice.pick(personaKeys) : null),
      onSettled: (outcome) => {
        this.#see.toolSettled(outcome);
        this.core.toolSettled(outcome, this.clock.now);
      },
    });
    this.#transfer = new ScriptedTransfer({
      seed,
      clock: this.clock,
      dice: new Dice(seed, 6),
      faults,
      sound: this.#callerSound,
      core: () => this.core,
      makeSound: () => this.#makeSound(legFormat, modelFormat, 0),
      onSecond: (event) => {
        this.#see.secondEvent(event);
        this.core.secondEvent(event, this.clock.now);
      },
      onSettled: (outcome) => {
        this.#see.toolSettled(outcome);
        this.core.toolSettled(outcome, this.clock.now);
      },
    });
    this.#wheel = new PacingWheel(this.clock, () => undefined);
    this.#facts = new CallFacts(
      () => this.core,
      () => this.clock.now,
    );
    this.core = this.#makeCore(legFormat, modelFormat);
    this.#see = observersAsOne([this.#facts, ...parts.observe(this.#view())]);
  }

  /** Lives the call up to `untilMs`. */
  run(untilMs: number): void {
    const { core, clock } = this;
    core.start(clock.now);
    this.#wheel.join(() => this.#tick());
    this.#caller = this.#makeCaller();
    planFaults({
      clock,
      dice: new Dice(this.#parts.seed, 5),
      faults: this.#parts.faults,
      calmAtMs,
      core,
      caller: this.#caller,
      model: this.#model,
    });
    this.#twist();
    clock.runUntil(untilMs);
    if (untilMs >= callMs) this.#see.finished();
  }

  /** What only some seeds live through. */
  #twist(): void {
    const { clock, core } = this;
    const { seed, faults } = this.#parts;
    if (this.#swapDice) {
      const swap = (personaKey: string) => core.swapPersona(agentOf(personaKey), clock.now);
      planSwaps({ clock, dice: this.#swapDice, faults, calmAtMs, swap });
    }
    if (!this.#isWritten) return;
    faults.add('caller who writes');
    new ScriptedWriter({
      clock,
      dice: new Dice(seed, 6),
      calmAtMs,
      asksAtMs,
      isBusy: () => this.#isAsking,
      ask: (text) => this.#legEvent({ type: 'caller-text', text }),
      onAsked: () => this.#facts.noteQuestion(),
    });
  }

  #view(): CallView {
    const { clock } = this;
    const timers = this.#timers;
    return {
      get nowMs() {
        return clock.now;
      },
      get timerCount() {
        return timers.size;
      },
      core: this.core,
      settings: this.#settings,
      agentSound: this.#agentSound,
      callerSound: this.#callerSound,
      isTagged: true,
      modelBytesPerMs: bytesPerMs(this.#modelFormat),
      promptBytes: this.#prompt?.length ?? 0,
      facts: this.#facts,
    };
  }

  #makeCore(legFormat: AudioFormat, modelFormat: AudioFormat): SessionCore {
    const dice = this.#dice;
    return new SessionCore({
      settings: this.#settings,
      agent: drawAgent(dice.chance(0.8) ? 'Hello.' : null),
      successor: agentOf,
      canTruncate: dice.chance(0.9),
      sound: this.#isWritten ? null : this.#drawSound(legFormat, modelFormat),
      rim: this.#rim(),
    });
  }

  #drawSound(legFormat: AudioFormat, modelFormat: AudioFormat): SoundOptions {
    return this.#makeSound(legFormat, modelFormat, this.#dice.chance(0.9) ? 0 : 40);
  }

  #makeSound(
    legFormat: AudioFormat,
    modelFormat: AudioFormat,
    farEndDelayMs: number,
  ): SoundOptions {
    const { converters } = this.#parts;
    return {
      playout: {
        modelFormat,
        legFormat,
        converter: converters(modelFormat, legFormat),
        farEndDelayMs,
      },
      callerPath: {
        legFormat,
        modelFormat,
        agentFormat: legFormat,
        converter: converters(legFormat, modelFormat),
        detector:
          this.#settings.gate === 'local'
            ? new ScriptedDetector(this.#callerSound, (edge) => this.#gateEdge(edge))
            : null,
      },
    };
  }

  #makeCaller(): ScriptedCaller {
    const { clock } = this;
    return new ScriptedCaller({
      clock,
      dice: new Dice(this.#parts.seed, 3),
      sound: this.#callerSound,
      faults: this.#parts.faults,
      calmAtMs,
      asksAtMs,
      hasEcho: () =>
        this.#hasEcho &&
        !this.#isWritten &&
        this.core.attached === 'caller' &&
        this.core.playout.isSounding,
      onEvent: (event) => this.#legEvent(event),
      onAsked: () => {
        if (!this.#isWritten) this.#facts.noteQuestion();
      },
    });
  }

  #rim(): SessionRim {
    return {
      toLeg: (command) => {
        if (command.type === 'agent-audio' && this.core.attached === 'second') {
          this.#see.heldCommand(command);
          return;
        }
        this.#see.legCommand(command);
        if (command.type === 'turn-over') this.#isAsking = false;
        // The far end closes when we hang up.
        if (command.type === 'hang-up' || command.type === 'transfer') this.#caller?.fallSilent();
      },
      toSecond: (command) => this.#see.legCommand(command),
      consult: (news) => this.#transfer.consult(news),
      toLink: (command) => {
        this.#see.linkCommand(this.#linkIdUsed, command);
        this.#model.command(this.#linkIdUsed, command);
      },
      openLink: (linkId, { persona }) => {
        this.#see.linkOpened(linkId, persona.key);
        this.#model.open(linkId);
      },
      closeLink: (linkId) => {
        this.#see.linkClosed(linkId);
        this.#model.close(linkId);
      },
      useLink: (linkId) => {
        this.#linkIdUsed = linkId;
      },
      useAgent: () => undefined,
      runTool: (call) => {
        this.#see.toolRun(call);
        const hasSequels = this.core.attached !== 'second';
        if (!this.#transfer.takes(call)) this.#tools.run(call, { hasSequels });
      },
      promptAudio: () => this.#prompt,
      setTimer: (name, delayMs) => this.#setTimer(name, delayMs),
      cancelTimer: (name) => {
        this.#timers.get(name)?.cancel();
        this.#timers.delete(name);
      },
      journal: (body) => {
        this.journal.push(body);
        if (body.type === 'party') this.#see.attached(body.party);
        this.#see.journal(body);
      },
      report: (news) => this.#see.news(news),
      ended: (cause) => this.#see.ended(cause),
    };
  }

  #setTimer(name: TimerName, delayMs: number): void {
    this.#timers.get(name)?.cancel();
    const timer = this.clock.setTimer(delayMs, () => {
      this.#timers.delete(name);
      this.core.timerFired(name, this.clock.now);
    });
    this.#timers.set(name, timer);
  }

  #tick(): void {
    if (!this.#isWritten) this.core.tick(this.clock.now);
    this.#see.ticked();
  }

  #legEvent(event: LegEvent): void {
    if (this.core.isEnded) return;
    if (this.#isWritten && event.type === 'caller-audio') return;
    if (event.type === 'caller-text') this.#isAsking = this.#isWritten;
    // What a caller on hold says is for nobody.
    const isForNobody = event.type === 'caller-audio' && this.core.attached !== 'caller';
    if (!isForNobody) this.#see.legEvent(event);
    this.core.legEvent(event, this.clock.now);
  }

  #linkEvent(linkId: number, event: ProviderEvent): void {
    if (this.core.isEnded) return;
    this.#see.linkEvent(linkId, event);
    this.core.linkEvent(linkId, event, this.clock.now);
  }

  #gateEdge(edge: 'speech-start' | 'speech-end'): void {
    this.#see.gateEdge(edge);
    this.core.gateEdge(edge, this.clock.now);
  }
}

function agentOf(personaKey: string) {
  return drawAgent(`${personaKey} speaking.`, personaKey);
}
