import type { Converter } from '../audio/converter.ts';
import { type AudioFormat, bytesPerMs, frameBytes, frameMs, silenceByte } from '../audio/format.ts';
import { AudioRing } from '../audio/ring.ts';
import type { HeardItem } from './edges.ts';
import type { PromptName } from './state.ts';

/**
 * Audio gathered before a reply begins to sound: two frames, so that one late delta is not heard.
 */
export const cushionMs = 40;
/** The longest a reply that has begun to arrive waits for its cushion. */
export const cushionWaitMsMax = 60;
/** Replies that are remembered as cut off; late audio of older ones cannot come any more. */
const silencedRepliesMax = 16;

/** What the playout tells its owner, from inside `report`. */
export interface PlayoutEvents {
  /** The first frame of a reply has been sent. */
  onFirstFrame(replyId: string): void;
  /** The provider has ended the reply, and its last sample has been sent. */
  onReplyPlayed(replyId: string): void;
  onPromptPlayed(name: PromptName): void;
  /** An item begins to sound, or has been played to its end. */
  onItemStarted(itemId: string): void;
  onItemPlayed(item: HeardItem): void;
  /** The queue ran dry in mid-item. */
  onUnderrun(): void;
}

export interface PlayoutOptions {
  /** What the model sends and what the leg plays; `converter` turns one into the other. */
  readonly modelFormat: AudioFormat;
  readonly legFormat: AudioFormat;
  readonly converter: Converter;
  /** Audio that may wait, and what the far end holds back of what was sent. */
  readonly queueMsMax: number;
  readonly farEndDelayMs: number;
  readonly events: PlayoutEvents;
}

/** An item of a reply with its place in the stream of leg bytes. */
interface QueuedItem {
  readonly replyId: string;
  readonly itemId: string;
  readonly contentIndex: number;
  receivedBytes: number;
  readonly startByte: number;
  endByte: number;
  isComplete: boolean;
  hasStarted: boolean;
}

interface QueuedReply {
  readonly replyId: string;
  hasStarted: boolean;
  isEnded: boolean;
}

interface PlayingPrompt {
  readonly name: PromptName;
  /** Whole recording in the leg's format; shared, never written. */
  readonly bytes: Uint8Array;
  position: number;
}

/** What the last tick sent. */
type Sent = 'speech' | 'prompt' | 'silence' | 'underrun';

/** One frame on its way to the leg: the same object each time, to be used before the next tick. */
export interface AgentFrame {
  readonly type: 'agent-audio';
  bytes: Uint8Array;
  offset: number;
  readonly length: number;
}

/** Nothing waits | gathering a cushion | sounding | run dry in the middle of an item. */
type Phase =
  | { readonly is: 'idle' }
  | { readonly is: 'dry' }
  | { readonly is: 'gathering'; readonly sinceMs: number }
  | { readonly is: 'sounding' };

const idle: Phase = { is: 'idle' };
const dry: Phase = { is: 'dry' };
const sounding: Phase = { is: 'sounding' };

/**
 * The agent's side of one call: takes audio of any size as fast as the model sends it, and gives
 * one frame of exactly 20 ms per tick, silence when there is none. Knows to the sample what was
 * played.
 *
 * Owned by one session, no I/O, no clock of its own. A frame counts as played when `tick` has
 * returned it. Every byte received is played, flushed or queued.
 */
export class Playout {
  readonly #options: PlayoutOptions;
  readonly #ring: AudioRing;
  readonly #silence: Uint8Array;
  readonly #tail: Uint8Array;
  readonly #frame: AgentFrame;
  readonly #legBytesPerMs: number;
  readonly #modelBytesPerMs: number;
  #items: QueuedItem[] = [];
  #replies: QueuedReply[] = [];
  #silenced: string[] = [];
  #prompt: PlayingPrompt | null = null;
  #phase: Phase = idle;
  #fillerFrames = 0;
  #playedFrames = 0;
  #sent: Sent = 'silence';

