import { createHash } from 'node:crypto';
import { z } from 'zod';
import { bytesPerMs, mulaw8k } from '../src/audio/format.ts';
import type { Persona } from '../src/personas/persona.ts';
import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import type { SessionSettings } from '../src/session/settings.ts';
import type { Tool } from '../src/tools/tool.ts';
import { type AudioSocketFormatName, kindOfFormat } from '../src/transports/audiosocket/wire.ts';
import type { LegEvent } from '../src/transports/transport.ts';
import type { AudioSocketCaller } from './audiosocket-caller.ts';
import { CallFacts } from './call-facts.ts';
import { asksAtMs, callMs, calmAtMs } from './core-call.ts';
import { Dice } from './dice.ts';
import { invariants, observersOf } from './invariants/invariants.ts';
import { type CallObserver, type CallView, Claims, observersAsOne } from './observer.ts';
import { ScriptedCaller } from './scripted-caller.ts';
import { ScriptedWriter } from './scripted-writer.ts';
import { type Failure, failureFrom, type SeedOptions, type SeedRun } from './seed-run.ts';
import { TaggedSound } from './tagged-sound.ts';
import { Tally } from './tally.ts';
import { isWrittenSeed, personaKeys, planSwaps, swapDice } from './twists.ts';
import { VirtualClock } from './virtual-clock.ts';
import { drawScript, drawWireSettings } from './wire-drawing.ts';
import { planWireFaults } from './wire-faults.ts';
import { observingTaps } from './wire-taps.ts';
import { promptOf, type WireWorldOptions, wireWorld } from './wire-world.ts';

/** Promises get their turn this often; nothing in a call is more exact than a frame. */
const stepMs = 20;
/** Turns of the microtask queue that the longest chain of promises in a tool run takes. */
const promiseTurns = 12;
/** The level of a caller's tags: loud enough to be heard as speech. */
const callerStep = 4_000;

/** No socket lies between us and a caller who writes. */
const neverClogged = { clog: () => undefined, unclog: () => undefined };

const simulatedToolNames = ['hangup_call', 'look_up', 'book_table', 'send_mail'];

function personaOf(key: string): Persona {
  return {
    key,
    instructions: `You are ${key}.`,
    greeting: `${key} speaking.`,
    voice: null,
    language: null,
    tools: simulatedToolNames,
    handoffs: personaKeys,
    minTrust: 'anonymous',
  };
}

/** What the session says of an error of ours. */
const brokenMessage = 'call dropped by an internal error';

type World = Awaited<ReturnType<typeof wireWorld>>;

/**
 * Lives one seed of the whole gateway: production code from the caller's socket to the emulator.
 */
export async function runWireSeed(options: SeedOptions): Promise<SeedRun> {
  const call = new WireCall(options);
  await call.run();
  return call.result();
}

class WireCall {
  readonly #options: SeedOptions;
  readonly #dice: Dice;
  readonly #settings: SessionSettings;
  readonly #isWritten: boolean;
  readonly #swapDice: Dice | null;
  readonly #clock = new VirtualClock();
  readonly #faults = new Tally();
  readonly #claims = invariants.map(({ name }) => new Claims(name));
  #world: World | null = null;
  #startedAtMs = 0;
  #see: Required<CallObserver> | null = null;
  #facts: CallFacts | null = null;
  #failure: Failure | null = null;

