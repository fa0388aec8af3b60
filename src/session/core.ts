import { bytesPerMs } from '../audio/format.ts';
import type {
  HistoryItem,
  PersonaSetup,
  ProviderCommand,
  ProviderEvent,
} from '../providers/provider.ts';
import { assert, unreachable } from '../runtime/assert.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { JournalBody, Party, PersonaChangeBy, SessionEndCause } from '../store/store.ts';
import type { ToolCall, ToolOutcome } from '../tools/tool.ts';
import type { LegCommand, LegEvent } from '../transports/transport.ts';
import { CallerPath } from './caller-path.ts';
import type { Agent } from './cast.ts';
import type {
  Effect,
  HeardItem,
  LimitName,
  LinkReason,
  SecondEnd,
  TurnContext,
  TurnInput,
} from './edges.ts';
import { soundsLikeFarewell } from './farewell.ts';
import {
  closePlane,
  hasSound,
  type MediaPlane,
  type SoundOptions,
  type SoundPlane,
} from './media-plane.ts';
import { Playout } from './playout.ts';
import type { SessionSettings } from './settings.ts';
import {
  assertSession,
  initialState,
  type PromptName,
  type TimerName,
  type TurnState,
  type Verdict,
} from './state.ts';
import { Transcript } from './transcript.ts';
import { step } from './turn.ts';
import { Writing } from './writing.ts';

/** What a link is opened with, besides what does not change during a call. */
export interface LinkOpening {
  readonly reason: LinkReason;
  readonly persona: PersonaSetup;
  readonly history: readonly HistoryItem[];
}

/** What the core wants done in the world. Called from inside its methods, in order. */
export interface SessionRim {
  toLeg(command: LegCommand): void;
  /** To the leg of the second party: frames. */
  toSecond(command: LegCommand): void;
  /** For whoever has the caller on hold. */
  consult(news: 'held' | SecondEnd): void;
  /** To the link in use. */
  toLink(command: ProviderCommand): void;
  openLink(linkId: number, opening: LinkOpening): void;
  closeLink(linkId: number): void;
  useLink(linkId: number): void;
  /** The agent's tools may be called from now on, and no others. */
  useAgent(agent: Agent, by: PersonaChangeBy): void;
  /** The outcome comes back by `toolSettled`. */
  runTool(call: ToolCall): void;
  /** The recording in the leg's format, or null when there is none of that name. */
  promptAudio(name: PromptName): Uint8Array | null;
  setTimer(name: TimerName, delayMs: number): void;
  cancelTimer(name: TimerName): void;
  journal(body: JournalBody): void;
  report(news: SessionNews): void;
  /** Nothing is called after this. */
  ended(cause: SessionEndCause): void;
}

/** What an operator may want to know: logged and measured outside. */
export type SessionNews =
  | { readonly type: 'agent-audio-began'; readonly replyId: string }
  | { readonly type: 'agent-audio-done'; readonly replyId: string; readonly queuedMs: number }
  | { readonly type: 'first-frame'; readonly replyId: string; readonly sinceStartMs: number | null }
  | { readonly type: 'playback-finished'; readonly replyId: string }
  | { readonly type: 'answered'; readonly responseMs: number }
  /** The agent was cut off: its last frame has been sent. */
  | {
      readonly type: 'barged-in';
      readonly items: readonly HeardItem[];
      readonly speechReportedAtMs: number;
    }
  | { readonly type: 'underrun' }
  | { readonly type: 'limit'; readonly limit: LimitName }
  | { readonly type: 'collision' }
  | { readonly type: 'usage'; readonly event: Extract<ProviderEvent, { type: 'reply-end' }> }
  | { readonly type: 'farewell-without-tool'; readonly replyId: string }
  | { readonly type: 'prompt'; readonly name: PromptName }
  | { readonly type: 'warning'; readonly message: string; readonly error: GatewayError | null };

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
 * The name of the tool that ends calls, whose absence after a farewell is worth a word in the log.
 */
const hangUpToolName = 'hangup_call';

/** Replies that may be in progress or waiting at once, as far as measuring them goes. */
const replyStartsMax = 16;

