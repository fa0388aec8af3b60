import { bytesPerMs } from '../audio/format.ts';
import type { ProviderEvent } from '../providers/provider.ts';
import { assert, unreachable } from '../runtime/assert.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { Party, SessionEndCause } from '../store/store.ts';
import type { ToolOutcome } from '../tools/tool.ts';
import type { LegEvent } from '../transports/transport.ts';
import type { CallerPath } from './caller-path.ts';
import type { Agent } from './cast.ts';
import type { Effect, Moment, TurnContext, TurnInput } from './edges.ts';
import { hasSound, type SoundOptions } from './media-plane.ts';
import { ModelSide } from './model-side.ts';
import { Performer } from './performer.ts';
import { type JoinedParty, type PlaneEvents, Planes } from './planes.ts';
import type { Playout } from './playout.ts';
import { record, type SessionRim } from './rim.ts';
import type { SessionSettings } from './settings.ts';
import {
  assertSession,
  initialState,
  type TimerName,
  type TurnState,
  type Verdict,
} from './state.ts';
import { Transcript } from './transcript.ts';
import { step } from './turn.ts';
import { Writing } from './writing.ts';

export interface SessionCoreOptions {
  readonly settings: SessionSettings;
  readonly agent: Agent;
  /** Whom the agent in force may hand over to, by persona; `null` when it may not. */
  readonly successor: (personaKey: string) => Agent | null;
  readonly canTruncate: boolean;
  /** `null` on a leg without sound: words are sent instead, and no `tick` is needed. */
  readonly sound: SoundOptions | null;
  readonly rim: SessionRim;
}

/**
 * One call without the world: what both planes and the transcript are told, in order. Given the
 * same inputs at the same times it does the same things.
 *
 * Every method is called on the event loop with the monotonic time; after the end all do nothing.
 */
export class SessionCore {
  readonly #options: SessionCoreOptions;
  readonly #planes: Planes;
  readonly #transcript = new Transcript();
  readonly #performer: Performer;
  readonly #model: ModelSide;
  #state: TurnState = initialState;
  #writtenCount = 0;
  #startedAtMs = 0;
  #nowMs = 0;
  /** Edges that came up while a step was under way: they are taken after it. */
  readonly #waiting: TurnInput[] = [];
  #isStepping = false;

