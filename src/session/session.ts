import type { ConverterFactory } from '../audio/converter.ts';
import type { AudioFormat } from '../audio/format.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Persona } from '../personas/persona.ts';
import type {
  Provider,
  ProviderCommand,
  ProviderName,
  ProviderSession,
  TurnDetection,
} from '../providers/provider.ts';
import { assert } from '../runtime/assert.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { SpeechDetector, SpeechEdge } from '../speech/detector.ts';
import {
  defaultOrganisationId,
  type Journal,
  type JournalBody,
  type SessionEndCause,
} from '../store/store.ts';
import type { ToolCall, ToolRunner } from '../tools/tool.ts';
import type { Leg, LegCommand, LegEvent, TransportKind } from '../transports/transport.ts';
import { Cast } from './cast.ts';
import { SessionCore } from './core.ts';
import type { SecondEnd } from './edges.ts';
import type { SoundOptions } from './media-plane.ts';
import { SessionReporter } from './reporter.ts';
import type { LinkOpening, SessionNews, SessionRim } from './rim.ts';
import type { SessionSettings } from './settings.ts';
import type { PromptName, TimerName, Verdict } from './state.ts';
import type { PacingWheel, WheelMember } from './wheel.ts';

/** Recordings, ready to be sent: `null` when there is none of that name. */
export interface Prompts {
  audio(name: PromptName, format: AudioFormat): Uint8Array | null;
}

/** What every session of the process shares. */
export interface SessionDeps {
  readonly clock: Clock;
  readonly wheel: PacingWheel;
  readonly converters: ConverterFactory;
  readonly detectors: (format: AudioFormat, onEdge: (edge: SpeechEdge) => void) => SpeechDetector;
  readonly tools: ToolRunner;
  readonly prompts: Prompts;
  readonly journal: Journal;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What this one call is to be. Frozen when it starts. */
export interface SessionSetup {
  readonly sessionId: string;
  readonly leg: Leg;
  readonly provider: Provider;
  readonly persona: Persona;
  /** The personas of the moment when the call began, as this provider speaks them. */
  readonly personaOf: (key: string) => Persona | undefined;
  readonly settings: SessionSettings;
  readonly turnDetection: TurnDetection;
  /** Why the caller cannot have an agent: a recording says so, and the call ends. */
  readonly refusal: GatewayError | null;
  readonly onEnded: (cause: SessionEndCause) => void;
}

/** Somebody who is asked whether they take over the call. */
export interface SecondParty {
  readonly leg: Leg;
  /** For the model, besides the persona's. */
  readonly instructions: string;
  /** The only tools it may use while it speaks with them. */
  readonly toolNames: readonly string[];
}

/** What whoever has the caller on hold waits for. */
interface Consult {
  readonly second: SecondParty | null;
  readonly onNews: (news: 'held' | SecondEnd) => void;
}

export interface SessionSummary {
  readonly sessionId: string;
  readonly callId: string;
  readonly transport: TransportKind;
  readonly provider: ProviderName;
  readonly persona: string;
  readonly organisationId: string;
  readonly startedAtEpochMs: number;
}

/**
 * One call: joins a leg, the links to a provider, the clock and the tools to a `SessionCore`, which
 * decides. An error of ours ends this one call and no other.
 */
export class Session {
  readonly sessionId: string;
  readonly #deps: SessionDeps;
  readonly #setup: SessionSetup;
  readonly #core: SessionCore;
  readonly #reporter: SessionReporter;
  readonly #cast: Cast;
  /** Of the link; `null` when the leg has no sound. */
  readonly #formats: ReturnType<Provider['negotiate']> | null;
  readonly #links = new Map<number, ProviderSession>();
  readonly #timers = new Map<TimerName, Timer>();
  readonly #abortTools = new AbortController();
  /** Journal entries of calls that have not been run yet: a tool may wait for its own. */
  readonly #callSequences = new Map<string, number>();
  #member: WheelMember | null = null;
  #linkInUse: ProviderSession | null = null;
  #sequence = 0;
  #startedAtMs = 0;
  #startedAtEpochMs = 0;
  #consult: Consult | null = null;
  #hasEnded = false;