/**
 * One call without the world: the media plane (playout, caller path), the control plane (`step`)
 * and the transcript, joined. Given the same inputs at the same times it does the same things.
 *
 * Every method is called on the event loop with the monotonic time; after the end all do nothing.
 */
export class SessionCore {
  readonly #options: SessionCoreOptions;
  readonly #caller: MediaPlane;
  #second: (SoundPlane & { readonly agent: Agent }) | null = null;
  #attached: Party | 'nobody' = 'caller';
  readonly #transcript = new Transcript();
  readonly #modelBytesPerMs: number;
  #state: TurnState = initialState;
  #agent: Agent;
  #writtenCount = 0;
  #startedAtMs = 0;
  #nowMs = 0;
  #linkInUse = 0;
  /** Of all replies so far, where their price is known. */
  #costUsdMicros = 0;
  /** When each of the last replies began. */
  readonly #replyStarts = new Map<string, number>();
  /** The reply whose audio came last: news of it is given once. */
  #soundingReplyId = '';
  /** Edges that came up while a step was under way: they are taken after it. */
  readonly #waiting: TurnInput[] = [];
  #isStepping = false;

  constructor(options: SessionCoreOptions) {
    this.#options = options;
    const { sound } = options;
    this.#agent = options.agent;
    this.#modelBytesPerMs = sound ? bytesPerMs(sound.playout.modelFormat) : 0;
    this.#caller = sound
      ? this.#planeOf(sound)
      : { playout: this.#makeWriting(), callerPath: null };
  }

  #planeOf(sound: SoundOptions): SoundPlane {
    return { playout: this.#makePlayout(sound), callerPath: this.#makeCallerPath(sound) };
  }

  #makeWriting(): Writing {
    return new Writing({
      onPiece: (itemId, text) => {
        this.#transcript.agentWrote(itemId, text.length);
        this.#options.rim.toLeg({ type: 'agent-text', itemId, text });
      },
      onFirstFrame: (replyId) => this.#onFirstFrame(replyId),
      onReplyPlayed: (replyId) => this.#onReplyPlayed(replyId),
    });
  }

