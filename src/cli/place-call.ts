import {
  type AudioFormat,
  bytesPerMs,
  bytesPerSample,
  frameBytes,
  frameMs,
  type RateHz,
  silenceByte,
} from '../audio/format.ts';
import { alaw, type CompandingLaw, mulaw } from '../audio/g711.ts';
import { rmsDbfs } from '../audio/level.ts';
import type { ByteSocket } from '../runtime/byte-socket.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import {
  type AudioSocketFormatName,
  audioSocketFormats,
  encodeMessage,
  encodeUuid,
  formatOfKind,
  headerBytes,
  isAudioKind,
  kindOfFormat,
  MessageParser,
  messageKind,
  writeHeader,
} from '../transports/audiosocket/wire.ts';
import { type CallTimeline, callTimeline } from './call-timeline.ts';
import { CallTrack } from './call-track.ts';

/** An agent frame above this is heard as sound. */
const soundDbfs = -45;

/** Agent audio that comes this much later than expected leaves a gap in the recording. */
const arrivalJitterMs = 20;

/** Whoever listens in hears this late: agent audio of the same instant has come by then. */
const soundDelayMs = 100;

/** A caller who is not greeted speaks first after this. */
const greetingMsMax = 5_000;

/** Between two keys: a quick finger. */
const digitFrames = 10;

/** When the caller says a line. Times of `at` count from the start of the call. */
export type Cue =
  | { readonly type: 'at'; readonly atMs: number }
  /** Once the agent has spoken since the caller's last line and been quiet this long. */
  | { readonly type: 'after-agent'; readonly quietMs: number }
  /** This long after the agent began to answer the caller's last line, over its voice. */
  | { readonly type: 'over-agent'; readonly afterMs: number }
  /** Once nobody has spoken for this long. */
  | { readonly type: 'after-silence'; readonly quietMs: number };

/** What the caller does at a cue: speaks (bytes in the call's format) or presses keys. */
export type CallerLine = { readonly cue: Cue } & (
  | { readonly speech: Uint8Array }
  | { readonly digits: string }
);

/** A caller who makes up its mind on the way. */
export interface CallerScript {
  /** Asked for the line with that number at every frame until its cue comes; none: all is said. */
  at(index: number): CallerLine | undefined;
}

/** 20 ms of both sides as the call goes on, at the call's rate. */
export interface CallSound {
  readonly caller: Int16Array;
  readonly agent: Int16Array;
}

export interface PlaceCallOptions {
  readonly host: string;
  readonly port: number;
  readonly uuid: string;
  readonly format: AudioSocketFormatName;
  /** In order; a line waits until the one before it has been said. */
  readonly lines: readonly CallerLine[] | CallerScript;
  /** The caller hangs up when all is said and both sides were quiet this long. */
  readonly holdMs: number;
  readonly callMsMax: number;
}

export interface PlaceCallDeps {
  readonly clock: Clock;
  /** Connects, or rejects with what the operating system says. */
  connect(address: { readonly host: string; readonly port: number }): Promise<ByteSocket>;
  /** Told about every second of the call. */
  onSecond?(elapsedMs: number): void;
  /** Given what was to be heard `soundDelayMs` ago, every frame. */
  onSound?(sound: CallSound): void;
}

export type CallEnd =
  | 'agent-hung-up'
  | 'caller-hung-up'
  | 'time-limit'
  | 'line-reset'
  /** The far end sent audio of another rate than the call has. */
  | 'format-mismatch';

export interface CallResult {
  readonly end: CallEnd;
  readonly rateHz: RateHz;
  /** Both sides from the first caller frame on, of one length; the agent's as it arrived. */
  readonly caller: Int16Array;
  readonly agent: Int16Array;
  readonly timeline: CallTimeline;
  readonly agentFrameCount: number;
  /** How late our worst frame left: above 20 ms, the machine was too busy to judge by. */
  readonly latenessMsMax: number;
}

/**
 * Calls an AudioSocket server as Asterisk does: UUID, then one frame every 20 ms on absolute
 * deadlines until either side hangs up. Rejects with `CALL_UNANSWERED` if nobody answers there.
 */
export async function placeCall(
  options: PlaceCallOptions,
  deps: PlaceCallDeps,
): Promise<CallResult> {
  const { host, port } = options;
  const socket = await deps.connect({ host, port }).catch((cause) => {
    const message = `nobody answers at ${host}:${port}: ${messageOf(cause)}`;
    throw new GatewayError('CALL_UNANSWERED', message, { host, port }, cause);
  });
  return await new Promise((resolve) => new Call(socket, options, deps, resolve).start());
}