  constructor(deps: SessionDeps, setup: SessionSetup) {
    this.sessionId = setup.sessionId;
    this.#deps = deps;
    this.#setup = setup;
    const { leg, provider, persona, personaOf, sessionId } = setup;
    const { callerFormat, agentFormat } = leg;
    const hasSound = callerFormat !== null && agentFormat !== null;
    this.#formats = hasSound ? provider.negotiate({ callerFormat, agentFormat }) : null;
    const { call, trust } = leg;
    this.#cast = new Cast({ sessionId, call, trust, tools: deps.tools, persona, personaOf });
    this.#reporter = new SessionReporter({
      clock: deps.clock,
      log: deps.log.child('session', { sessionId: setup.sessionId }),
      metrics: deps.metrics,
      provider: provider.name,
      transport: leg.transport,
    });
    this.#core = new SessionCore({
      settings: hasSound ? setup.settings : inWriting(setup.settings),
      agent: this.#cast.agent,
      successor: (personaKey) => this.#cast.successor(personaKey),
      canTruncate: provider.capabilities.truncates,
      sound: this.#soundOf(setup.leg),
      rim: this.#rim(),
    });
  }

  /** What the sound of `leg` needs to become the model's, and back; `null` when it has none. */
  #soundOf({ callerFormat, agentFormat, farEndDelayMs }: Leg): SoundOptions | null {
    const { converters, detectors } = this.#deps;
    const formats = this.#formats;
    if (!formats || !callerFormat || !agentFormat) return null;
    const onEdge = (edge: SpeechEdge) => this.#core.gateEdge(edge, this.#nowMs());
    return {
      playout: {
        modelFormat: formats.agentFormat,
        legFormat: agentFormat,
        converter: converters(formats.agentFormat, agentFormat),
        farEndDelayMs,
      },
      callerPath: {
        legFormat: callerFormat,
        modelFormat: formats.callerFormat,
        agentFormat,
        converter: converters(callerFormat, formats.callerFormat),
        detector: this.#setup.settings.gate === 'local' ? detectors(callerFormat, onEdge) : null,
      },
    };
  }

  /** The deterministic part, to be looked at. */
  get core(): SessionCore {
    return this.#core;
  }

  /** The call in short, for people who watch. */
  get summary(): SessionSummary {
    const { leg, provider } = this.#setup;
    return {
      sessionId: this.sessionId,
      callId: leg.call.callId,
      transport: leg.transport,
      provider: provider.name,
      persona: this.#cast.persona.key,
      organisationId: leg.call.organisationId ?? defaultOrganisationId,
      startedAtEpochMs: this.#startedAtEpochMs,
    };
  }

  get ageMs(): number {
    return this.#nowMs() - this.#startedAtMs;
  }

  /** Takes the call. */
  start(): void {
    const { leg, provider, persona } = this.#setup;
    this.#startedAtMs = this.#nowMs();
    this.#startedAtEpochMs = this.#deps.clock.epochMs();
    this.#journal({
      type: 'session-start',
      provider: provider.name,
      model: provider.model,
      transport: leg.transport,
      persona: persona.key,
      trust: leg.trust,
      callId: leg.call.callId,
      callerNumber: leg.call.callerNumber ?? null,
      dialledNumber: leg.call.dialledNumber ?? null,
      ...(leg.call.traceparent !== undefined && { traceparent: leg.call.traceparent }),
    });
    this.#reporter.started({ persona: persona.key, callId: leg.call.callId });
    this.#guarded(() => this.#core.start(this.#startedAtMs));
    leg.open((event) => this.#onLegEvent(event));
    if (this.#hasEnded) return;
    if (!this.#core.isWritten) this.#member = this.#deps.wheel.join(() => this.#onTick());
  }

  /**
   * Has the call go on with another persona, from the next reply on; the last of several counts. It
   * brings its own tools, the caller's trust stays. Throws `TRUST_TOO_LOW` when that does not do.
   */
  swapPersona(persona: Persona): void {
    if (this.#hasEnded) return;
    const agent = this.#cast.choose(persona);
    this.#guarded(() => this.#core.swapPersona(agent, this.#nowMs()));
  }

  /** Ends the call from our side, in the way that lets a dialplan go on. */
  close(cause: SessionEndCause): void {
    this.#guarded(() => this.#core.close(cause, this.#nowMs()));
  }

  /**
   * Turns the agent away from the caller once its words have been played: the caller may be put on
   * hold then. False: the call has ended instead.
   */
  async hold(): Promise<boolean> {
    if (this.#core.isWritten) return false;
    if (this.#consult || this.#core.state.party.is !== 'caller') return false;
    const news = await this.#newsOf(null, () => this.#core.wantHold(this.#nowMs()));
    return news === 'held';
  }

  /**
   * Has the same agent speak with somebody else while the caller is on hold, until they decide, go,
   * or take too long. Their leg is hung up then; the caller stays on hold until `resume`.
   */
  async attach(second: SecondParty): Promise<SecondEnd> {
    const { leg } = second;
    const agent = this.#cast.briefer(second);
    const news = await this.#newsOf(second, () => {
      const sound = this.#soundOf(leg);
      const isWanted = sound !== null && this.#core.attach({ sound, agent }, this.#nowMs());
      leg.open((event) => this.#guarded(() => this.#core.secondEvent(event, this.#nowMs())));
      if (!isWanted) this.#consult?.onNews('hung-up');
    });
    leg.send({ type: 'hang-up' });
    return news === 'held' ? 'hung-up' : news;
  }

  /** The second party has told the agent by voice. False: nobody is being asked. */
  decide(verdict: Verdict): boolean {
    return !this.#hasEnded && this.#core.decide(verdict, this.#nowMs());
  }

  /** The caller is back from hold. */
  resume(): void {
    this.#guarded(() => this.#core.callerBack(this.#nowMs()));
  }

  /** What comes of `begin`; `hung-up` when the call ends meanwhile. */
  #newsOf(second: SecondParty | null, begin: () => void): Promise<'held' | SecondEnd> {
    return new Promise((resolve) => {
      if (this.#hasEnded) {
        resolve('hung-up');
        return;
      }
      const onNews = (news: 'held' | SecondEnd) => {
        this.#consult = null;
        resolve(news);
      };
      this.#consult = { second, onNews };
      this.#guarded(begin);
    });
  }

  #onTick(): void {
    this.#guarded(() => this.#core.tick(this.#nowMs()));
  }

  #onLegEvent(event: LegEvent): void {
    this.#guarded(() => this.#core.legEvent(event, this.#nowMs()));
  }

  #nowMs(): number {
    return this.#deps.clock.monotonicMs();
  }

  /** Whatever goes wrong in here goes wrong in this call alone. */
  #guarded(work: () => void): void {
    if (this.#hasEnded) return;
    try {
      work();
    } catch (error) {
      this.#reporter.broke(error);
      this.#abandon();
    }
  }

  /** The core cannot be trusted any more: the line is dropped without asking it. */
  #abandon(): void {
    if (this.#hasEnded) return;
    const { leg } = this.#setup;
    if (this.#core.isWritten) {
      const error = new GatewayError('INTERNAL', 'the session was dropped by an internal error');
      leg.send({ type: 'turn-over', outcome: { is: 'failed', error } });
    }
    leg.send({ type: 'hang-up' });
    for (const link of this.#links.values()) link.close();
    this.#core.abandon();
    this.#journal({
      type: 'session-end',
      cause: 'internal-error',
      durationMs: Math.round(this.ageMs),
      callerFillerMs: 0,
      agentHeardMs: 0,
    });
    this.#end('internal-error');
  }

  #end(cause: SessionEndCause): void {
    this.#hasEnded = true;
    this.#member?.leave();
    this.#abortTools.abort();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#links.clear();
    this.#consult?.onNews('hung-up');
    this.#reporter.ended(cause, {
      durationMs: this.ageMs,
      callerFillerMs: this.#core.filler.callerMs,
      playoutFillerMs: this.#core.filler.playoutMs,
    });
    this.#setup.onEnded(cause);
  }

  #rim(): SessionRim {
    const { leg } = this.#setup;
    return {
      toLeg: (command: LegCommand) => leg.send(command),
      toSecond: (command) => this.#consult?.second?.leg.send(command),
      consult: (news) => this.#consult?.onNews(news),
      toLink: (command: ProviderCommand) => this.#linkInUse?.send(command),
      openLink: (linkId, opening) => this.#openLink(linkId, opening),
      closeLink: (linkId) => {
        this.#links.get(linkId)?.close();
        this.#links.delete(linkId);
      },
      useLink: (linkId) => {
        this.#linkInUse = this.#links.get(linkId) ?? null;
      },
      useAgent: (agent, by) => {
        if (by === 'handoff') this.#cast.takeOver(agent);
      },
      runTool: (call) => this.#runTool(call),
      promptAudio: (name) => this.#promptAudio(name),
      setTimer: (name, delayMs) => this.#setTimer(name, delayMs),
      cancelTimer: (name) => {
        this.#timers.get(name)?.cancel();
        this.#timers.delete(name);
      },
      journal: (body) => this.#journal(body),
      report: (news: SessionNews) => this.#reporter.report(news),
      ended: (cause) => this.#end(cause),
    };
  }

  #promptAudio(name: PromptName): Uint8Array | null {
    const { second } = this.#consult ?? {};
    const { agentFormat } = (this.#core.attached === 'second' && second?.leg) || this.#setup.leg;
    return agentFormat && this.#deps.prompts.audio(name, agentFormat);
  }

  #setTimer(name: TimerName, delayMs: number): void {
    this.#timers.get(name)?.cancel();
    const timer = this.#deps.clock.setTimer(delayMs, () => {
      this.#timers.delete(name);
      this.#guarded(() => this.#core.timerFired(name, this.#nowMs()));
    });
    this.#timers.set(name, timer);
  }

  #openLink(linkId: number, { reason, persona, history }: LinkOpening): void {
    const { provider, turnDetection, refusal } = this.#setup;
    this.#reporter.linkOpened(reason);
    if (refusal) {
      this.#deps.clock.setTimer(0, () =>
        this.#onLinkEvent(linkId, { type: 'ended', error: refusal }),
      );
      return;
    }
    const link = provider.open(
      {
        sessionId: this.sessionId,
        callerFormat: this.#formats?.callerFormat ?? null,
        agentFormat: this.#formats?.agentFormat ?? null,
        persona,
        turnDetection,
        history,
      },
      (event) => this.#onLinkEvent(linkId, event),
    );
    this.#links.set(linkId, link);
  }

  #onLinkEvent(linkId: number, event: Parameters<SessionCore['linkEvent']>[1]): void {
    const nowMs = this.#nowMs();
    this.#guarded(() => this.#core.linkEvent(linkId, event, nowMs));
    if (event.type === 'ended') this.#links.delete(linkId);
  }

  #runTool(call: ToolCall): void {
    const { tools, journal } = this.#deps;
    const sequence = this.#callSequences.get(call.callId);
    this.#callSequences.delete(call.callId);
    assert(sequence !== undefined, 'a tool call is in the journal before it is run');
    // The runner never rejects: every failure is an outcome.
    void tools
      .run(call, this.#core.agent.grant, {
        signal: this.#abortTools.signal,
        durable: () => journal.durable(this.sessionId, sequence),
      })
      .then((outcome) => {
        this.#guarded(() => this.#core.toolSettled(outcome, this.#nowMs()));
      });
  }

  #journal(body: JournalBody): void {
    const { journal, clock } = this.#deps;
    const { organisationId } = this.#setup.leg.call;
    const sequence = this.#sequence;
    this.#sequence += 1;
    if (body.type === 'tool-call') this.#callSequences.set(body.callId, sequence);
    journal.append({
      sessionId: this.sessionId,
      ...(organisationId === undefined ? {} : { organisationId }),
      sequence,
      atMs: Math.round(this.ageMs),
      atEpochMs: clock.epochMs(),
      ...body,
    });
  }
}

/** Without sound nobody hears a turn end: who wrote is answered when we ask for it. */
function inWriting(settings: SessionSettings): SessionSettings {
  return { ...settings, authority: 'gateway', gate: 'off' };
}