  #makePlayout({ playout }: SoundOptions): Playout {
    const { settings, rim } = this.#options;
    return new Playout({
      ...playout,
      queueMsMax: settings.replyQueueMsMax,
      events: {
        onFirstFrame: (replyId) => this.#onFirstFrame(replyId),
        onReplyPlayed: (replyId) => this.#onReplyPlayed(replyId),
        onPromptPlayed: (name) => this.#take({ type: 'prompt-played', name }),
        onItemStarted: (itemId) => this.#transcript.agentItemStarted(itemId, this.#atMs()),
        onItemPlayed: (item) => this.#record(this.#transcript.agentHeard(item)),
        onUnderrun: () => rim.report({ type: 'underrun' }),
      },
    });
  }

  #makeCallerPath({ callerPath }: SoundOptions): CallerPath {
    const { settings, rim } = this.#options;
    const audio: Mutable<Extract<ProviderCommand, { type: 'caller-audio' }>> = {
      type: 'caller-audio',
      bytes: new Uint8Array(0),
      offset: 0,
      length: 0,
    };
    return new CallerPath({
      ...callerPath,
      gate: settings.gate,
      gateTailMs: settings.gateTailMs,
      onAudio: (bytes, offset, length) => {
        audio.bytes = bytes;
        audio.offset = offset;
        audio.length = length;
        rim.toLink(audio);
      },
    });
  }

  /** What the control plane knows; read by tests and the simulator. */
  get state(): TurnState {
    return this.#state;
  }

  /** The agent's sound on its way to whom it speaks with; only a leg that has any may be asked. */
  get playout(): Playout {
    return this.#sound.playout;
  }

  get callerPath(): CallerPath {
    return this.#sound.callerPath;
  }

  /** Whether the leg has no sound. */
  get isWritten(): boolean {
    return !hasSound(this.#caller);
  }

  /** Whom the agent hears and speaks with. */
  get attached(): Party | 'nobody' {
    return this.#attached;
  }

  /** Who the agent is for whom it speaks with: its tools may be called. */
  get agent(): Agent {
    return this.#attached === 'second' && this.#second ? this.#second.agent : this.#agent;
  }

  /** What was put in where sound was missing, both ways. */
  get filler(): { readonly callerMs: number; readonly playoutMs: number } {
    const { callerPath, playout } = this.#caller;
    return { callerMs: callerPath?.fillerMs ?? 0, playoutMs: playout.fillerMs };
  }

  get #plane(): MediaPlane {
    return (this.#attached === 'second' && this.#second) || this.#caller;
  }

  get #sound(): SoundPlane {
    const plane = this.#plane;
    assert(hasSound(plane), 'the leg has sound');
    return plane;
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
    this.#caller.callerPath?.start(nowMs);
    this.#take({ type: 'start' });
  }

  /** Sends the frame that is due. Once per 20 ms, for a leg with sound. */
  tick(nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    const { rim } = this.#options;
    // Whoever is on hold gets silence: their playout is empty.
    assert(hasSound(this.#caller), 'the leg has sound');
    const callerFrame = this.#caller.playout.tick(nowMs);
    rim.toLeg(callerFrame);
    const secondFrame = this.#second?.playout.tick(nowMs) ?? null;
    if (secondFrame) rim.toSecond(secondFrame);
    const { playout, callerPath } = this.#sound;
    const frame = this.#attached === 'second' ? secondFrame : callerFrame;
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
  attach(second: { readonly sound: SoundOptions; readonly agent: Agent }, nowMs: number): boolean {
    const { party, line } = this.#state;
    if (line.is !== 'up' || party.is !== 'nobody' || party.goodbye) return false;
    this.#nowMs = nowMs;
    this.#second = { ...this.#planeOf(second.sound), agent: second.agent };
    this.#second.callerPath.start(nowMs);
    this.#take({ type: 'second-joined', persona: second.agent.setup });
    return true;
  }

  /** What the second party does; `1` and `2` are yes and no. */
  secondEvent(event: LegEvent, nowMs: number): void {
    if (this.isEnded || this.#attached !== 'second') return;
    this.#nowMs = nowMs;
    if (event.type === 'caller-audio') {
      this.#sound.callerPath.receive(event.bytes, event.offset, event.length, nowMs);
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
    if (this.isEnded || this.#attached !== 'second') return false;
    this.#nowMs = nowMs;
    this.#take({ type: 'second-decided', verdict });
    return true;
  }

  /** The caller hears us again. */
  callerBack(nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    this.#take({ type: 'caller-back', persona: this.#agent.setup });
  }

  legEvent(event: LegEvent, nowMs: number): void {
    if (this.isEnded) return;
    this.#nowMs = nowMs;
    switch (event.type) {
      case 'caller-audio':
        if (this.#attached !== 'caller') return;
        this.#caller.callerPath?.receive(event.bytes, event.offset, event.length, nowMs);
        return;
      case 'caller-text':
        if (this.#attached !== 'caller') return;
        this.#callerWrites(event.text);
        this.#take({ type: 'caller-text', text: event.text });
        return;
      case 'caller-digit':
        this.#options.rim.journal({ type: 'digit' });
        if (this.#attached === 'caller') this.#take({ type: 'caller-digit' });
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
    const { callerPath } = this.#plane;
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
        if (linkId === this.#linkInUse) this.#conversationEvent(event);
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

  #conversationEvent(event: ConversationEvent): void {
    switch (event.type) {
      case 'caller-speech-start':
        this.#transcript.callerSpeaks(event.itemId, this.#atMs());
        this.#take({ type: 'caller-speech-start', by: 'provider' });
        return;
      case 'caller-speech-end':
        this.#take({ type: 'caller-speech-end', by: 'provider' });
        return;
      case 'caller-transcript':
        this.#callerSays(event);
        return;
      case 'reply-start':
        this.#noteReplyStart(event.replyId);
        this.#take(event);
        return;
      case 'agent-audio':
        this.#agentAudio(event);
        return;
      case 'agent-audio-done':
        this.#transcript.agentAudioComplete(event.itemId);
        this.#plane.playout.endItem(event.itemId);
        return;
      case 'agent-text':
        this.#transcript.agentSays(event, this.#atMs());
        this.#write(event);
        return;
      case 'tool-call': {
        const { replyId, callId, name, argumentsJson } = event;
        this.#take({ type: 'tool-call', replyId, call: { callId, name, argumentsJson } });
        return;
      }
      case 'reply-end':
        this.#replyEnd(event);
        return;
      case 'request-refused':
        this.#take(event);
        return;
      default:
        unreachable(event);
    }
  }

  #callerSays(event: Extract<ProviderEvent, { type: 'caller-transcript' }>): void {
    const { itemId, isFinal, text } = event;
    this.#record(this.#transcript.callerSaid(event, this.#atMs()));
    if (isFinal || this.#transcript.speakerOf(itemId) !== 'caller') return;
    this.#options.rim.toLeg({ type: 'caller-words', itemId, text });
  }

  /** Beside sound, words come ahead of it: what is heard of them is told when it is known. */
  #write(event: Extract<ProviderEvent, { type: 'agent-text' }>): void {
    const { itemId, isFinal, text } = event;
    const { playout } = this.#plane;
    if (playout instanceof Writing) playout.write(event);
    else if (this.#attached === 'caller' && !isFinal) {
      this.#options.rim.toLeg({ type: 'agent-text', itemId, text });
    }
  }

  #callerWrites(text: string): void {
    this.#writtenCount += 1;
    const itemId = `written_${this.#writtenCount}`;
    this.#record(this.#transcript.callerSaid({ itemId, text, isFinal: true }, this.#atMs()));
  }

  #agentAudio(event: Extract<ProviderEvent, { type: 'agent-audio' }>): void {
    const { line } = this.#state;
    if (this.isWritten) return;
    this.#transcript.agentSounds(event, event.length / this.#modelBytesPerMs, this.#atMs());
    // Once a recording says goodbye, it has the last word.
    if (line.is === 'closing' && line.by === 'prompt') return;
    const taken = this.#plane.playout.receive(event, this.#nowMs);
    if (taken === 'over-limit') {
      this.#plane.playout.silence(event.replyId);
      this.#take({ type: 'over-limit', replyId: event.replyId });
      return;
    }
    if (taken === 'silenced' || event.replyId === this.#soundingReplyId) return;
    this.#soundingReplyId = event.replyId;
    this.#options.rim.report({ type: 'agent-audio-began', replyId: event.replyId });
  }

  #replyEnd(event: Extract<ProviderEvent, { type: 'reply-end' }>): void {
    const { replyId, outcome, reason, error, usage } = event;
    const { rim } = this.#options;
    const carried = this.#transcript.carried(replyId);
    this.#plane.playout.endReply(replyId);
    // What comes after the end would never be ended itself.
    this.#plane.playout.silence(replyId);
    if (carried === 'audio' || carried === 'cut-short') {
      const { queuedMs } = this.#plane.playout;
      rim.report({ type: 'agent-audio-done', replyId, queuedMs });
    }
    rim.report({ type: 'usage', event });
    const startedAtMs = this.#replyStarts.get(replyId);
    const tookMs = startedAtMs === undefined ? null : Math.round(this.#nowMs - startedAtMs);
    const errorCode = error?.code ?? null;
    rim.journal({ type: 'reply', replyId, outcome, reason, errorCode, tookMs, usage });
    this.#noteFarewell(replyId);
    for (const body of this.#transcript.replyEnded(replyId)) this.#record(body);
    this.#take({ type: 'reply-end', replyId, outcome, error, carried });
    this.#spend(usage?.costUsdMicros ?? 0);
  }

  #spend(costUsdMicros: number): void {
    const { costUsdMicrosMax } = this.#options.settings;
    this.#costUsdMicros += costUsdMicros;
    const isOver = costUsdMicrosMax !== null && this.#costUsdMicros >= costUsdMicrosMax;
    if (isOver && this.#state.line.is === 'up') this.#take({ type: 'budget-spent' });
  }

  #noteFarewell(replyId: string): void {
    if (this.#state.line.is !== 'up') return;
    const hasTool = this.#state.pendingCalls.some(({ call }) => call.name === hangUpToolName);
    if (hasTool || !soundsLikeFarewell(this.#transcript.textOf(replyId))) return;
    this.#options.rim.report({ type: 'farewell-without-tool', replyId });
  }

  #noteReplyStart(replyId: string): void {
    this.#replyStarts.set(replyId, this.#nowMs);
    if (this.#replyStarts.size <= replyStartsMax) return;
    for (const oldest of this.#replyStarts.keys()) {
      this.#replyStarts.delete(oldest);
      return;
    }
  }

  #onFirstFrame(replyId: string): void {
    const startedAtMs = this.#replyStarts.get(replyId);
    const sinceStartMs = startedAtMs === undefined ? null : this.#nowMs - startedAtMs;
    this.#options.rim.report({ type: 'first-frame', replyId, sinceStartMs });
    this.#take({ type: 'first-frame', replyId });
  }

  #onReplyPlayed(replyId: string): void {
    this.#options.rim.report({ type: 'playback-finished', replyId });
    this.#take({ type: 'reply-played', replyId });
  }

  #linkEnded(linkId: number, error: GatewayError | null): void {
    if (linkId === this.#linkInUse) this.#unlink();
    this.#take({ type: 'link-ended', linkId, error });
  }

  /**
   * The link in use is gone or given up: what it still says is no part of the call. Its replies
   * will not be ended by it; what came of them is played to its end.
   */
  #unlink(): void {
    this.#plane.callerPath?.setLinked(false);
    this.#linkInUse = 0;
    const { active } = this.#state.arbiter;
    for (const replyId of new Set([...this.#plane.playout.openReplyIds(), active?.replyId])) {
      if (replyId === undefined) continue;
      this.#plane.playout.endReply(replyId);
      for (const body of this.#transcript.replyEnded(replyId)) this.#record(body);
    }
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
        const { playout } = this.#plane;
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
      greeting: this.#agent.greeting,
      canTruncate: this.#options.canTruncate,
      isWritten: this.isWritten,
      successor: this.#options.successor,
      unplayed: this.#plane.playout.unplayed(),
      saidCount: this.#transcript.saidCount,
      effects,
    };
    this.#state = step(this.#state, input, context);
    assertSession(this.#state);
    for (const effect of effects) this.#perform(effect);
    // After the effects: a greeting goes out before what the caller said meanwhile.
    if (!this.isEnded && effects.some(({ type }) => type === 'use-link'))
      this.#plane.callerPath?.setLinked(true);
  }

  #perform(effect: Effect): void {
    const { rim } = this.#options;
    switch (effect.type) {
      case 'link':
        rim.toLink(effect.command);
        return;
      case 'leg':
        rim.toLeg(effect.command);
        return;
      case 'open-link':
        this.#openLink(effect);
        return;
      case 'close-link':
        if (effect.linkId === this.#linkInUse) this.#unlink();
        rim.closeLink(effect.linkId);
        return;
      case 'use-link':
        this.#linkInUse = effect.linkId;
        rim.useLink(effect.linkId);
        return;
      case 'flush-playout':
        this.#plane.playout.flush();
        return;
      case 'silence-reply':
        this.#plane.playout.silence(effect.replyId);
        return;
      case 'attach':
        this.#attach(effect.party);
        return;
      case 'consult':
        rim.consult(effect.news);
        return;
      case 'play-prompt':
        this.#playPrompt(effect.name);
        return;
      case 'use-agent':
        this.#useAgent(effect);
        return;
      case 'run-tool':
        this.#transcript.toolCalled(effect.call, this.#atMs());
        rim.runTool(effect.call);
        return;
      case 'results-sent':
        for (const outcome of effect.outcomes) this.#transcript.toolAnswered(outcome);
        return;
      case 'set-timer':
        rim.setTimer(effect.name, effect.delayMs);
        return;
      case 'cancel-timer':
        rim.cancelTimer(effect.name);
        return;
      case 'journal':
        rim.journal(effect.body);
        return;
      case 'finish':
        this.#finish(effect.cause);
        return;
      default:
        this.#performNews(effect);
    }
  }

  #openLink({ linkId, reason }: Extract<Effect, { type: 'open-link' }>): void {
    const { rim } = this.#options;
    rim.openLink(linkId, { reason, persona: this.agent.setup, history: this.#history() });
    rim.journal({ type: 'link', state: 'opened', reason });
  }

  #useAgent({ agent, by }: Extract<Effect, { type: 'use-agent' }>): void {
    const { rim } = this.#options;
    this.#agent = agent;
    rim.useAgent(agent, by);
    rim.journal({ type: 'persona-change', persona: agent.setup.key, by });
  }

  #performNews(effect: NewsEffect): void {
    const { rim } = this.#options;
    switch (effect.type) {
      case 'warn':
        rim.report({ type: 'warning', message: effect.message, error: effect.error });
        if (effect.error) {
          const { code, message } = effect.error;
          rim.journal({ type: 'error', code, message });
        }
        return;
      case 'count-limit':
        rim.report({ type: 'limit', limit: effect.limit });
        return;
      case 'count-collision':
        rim.report({ type: 'collision' });
        return;
      case 'barged-in':
        for (const item of effect.items) this.#record(this.#transcript.agentHeard(item));
        rim.report({ type: 'barged-in', items: effect.items, speechReportedAtMs: this.#nowMs });
        return;
      case 'stopped':
        for (const item of effect.items) this.#record(this.#transcript.agentHeard(item));
        return;
      case 'answered':
        rim.report({ type: 'answered', responseMs: effect.responseMs });
        return;
      default:
        unreachable(effect);
    }
  }

  /**
   * Turns the model's ears and mouth to somebody else. What comes late of a reply that was cut off
   * is played to nobody. While nobody is there the model hears silence: its clock must not stop.
   */
  #attach(party: Party | 'nobody'): void {
    const before = this.#plane;
    this.#attached = party;
    const now = this.#plane;
    if (now !== before && hasSound(now) && hasSound(before)) {
      now.playout.silenceAs(before.playout);
      before.callerPath.setLinked(false);
      now.callerPath.setLinked(this.#linkInUse !== 0);
    }
    if (party !== 'second' && this.#second) {
      closePlane(this.#second);
      this.#second = null;
    }
    if (party !== 'nobody') this.#transcript.attend(party);
  }

  /** A prompt that is missing is as good as played: nobody waits for it for ever. */
  #playPrompt(name: PromptName): void {
    const { playout } = this.#plane;
    if (playout instanceof Writing) {
      this.#waiting.push({ type: 'prompt-played', name });
      return;
    }
    const { rim } = this.#options;
    const bytes = rim.promptAudio(name);
    rim.journal({ type: 'prompt', name });
    rim.report({ type: 'prompt', name });
    if (bytes) playout.playPrompt(name, bytes);
    else this.#waiting.push({ type: 'prompt-played', name });
  }

  #finish(cause: SessionEndCause): void {
    const { rim } = this.#options;
    for (const item of this.#plane.playout.unplayed())
      this.#record(this.#transcript.agentHeard(item));
    for (const body of this.#transcript.finish()) this.#record(body);
    rim.journal({
      type: 'session-end',
      cause,
      durationMs: Math.round(this.#atMs()),
      callerFillerMs: this.filler.callerMs,
      agentHeardMs: this.#transcript.agentHeardMs,
    });
    this.#waiting.length = 0;
    closePlane(this.#caller);
    if (this.#second) closePlane(this.#second);
    rim.ended(cause);
  }

  /** What was said so far, as far as it was heard by this very moment. */
  #history(): HistoryItem[] {
    for (const item of this.#plane.playout.unplayed()) this.#transcript.agentHears(item);
    return this.#transcript.history();
  }

  #record(body: JournalBody | null): void {
    if (body) this.#options.rim.journal(body);
  }

  #atMs(): number {
    return this.#nowMs - this.#startedAtMs;
  }
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

type ConversationEvent = Exclude<
  ProviderEvent,
  { type: 'ready' | 'ending-soon' | 'ended' | 'warning' }
>;

type NewsEffect = Extract<
  Effect,
  { type: 'warn' | 'count-limit' | 'count-collision' | 'barged-in' | 'stopped' | 'answered' }
>;