class Call {
  readonly #socket: ByteSocket;
  readonly #options: PlaceCallOptions;
  readonly #deps: PlaceCallDeps;
  readonly #onResult: (result: CallResult) => void;
  readonly #format: AudioFormat;
  readonly #message: Uint8Array;
  readonly #callerTrack: CallTrack;
  readonly #agentTrack: CallTrack;
  readonly #parser = new MessageParser((...message) => this.#hear(...message));
  readonly #startMs: number;
  #timer: Timer | null = null;
  #end: CallEnd | null = null;
  #frameCount = 0;
  #agentFrameCount = 0;
  #latenessMsMax = 0;
  #lineIndex = 0;
  /** The line being said, from byte `at` on. */
  #speech: { readonly bytes: Uint8Array; at: number } | null = null;
  #digits: { readonly keys: string; at: number } | null = null;
  /** Since the caller's last line ended, by the time of the call: what the agent did. */
  #lineEndMs = 0;
  #agentBeganMs: number | null = null;
  #agentSoundMs = 0;

  constructor(
    socket: ByteSocket,
    options: PlaceCallOptions,
    deps: PlaceCallDeps,
    onResult: (result: CallResult) => void,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#deps = deps;
    this.#onResult = onResult;
    this.#format = audioSocketFormats[options.format];
    this.#message = new Uint8Array(headerBytes + frameBytes(this.#format));
    writeHeader(this.#message, kindOfFormat(this.#format), frameBytes(this.#format));
    const samplesMax = (options.callMsMax / 1000) * this.#format.rateHz;
    this.#callerTrack = new CallTrack(samplesMax);
    this.#agentTrack = new CallTrack(samplesMax);
    this.#startMs = deps.clock.monotonicMs();
  }

  start(): void {
    this.#socket.listen({
      onBytes: (bytes) => this.#parser.push(bytes),
      onDrain: () => undefined,
      onEnd: (how) => this.#finish(how === 'fin' ? 'agent-hung-up' : 'line-reset'),
    });
    this.#socket.write(encodeUuid(this.#options.uuid));
    this.#tick();
  }

  get #elapsedMs(): number {
    return this.#deps.clock.monotonicMs() - this.#startMs;
  }

  /** Sends every frame that is due and waits for the next one. */
  #tick(): void {
    while (this.#end === null && this.#frameCount * frameMs <= this.#elapsedMs) this.#sendFrame();
    if (this.#end !== null) return;
    const delayMs = Math.max(0, this.#frameCount * frameMs - this.#elapsedMs);
    this.#timer = this.#deps.clock.setTimer(delayMs, () => this.#tick());
  }

  #sendFrame(): void {
    const atMs = this.#frameCount * frameMs;
    this.#latenessMsMax = Math.max(this.#latenessMsMax, this.#elapsedMs - atMs);
    if (this.#isOver(atMs)) return;
    this.#takeCue(atMs);
    this.#pressDigit();
    this.#fillFrame(atMs);
    // The socket may hold what it is given until it is drained: each frame is bytes of its own.
    this.#socket.write(this.#message.slice());
    const samples = decode(this.#message, headerBytes, frameBytes(this.#format), this.#format);
    this.#callerTrack.write(atMs * (this.#format.rateHz / 1000), samples);
    this.#frameCount += 1;
    this.#tellSound(atMs - soundDelayMs);
    if (this.#frameCount % (1000 / frameMs) === 0) this.#deps.onSecond?.(atMs + frameMs);
  }

  #tellSound(fromMs: number): void {
    if (this.#deps.onSound === undefined || fromMs < 0) return;
    const samplesPerMs = this.#format.rateHz / 1000;
    const [from, to] = [fromMs * samplesPerMs, (fromMs + frameMs) * samplesPerMs];
    const [caller, agent] = [this.#callerTrack, this.#agentTrack].map((track) =>
      track.between(from, to),
    );
    this.#deps.onSound({ caller: caller!, agent: agent! });
  }

  #quietMs(atMs: number): number {
    return atMs - Math.max(this.#lineEndMs, this.#agentSoundMs);
  }

  #isOver(atMs: number): boolean {
    if (!this.#isBusy && this.#quietMs(atMs) >= this.#patienceMs) this.#finish('caller-hung-up');
    else if (atMs >= this.#options.callMsMax) this.#finish('time-limit');
    return this.#end !== null;
  }

  /** How long the caller bears that nobody speaks: longer while there is something left to say. */
  get #patienceMs(): number {
    const next = this.#options.lines.at(this.#lineIndex);
    if (next?.cue.type === 'at') return Number.POSITIVE_INFINITY;
    return this.#options.holdMs + (next === undefined ? 0 : greetingMsMax);
  }

  get #isBusy(): boolean {
    return this.#speech !== null || this.#digits !== null;
  }

  #takeCue(atMs: number): void {
    if (this.#isBusy) return;
    const line = this.#options.lines.at(this.#lineIndex);
    if (line === undefined || !this.#isCue(line.cue, atMs)) return;
    this.#lineIndex += 1;
    if ('speech' in line) this.#speech = { bytes: line.speech, at: 0 };
    else this.#digits = { keys: line.digits, at: this.#frameCount };
  }

  #isCue(cue: Cue, atMs: number): boolean {
    if (cue.type === 'at') return atMs >= cue.atMs;
    if (cue.type === 'after-silence') return this.#quietMs(atMs) >= cue.quietMs;
    if (this.#agentBeganMs === null) {
      return cue.type === 'after-agent' && this.#lineIndex === 0 && atMs >= greetingMsMax;
    }
    if (cue.type === 'over-agent') return atMs >= this.#agentBeganMs + cue.afterMs;
    return atMs >= this.#agentSoundMs + cue.quietMs;
  }

  #pressDigit(): void {
    if (this.#digits === null) return;
    const framesSince = this.#frameCount - this.#digits.at;
    if (framesSince % digitFrames !== 0) return;
    const key = this.#digits.keys[framesSince / digitFrames];
    if (key === undefined) {
      this.#digits = null;
      this.#endLine();
    } else this.#socket.write(encodeMessage(messageKind.digit, Buffer.from(key, 'latin1')));
  }

  #fillFrame(atMs: number): void {
    this.#message.fill(silenceByte(this.#format.encoding), headerBytes);
    if (this.#speech === null) return;
    const { bytes, at } = this.#speech;
    const frame = bytes.subarray(at, at + frameBytes(this.#format));
    this.#message.set(frame, headerBytes);
    this.#speech.at += frame.length;
    if (this.#speech.at < bytes.length) return;
    this.#speech = null;
    this.#endLine(atMs + frameMs);
  }

  #endLine(atMs = this.#frameCount * frameMs): void {
    this.#lineEndMs = atMs;
    this.#agentBeganMs = null;
  }

  #hear(kind: number, bytes: Uint8Array, offset: number, length: number): void {
    if (kind === messageKind.hangUp) this.#finish('agent-hung-up');
    if (this.#end !== null || !isAudioKind(kind)) return;
    const format = formatOfKind(kind, this.#format);
    if (format?.rateHz === this.#format.rateHz) this.#hearAgent(bytes, offset, length);
    else this.#finish('format-mismatch');
  }

  #hearAgent(bytes: Uint8Array, offset: number, length: number): void {
    const elapsedMs = this.#elapsedMs;
    this.#agentFrameCount += 1;
    this.#record(bytes, offset, length, elapsedMs);
    if (rmsDbfs(bytes, offset, length, this.#format.encoding) < soundDbfs) return;
    if (!this.#isBusy) this.#agentBeganMs ??= elapsedMs;
    this.#agentSoundMs = elapsedMs + length / bytesPerMs(this.#format);
  }

  /** Behind what came before, or where it arrived if that is clearly later. */
  #record(bytes: Uint8Array, offset: number, length: number, elapsedMs: number): void {
    const samplesPerMs = this.#format.rateHz / 1000;
    const arrivedAt = Math.round(elapsedMs * samplesPerMs);
    const isLate = arrivedAt > this.#agentTrack.end + arrivalJitterMs * samplesPerMs;
    const at = isLate ? arrivedAt : this.#agentTrack.end;
    this.#agentTrack.write(at, decode(bytes, offset, length, this.#format));
  }

  #finish(end: CallEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#timer?.cancel();
    this.#socket.end();
    const { rateHz } = this.#format;
    const length = Math.max(this.#callerTrack.end, this.#agentTrack.end);
    const caller = this.#callerTrack.samples(length);
    const agent = this.#agentTrack.samples(length);
    this.#onResult({
      end,
      rateHz,
      caller,
      agent,
      timeline: callTimeline({ rateHz, caller, agent }),
      agentFrameCount: this.#agentFrameCount,
      latenessMsMax: this.#latenessMsMax,
    });
  }
}

function lawOf({ encoding }: AudioFormat): CompandingLaw | null {
  if (encoding === 'pcm_s16le') return null;
  return encoding === 'mulaw' ? mulaw : alaw;
}

/** The samples of `length` wire bytes from `offset`; half a sample at the end is dropped. */
function decode(
  bytes: Uint8Array,
  offset: number,
  length: number,
  format: AudioFormat,
): Int16Array {
  const law = lawOf(format);
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  const sampleCount = Math.floor(length / bytesPerSample(format));
  return Int16Array.from({ length: sampleCount }, (_, index) => {
    return law === null ? view.getInt16(2 * index, true) : law.sampleOf[view.getUint8(index)]!;
  });
}