  constructor(options: SessionCoreOptions) {
    this.#options = options;
    const { agent, rim, settings, sound } = options;
    const raise = (input: TurnInput): void => this.#take(input);
    const planes = new Planes({ sound, settings, events: this.#planeEvents() });
    const shared = { rim, planes, transcript: this.#transcript, raise };
    this.#planes = planes;
    this.#performer = new Performer({ ...shared, agent });
    this.#model = new ModelSide({
      ...shared,
      modelBytesPerMs: sound ? bytesPerMs(sound.playout.modelFormat) : 0,
      costUsdMicrosMax: settings.costUsdMicrosMax,
    });
  }

  #planeEvents(): PlaneEvents {
    const { rim } = this.#options;
    const transcript = this.#transcript;
    return {
      onCallerAudio: (audio) => rim.toLink(audio),
      onPiece: (itemId, text) => {
        transcript.agentWrote(itemId, text.length);
        rim.toLeg({ type: 'agent-text', itemId, text });
      },
      onFirstFrame: (replyId) => {
        const sinceStartMs = this.#model.sinceStartMs(replyId, this.#nowMs);
        rim.report({ type: 'first-frame', replyId, sinceStartMs });
        this.#take({ type: 'first-frame', replyId });
      },
      onReplyPlayed: (replyId) => {
        rim.report({ type: 'playback-finished', replyId });
        this.#take({ type: 'reply-played', replyId });
      },
      onPromptPlayed: (name) => this.#take({ type: 'prompt-played', name }),
      onItemStarted: (itemId) => transcript.agentItemStarted(itemId, this.#atMs()),
      onItemPlayed: (item) => record(rim, transcript.agentHeard(item)),
      onUnderrun: () => rim.report({ type: 'underrun' }),
    };
  }

  /** What the control plane knows; read by tests and the simulator. */
  get state(): TurnState {
    return this.#state;
  }

  /** The agent's sound on its way to whom it speaks with; only a leg that has any may be asked. */
  get playout(): Playout {
    return this.#planes.sounding.playout;
  }

  get callerPath(): CallerPath {
    return this.#planes.sounding.callerPath;
  }

  /** Whether the leg has no sound. */
  get isWritten(): boolean {
    return this.#planes.isWritten;
  }

  /** Whom the agent hears and speaks with. */
  get attached(): Party | 'nobody' {
    return this.#planes.attached;
  }

  /** Who the agent is for whom it speaks with: its tools may be called. */
  get agent(): Agent {
    return this.#performer.agent;
  }

  /** What was put in where sound was missing, both ways. */
  get filler(): Planes['filler'] {
    return this.#planes.filler;
  }

  get transcript(): Transcript {
    return this.#transcript;
  }

  get isEnded(): boolean {
    return this.#state.line.is === 'ended';
  }

  /** The line is up: opens the first link. */
  start(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs;
    this.#planes.caller.callerPath?.start(nowMs);
    this.#take({ type: 'start' });
  }

  /** Sends the frame that is due. Once per 20 ms, for a leg with sound. */
  tick(nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    const { rim } = this.#options;
    const { attached, caller, second, sounding } = this.#planes;
    assert(hasSound(caller), 'the leg has sound');
    // Whoever is on hold gets silence: their playout is empty.
    const callerFrame = caller.playout.tick(nowMs);
    rim.toLeg(callerFrame);
    const secondFrame = second?.playout.tick(nowMs) ?? null;
    if (secondFrame) rim.toSecond(secondFrame);
    const { playout, callerPath } = sounding;
    const frame = attached === 'second' ? secondFrame : callerFrame;
    callerPath.tick(nowMs, playout.isSounding ? frame : null);
    playout.report();
  }

  /** The caller is to be put on hold; `consult` tells when they are. */
  wantHold(nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    this.#take({ type: 'hold-wanted' });
  }

  /**
   * Joins the model with a second party while the caller is on hold; `consult` tells how it ends.
   * False: the call has no use for them any more.
   */
  attach(second: JoinedParty, nowMs: number): boolean {
    const { party, line } = this.#state;
    if (line.is !== 'up' || party.is !== 'nobody' || party.goodbye) return false;
    this.#nowMs = nowMs;
    this.#planes.join(second, nowMs);
    this.#take({ type: 'second-joined', persona: second.agent.setup });
    return true;
  }

  /** What the second party does; `1` and `2` are yes and no. */
  secondEvent(event: LegEvent, nowMs: number): void {
    if (this.isEnded || this.attached !== 'second') return;
    this.#nowMs = nowMs;
    if (event.type === 'caller-audio') {
      this.callerPath.receive(event.bytes, event.offset, event.length, nowMs);
    } else if (event.type === 'caller-digit') {
      this.#options.rim.journal({ type: 'digit' });
      if (event.digit === '1') this.#take({ type: 'second-ended', how: 'accepted' });
      if (event.digit === '2') this.#take({ type: 'second-ended', how: 'declined' });
    } else if (event.type === 'ended') {
      this.#take({ type: 'second-ended', how: 'hung-up' });
    }
  }

  /** What the second party has told the model; it is heard out. False: there is none. */
  decide(verdict: Verdict, nowMs: number): boolean {
    if (this.isEnded || this.attached !== 'second') return false;
    this.#nowMs = nowMs;
    this.#take({ type: 'second-decided', verdict });
    return true;
  }

  /** The caller hears us again. */
  callerBack(nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    this.#take({ type: 'caller-back', persona: this.#performer.callerAgent.setup });
  }

  legEvent(event: LegEvent, nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    switch (event.type) {
      case 'caller-audio':
        if (this.attached !== 'caller') return;
        this.#planes.caller.callerPath?.receive(event.bytes, event.offset, event.length, nowMs);
        return;
      case 'caller-text':
        if (this.attached !== 'caller') return;
        this.#callerWrites(event.text);
        this.#take({ type: 'caller-text', text: event.text });
        return;
      case 'caller-digit':
        this.#options.rim.journal({ type: 'digit' });
        if (this.attached === 'caller') this.#take({ type: 'caller-digit' });
        return;
      case 'mark-played':
        return;
      case 'ended':
        this.#take({ type: 'leg-ended', cause: event.cause });
        return;
      default:
        unreachable(event);
    }
  }

  /** Our own detector has confirmed that the caller began or ceased to speak. */
  gateEdge(edge: 'speech-start' | 'speech-end', nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    if (edge === 'speech-end') {
      this.#take({ type: 'caller-speech-end', by: 'gate' });
      return;
    }
    const { callerPath } = this.#planes.current;
    if (!callerPath?.isGateShut) return;
    callerPath.openGate();
    this.#take({ type: 'caller-speech-start', by: 'gate' });
  }

  linkEvent(linkId: number, event: ProviderEvent, nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    switch (event.type) {
      case 'ready':
        this.#take({ type: 'link-ready', linkId });
        return;
      case 'ending-soon':
        this.#take({ type: 'link-ending-soon', linkId });
        return;
      case 'ended':
        this.#linkEnded(linkId, event.error);
        return;
      case 'warning': {
        // The link has counted and logged it.
        const { code, message } = event.error;
        this.#options.rim.journal({ type: 'error', code, message });
        return;
      }
      default:
        // A link that is not in use any more, or not yet, has nothing to say in this call.
        if (linkId === this.#performer.linkInUse) this.#model.take(event, this.#moment());
    }
  }

  timerFired(name: TimerName, nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    this.#take({ type: 'timer', name });
  }

  toolSettled(outcome: ToolOutcome, nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    this.#take({ type: 'tool-settled', outcome });
  }

  /** The operator has the call go on with another persona. */
  swapPersona(agent: Agent, nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    this.#take({ type: 'persona-swap', agent });
  }

  /** The operator, or a broken invariant, ends the call. */
  close(cause: SessionEndCause, nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    this.#take({ type: 'close', cause });
  }

  /** Decides nothing any more, and gives back what it has; in the place of an end. */
  abandon(): void {
    this.#planes.close();
  }

  #callerWrites(text: string): void {
    this.#writtenCount += 1;
    const itemId = `written_${this.#writtenCount}`;
    const said = { itemId, text, isFinal: true };
    record(this.#options.rim, this.#transcript.callerSaid(said, this.#atMs()));
  }

  #linkEnded(linkId: number, error: GatewayError | null): void {
    if (linkId === this.#performer.linkInUse) this.#performer.unlink(this.#moment());
    this.#take({ type: 'link-ended', linkId, error });
  }

  /** One step, then those that its effects brought up, in order. */
  #take(input: TurnInput): void {
    this.#waiting.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.#step(next);
        // Words have no frames to be told with.
        const { playout } = this.#planes.current;
        if (!this.isEnded && playout instanceof Writing) playout.report();
      }
    } finally {
      this.#isStepping = false;
    }
  }

  #step(input: TurnInput): void {
    const effects: Effect[] = [];
    const context: TurnContext = {
      nowMs: this.#nowMs,
      settings: this.#options.settings,
      greeting: this.#performer.callerAgent.greeting,
      canTruncate: this.#options.canTruncate,
      isWritten: this.isWritten,
      successor: this.#options.successor,
      unplayed: this.#planes.current.playout.unplayed(),
      saidCount: this.#transcript.saidCount,
      effects,
    };
    this.#state = step(this.#state, input, context);
    assertSession(this.#state);
    const moment = this.#moment();
    for (const effect of effects) this.#performer.perform(effect, moment);
    if (this.isEnded) this.#waiting.length = 0;
    // After the effects: a greeting goes out before what the caller said meanwhile.
    else if (effects.some(({ type }) => type === 'use-link'))
      this.#planes.current.callerPath?.setLinked(true);
  }

  #moment(): Moment {
    return { nowMs: this.#nowMs, atMs: this.#atMs(), state: this.#state };
  }

  #atMs(): number {
    return this.#nowMs - this.#startedAtMs;
  }
}