  constructor(options: SeedOptions) {
    this.#options = options;
    this.#dice = new Dice(options.seed, 11);
    this.#isWritten = isWrittenSeed(options.seed);
    this.#swapDice = swapDice(options.seed);
    const drawn = drawWireSettings(this.#dice);
    this.#settings = this.#isWritten ? { ...drawn, authority: 'gateway', gate: 'off' } : drawn;
  }

  async run(): Promise<void> {
    const { untilMs } = this.#options;
    const clock = this.#clock;
    const world = await wireWorld(this.#drawWorld());
    this.#world = world;
    clock.advance(100);
    this.#startedAtMs = clock.now;
    try {
      this.#planSwaps(world);
      if (this.#isWritten) this.#write(world);
      else this.#speak(world);
      await this.#live(untilMs);
    } catch (thrown) {
      this.#failure ??= failureFrom(thrown, clock.now);
    }
    if (untilMs >= callMs) this.#tell((see) => see.finished());
    this.#checkLog();
  }

  /** Somebody on a telephone. */
  #speak(world: World): void {
    const { seed } = this.#options;
    const clock = this.#clock;
    const { caller, wire, gatewayWire, leg } = world.call();
    const person = new ScriptedCaller({
      clock,
      dice: new Dice(seed, 13),
      sound: new TaggedSound(leg.callerFormat!, callerStep),
      faults: this.#faults,
      calmAtMs,
      asksAtMs,
      hasEcho: () => false,
      onEvent: (event) => actOn(caller, event, kindOfFormat(leg.callerFormat!)),
      onAsked: () => this.#facts?.noteQuestion(),
    });
    const stage = { clock, dice: new Dice(seed, 15), faults: this.#faults, calmAtMs };
    planWireFaults({ ...stage, world, person, wire, gatewayWire });
  }

  /** Somebody who writes, within the process. */
  #write(world: World): void {
    const { seed } = this.#options;
    const clock = this.#clock;
    const { leg } = world.write();
    this.#faults.add('caller who writes');
    new ScriptedWriter({
      clock,
      dice: new Dice(seed, 16),
      calmAtMs,
      asksAtMs,
      isBusy: () => leg.isBusy || leg.isEnded,
      ask: (text) => leg.ask(text, () => undefined),
      onAsked: () => this.#facts?.noteQuestion(),
    });
    const stage = { clock, dice: new Dice(seed, 15), faults: this.#faults, calmAtMs };
    planWireFaults({
      ...stage,
      world,
      person: {
        hangUp: () => leg.hangUp(),
        flood: () => undefined,
        beSilentFor: () => undefined,
        muteInMidWord: () => undefined,
        press: () => undefined,
      },
      wire: neverClogged,
      gatewayWire: neverClogged,
    });
  }

  #planSwaps(world: World): void {
    if (!this.#swapDice) return;
    const swap = (personaKey: string) => {
      for (const session of world.sessions.all()) session.swapPersona(personaOf(personaKey));
    };
    const dice = this.#swapDice;
    planSwaps({ clock: this.#clock, dice, faults: this.#faults, calmAtMs, swap });
  }

  result(): SeedRun {
    const checks = new Tally();
    for (const { invariant, count } of this.#claims) checks.add(invariant, count);
    const journal = JSON.stringify(this.#world?.entries() ?? []);
    return {
      seed: this.#options.seed,
      failure: this.#failure,
      virtualMs: this.#clock.now,
      faults: this.#faults,
      checks,
      journalDigest: createHash('sha256').update(journal).digest('hex'),
    };
  }

  async #live(untilMs: number): Promise<void> {
    const clock = this.#clock;
    while (clock.now < untilMs && !this.#failure) {
      clock.advance(stepMs);
      // Without a wheel nobody else says that time goes on.
      if (this.#isWritten && this.#see) this.#tell((see) => see.ticked());
      for (let turn = 0; turn < promiseTurns; turn += 1) await Promise.resolve();
    }
  }

  #drawWorld(): WireWorldOptions {
    const dice = this.#dice;
    const settings = this.#settings;
    const format = dice.pick<AudioSocketFormatName>(['slin', 'ulaw', 'slin16']);
    return {
      seed: this.#options.seed,
      clock: this.#clock,
      settings,
      script: this.#drawScript(),
      format,
      wire: dice.pick(['pcm24', 'pcmu', 'auto']),
      persona: { tools: simulatedToolNames, ...(this.#swapDice && { handoffs: personaKeys }) },
      otherPersonas: personaKeys.map(personaOf),
      tools: simulatedTools(),
      sessionMsMax: dice.chance(0.2) ? dice.whole(15_000, 40_000) : 3_600_000,
      taps: observingTaps((what) => this.#tell(what)),
    };
  }

  #drawScript(): EmulatorScriptSource {
    const dice = new Dice(this.#options.seed, 12);
    const hasCollisions = this.#settings.authority === 'provider';
    const script = drawScript(dice, this.#faults, hasCollisions);
    if (!this.#swapDice) return script;
    const persona = this.#swapDice.pick(personaKeys);
    const handsOver = { say: 'One moment.', calls: [{ name: 'handoff', arguments: { persona } }] };
    return {
      ...script,
      replies: [...script.replies.slice(0, 1), handsOver, ...script.replies.slice(1)],
    };
  }

  /** The observers begin with the session: there is nothing to look at before. */
  #tell(what: (see: Required<CallObserver>) => void): void {
    if (this.#failure) return;
    try {
      this.#see ??= this.#observe();
      if (this.#see) what(this.#see);
    } catch (thrown) {
      this.#failure = failureFrom(thrown, this.#clock.now);
    }
  }

  #observe(): Required<CallObserver> | null {
    const world = this.#world;
    const session = world?.sessions.all()[0];
    if (!world || !session) return null;
    const { core } = session;
    const [leg] = world.rig.legs;
    // A leg in writing has no formats: what these stand for is not looked at.
    const callerFormat = leg?.callerFormat ?? mulaw8k;
    const agentFormat = leg?.agentFormat ?? mulaw8k;
    const clock = this.#clock;
    const startedAtMs = this.#startedAtMs;
    const facts = new CallFacts(
      () => core,
      () => clock.now - startedAtMs,
    );
    const view: CallView = {
      get nowMs() {
        return clock.now - startedAtMs;
      },
      core,
      settings: this.#settings,
      agentSound: new TaggedSound(agentFormat),
      callerSound: new TaggedSound(callerFormat, callerStep),
      isTagged: false,
      timerCount: 0,
      modelBytesPerMs: bytesPerMs(
        world.provider.negotiate({ callerFormat, agentFormat }).agentFormat,
      ),
      promptBytes: promptOf(agentFormat).length,
      facts,
    };
    this.#facts = facts;
    const { witness } = this.#options;
    return observersAsOne([
      facts,
      ...(witness ? [witness(view)] : []),
      ...observersOf(view, this.#claims),
    ]);
  }

  /** What went wrong within the session ended it and stands in the log. */
  #checkLog(): void {
    const broken = this.#world?.log.lines.find(({ message }) => message === brokenMessage);
    if (!broken || this.#failure) return;
    const claim = `${broken.message}: ${JSON.stringify(broken.fields)}`;
    const atMs = this.#clock.now;
    this.#failure = { invariant: 'no error of ours in the log', claim, atMs, stack: '' };
  }
}

/** What a person does, done on an AudioSocket. Asterisk passes on voice and digits, no writing. */
function actOn(caller: AudioSocketCaller, event: LegEvent, audioKind: number): void {
  switch (event.type) {
    case 'caller-audio':
      caller.sendAudio(Uint8Array.from(event.bytes.subarray(0, event.length)), audioKind);
      return;
    case 'caller-digit':
      caller.sendDigit(event.digit);
      return;
    case 'ended':
      if (event.cause === 'line-reset') caller.reset();
      else caller.hangUp();
      return;
    default:
  }
}

/** Tools that are quick, fail, or never answer. */
function simulatedTools(): Tool[] {
  const named = (name: string, run: () => Promise<unknown>): Tool => ({
    name,
    description: 'A tool of the simulation.',
    input: z.object({}),
    timeoutMs: 8_000,
    // One of them runs only once its call is on disk.
    repeatable: name !== 'book_table',
    minTrust: 'anonymous',
    isSensitive: false,
    run,
  });
  return [
    named('look_up', async () => ({ found: 3 })),
    named('book_table', async () => {
      throw new Error('all tables are taken');
    }),
    named('send_mail', () => Promise.withResolvers<unknown>().promise),
  ];
}