  constructor(options: PlayoutOptions) {
    this.#options = options;
    this.#legBytesPerMs = bytesPerMs(options.legFormat);
    this.#modelBytesPerMs = bytesPerMs(options.modelFormat);
    const length = frameBytes(options.legFormat);
    this.#ring = new AudioRing({
      frameBytes: length,
      bytesMax: options.queueMsMax * this.#legBytesPerMs,
    });
    this.#silence = new Uint8Array(length).fill(silenceByte(options.legFormat.encoding));
    this.#tail = new Uint8Array(length);
    this.#frame = { type: 'agent-audio', bytes: this.#silence, offset: 0, length };
  }

  /** Agent speech, not recordings, is in the frame that `tick` last gave. */
  get isSounding(): boolean {
    return this.#phase.is === 'sounding';
  }

  get queuedMs(): number {
    return this.#ring.queuedBytes / this.#legBytesPerMs;
  }

  /** Silence in mid-reply and recordings, in milliseconds: not counted as speech. */
  get fillerMs(): number {
    return this.#fillerFrames * frameMs;
  }

  /** Frames of agent speech sent so far, in milliseconds. */
  get playedMs(): number {
    return this.#playedFrames * frameMs;
  }

  /** Where every byte of agent audio is: the sum of the last three is always the first. */
  get account(): {
    readonly receivedBytes: number;
    readonly playedBytes: number;
    readonly flushedBytes: number;
    readonly queuedBytes: number;
  } {
    return {
      receivedBytes: this.#ring.writtenBytes,
      playedBytes: this.#ring.readBytes,
      flushedBytes: this.#ring.clearedBytes,
      queuedBytes: this.#ring.queuedBytes,
    };
  }

  /**
   * Queues `length` bytes of an item in the model's format. `silenced`: its reply was cut off, and
   * the bytes are dropped. `over-limit`: more waits than `queueMsMax`; nothing was taken.
   */
  receive(
    audio: {
      readonly replyId: string;
      readonly itemId: string;
      readonly contentIndex: number;
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly length: number;
    },
    nowMs: number,
  ): 'queued' | 'silenced' | 'over-limit' {
    if (this.#silenced.includes(audio.replyId)) return 'silenced';
    const { converter } = this.#options;
    const last = this.#items.at(-1);
    // Before anything is reserved: what is left in the converter belongs to the item before.
    if (last && last.itemId !== audio.itemId) this.#complete(last);
    const at = this.#ring.reserve(converter.bytesMax(audio.length));
    if (at < 0) return 'over-limit';
    const item = this.#itemOf(audio);
    item.receivedBytes += audio.length;
    this.#ring.commit(
      converter.convert(audio.bytes, audio.offset, audio.length, this.#ring.bytes, at),
    );
    item.endByte = this.#ring.writtenBytes;
    if (this.#phase.is === 'idle' || this.#phase.is === 'dry') {
      this.#phase = { is: 'gathering', sinceMs: nowMs };
    }
    return 'queued';
  }

  /** No more audio comes for the item: the sound still inside the converter is queued. */
  endItem(itemId: string): void {
    const item = this.#items.find((one) => one.itemId === itemId);
    if (item) this.#complete(item);
  }

  /** The provider has ended the reply: what waits is played to its last sample. */
  endReply(replyId: string): void {
    for (const item of this.#items) if (item.replyId === replyId) this.#complete(item);
    const reply = this.#replies.find((one) => one.replyId === replyId);
    if (reply) reply.isEnded = true;
  }

  /** Replies that have sound here and have not been ended. */
  openReplyIds(): string[] {
    return this.#replies.filter(({ isEnded }) => !isEnded).map(({ replyId }) => replyId);
  }

  /** Nothing more of this reply is taken; what waits of it is still played. */
  silence(replyId: string): void {
    if (this.#silenced.includes(replyId)) return;
    this.#silenced.push(replyId);
    if (this.#silenced.length > silencedRepliesMax) this.#silenced.shift();
  }

  /** Nothing of what was cut off at the other one is taken here either. */
  silenceAs(other: Playout): void {
    for (const replyId of other.#silenced) this.silence(replyId);
  }

  /** Frees what the converter holds. Nothing is to be played afterwards. */
  close(): void {
    this.#options.converter.close();
  }

  /** Drops everything that waits, recordings too. Nothing more of those replies is played. */
  flush(): void {
    for (const { replyId } of this.#replies) this.silence(replyId);
    this.#ring.clear();
    this.#options.converter.reset();
    this.#items = [];
    this.#replies = [];
    this.#prompt = null;
    this.#phase = idle;
  }

  /** Plays a recording in the leg's format while no reply sounds; a reply takes its place. */
  playPrompt(name: PromptName, bytes: Uint8Array): void {
    this.#prompt = { name, bytes, position: 0 };
  }

  /** Items that have not been played to their end, oldest first, as they have been heard by now. */
  unplayed(): HeardItem[] {
    return this.#items.map((item) => this.#heard(item));
  }

  /** The frame to send now; to be followed by `report` when it has been sent. */
  tick(nowMs: number): AgentFrame {
    if (this.#phase.is === 'gathering' && this.#isCushioned(nowMs, this.#phase.sinceMs)) {
      this.#phase = sounding;
      this.#prompt = null;
    }
    this.#sent = this.#fill();
    if (this.#sent === 'speech') this.#playedFrames += 1;
    else if (this.#sent !== 'silence' || this.#items[0]?.hasStarted) this.#fillerFrames += 1;
    return this.#frame;
  }

  /** Calls the events that come with the frame of the last tick. */
  report(): void {
    const { events } = this.#options;
    if (this.#sent === 'underrun') events.onUnderrun();
    if (this.#replies.length > 0) this.#reportReplies();
    if (this.#prompt && this.#prompt.position >= this.#prompt.bytes.length) {
      const { name } = this.#prompt;
      this.#prompt = null;
      events.onPromptPlayed(name);
    }
  }

  #isCushioned(nowMs: number, sinceMs: number): boolean {
    if (this.queuedMs >= cushionMs || nowMs - sinceMs >= cushionWaitMsMax) return true;
    return this.#isTailComplete();
  }

  #fill(): Sent {
    if (this.#phase.is === 'sounding') return this.#fillFromReply();
    if (this.#prompt) return this.#fillFromPrompt(this.#prompt);
    return this.#fillWithSilence();
  }

  #fillFromReply(): Sent {
    let at = this.#ring.readFrame();
    if (at < 0 && this.#ring.queuedBytes > 0 && this.#isTailComplete()) {
      this.#ring.padToFrame(silenceByte(this.#options.legFormat.encoding));
      at = this.#ring.readFrame();
    }
    if (at < 0) return this.#starve();
    this.#frame.bytes = this.#ring.bytes;
    this.#frame.offset = at;
    return 'speech';
  }

  #isTailComplete(): boolean {
    return this.#items.every(({ isComplete }) => isComplete);
  }

  /** Nothing to play, in the middle of an item or between replies. */
  #starve(): Sent {
    this.#fillWithSilence();
    if (this.#isTailComplete()) {
      this.#phase = idle;
      // Nothing is queued: this gives the memory back.
      this.#ring.clear();
      return 'silence';
    }
    this.#phase = dry;
    return 'underrun';
  }

  #fillFromPrompt(prompt: PlayingPrompt): Sent {
    const { length } = this.#frame;
    if (prompt.position + length <= prompt.bytes.length) {
      this.#frame.bytes = prompt.bytes;
      this.#frame.offset = prompt.position;
    } else {
      this.#tail.set(this.#silence);
      this.#tail.set(prompt.bytes.subarray(prompt.position));
      this.#frame.bytes = this.#tail;
      this.#frame.offset = 0;
    }
    prompt.position += length;
    return 'prompt';
  }

  #fillWithSilence(): Sent {
    this.#frame.bytes = this.#silence;
    this.#frame.offset = 0;
    return 'silence';
  }

  /** Reports what has begun to sound and what has been played to its end. */
  #reportReplies(): void {
    const { events } = this.#options;
    const position = this.#ring.readPosition;
    for (const item of this.#items) {
      if (item.hasStarted || item.startByte >= position) continue;
      item.hasStarted = true;
      this.#startReply(item.replyId);
      events.onItemStarted(item.itemId);
    }
    while (this.#items[0]?.isComplete && this.#items[0].endByte <= position) {
      const played = this.#items.shift()!;
      events.onItemPlayed({ ...this.#heard(played), heardMs: this.#receivedMs(played) });
    }
    for (let reply = this.#replies[0]; reply?.isEnded; reply = this.#replies[0]) {
      const { replyId } = reply;
      if (this.#items.some((item) => item.replyId === replyId)) return;
      this.#replies.shift();
      events.onReplyPlayed(replyId);
    }
  }

  #startReply(replyId: string): void {
    const reply = this.#replies.find((one) => one.replyId === replyId);
    if (!reply || reply.hasStarted) return;
    reply.hasStarted = true;
    this.#options.events.onFirstFrame(replyId);
  }

  #itemOf(audio: {
    readonly replyId: string;
    readonly itemId: string;
    readonly contentIndex: number;
  }): QueuedItem {
    const last = this.#items.at(-1);
    if (last?.itemId === audio.itemId && !last.isComplete) return last;
    const { replyId, itemId, contentIndex } = audio;
    if (!this.#replies.some((reply) => reply.replyId === replyId)) {
      this.#replies.push({ replyId, hasStarted: false, isEnded: false });
    }
    const at = this.#ring.writtenBytes;
    const item: QueuedItem = {
      replyId,
      itemId,
      contentIndex,
      receivedBytes: 0,
      startByte: at,
      endByte: at,
      isComplete: false,
      hasStarted: false,
    };
    this.#items.push(item);
    return item;
  }

  #complete(item: QueuedItem): void {
    if (item.isComplete) return;
    item.isComplete = true;
    // What was too little for a frame is enough now: nothing follows it.
    if (this.#phase.is === 'dry') this.#phase = sounding;
    const { converter } = this.#options;
    const at = this.#ring.reserve(converter.flushBytesMax);
    // At the limit the last 4 ms of an item are given up with the rest of the reply.
    if (at < 0) {
      converter.reset();
      return;
    }
    this.#ring.commit(converter.flush(this.#ring.bytes, at));
    item.endByte = this.#ring.writtenBytes;
  }

  #receivedMs(item: QueuedItem): number {
    return Math.floor(item.receivedBytes / this.#modelBytesPerMs);
  }

  /**
   * What the caller has heard, in model milliseconds, erring low: what was sent, less what the
   * converter holds back and what the far end has not played.
   */
  #heard(item: QueuedItem): HeardItem {
    const { replyId, itemId, contentIndex } = item;
    const { converter, farEndDelayMs } = this.#options;
    const receivedMs = this.#receivedMs(item);
    const sentBytes = Math.min(this.#ring.readPosition, item.endByte) - item.startByte;
    const sentMs = sentBytes / this.#legBytesPerMs;
    const heardMs = Math.floor(sentMs - converter.delayMs - farEndDelayMs);
    return {
      replyId,
      itemId,
      contentIndex,
      receivedMs,
      heardMs: Math.max(0, Math.min(heardMs, receivedMs)),
    };
  }
}
