import type { Converter } from '../audio/converter.ts';
import { type AudioFormat, bytesPerMs, frameBytes, frameMs, silenceByte } from '../audio/format.ts';
import { rmsDbfs } from '../audio/level.ts';
import { AudioRing } from '../audio/ring.ts';
import type { SpeechDetector } from '../speech/detector.ts';
import type { AgentFrame } from './playout.ts';

/** Caller audio that fails to come for this long is replaced by silence: three packet times. */
export const fillAfterMs = 60;
/**
 * Our detector hears that silence for so long: enough to hear that speech has ended, and too short
 * to be taken for the line's own noise.
 */
export const detectorFillMs = 800;
/**
 * The far end's clock may run this far ahead of ours by silence we put in; then we stop putting.
 */
export const leadMsMax = 2_000;
/** Caller audio kept while there is no link; beyond, the oldest is dropped and counted. */
export const backlogMsMax = 10_000;
/** Speech takes about this long to be confirmed: what came before belongs to it. */
export const preRollMs = 500;

export interface CallerPathOptions {
  readonly legFormat: AudioFormat;
  readonly modelFormat: AudioFormat;
  /** What the agent's frames on the leg are made of. */
  readonly agentFormat: AudioFormat;
  readonly converter: Converter;
  readonly gate: 'off' | 'local';
  readonly gateTailMs: number;
  /** Needed when `gate` is `local`. */
  readonly detector: SpeechDetector | null;
  /** Audio for the provider, in its format; copied or sent before it returns. */
  readonly onAudio: (bytes: Uint8Array, offset: number, length: number) => void;
}

/**
 * The caller's side of one call: takes audio as it comes, turns it into the provider's format and
 * hands it on, so that the provider's clock never stops and everything said reaches it.
 *
 * - Audio that stops is replaced by silence after 60 ms. Frames that come late after all are sent
 * too;
 *   by how much the provider's clock is then ahead is known (`leadMs`) and bounded.
 * - While there is no link, up to 10 s are kept and sent when there is one.
 * - A local gate, while the agent sounds and shortly after, sends silence instead, and opens at
 * once
 *   with the last 500 ms when our detector confirms speech.
 *
 * Owned by one session, no I/O, no clock of its own.
 */
export class CallerPath {
  readonly #options: CallerPathOptions;
  readonly #backlog: AudioRing;
  readonly #preRoll: AudioRing | null;
  readonly #legBytesPerMs: number;
  readonly #silence: Uint8Array;
  #converted: Uint8Array;
  #isLinked = false;
  #isGateShut = false;
  #agentSoundedAtMs = 0;
  #startedAtMs = 0;
  #heardAtMs = 0;
  #sentMs = 0;
  #fillerMs = 0;
  #leadMsPeak = 0;
  #droppedMs = 0;

  constructor(options: CallerPathOptions) {
    this.#options = options;
    const { legFormat, modelFormat, converter } = options;
    this.#legBytesPerMs = bytesPerMs(legFormat);
    this.#silence = new Uint8Array(frameBytes(legFormat)).fill(silenceByte(legFormat.encoding));
    this.#converted = new Uint8Array(converter.bytesMax(this.#silence.length));
    this.#backlog = new AudioRing({
      frameBytes: frameBytes(modelFormat),
      bytesMax: backlogMsMax * bytesPerMs(modelFormat),
    });
    this.#preRoll =
      options.gate === 'local'
        ? new AudioRing({
            frameBytes: frameBytes(legFormat),
            bytesMax: (preRollMs + frameMs) * this.#legBytesPerMs,
          })
        : null;
  }

  /** Silence sent in place of caller audio that stopped. */
  get fillerMs(): number {
    return this.#fillerMs;
  }

  /** The most that the provider's clock was ahead of ours. */
  get leadMsPeak(): number {
    return this.#leadMsPeak;
  }

  /** Caller audio that no link could take in time. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  get isGateShut(): boolean {
    return this.#isGateShut;
  }

  /** The line is up: time counts from here. */
  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#heardAtMs = nowMs;
  }

  /** There is a link now, or there is none. What was kept goes out first. */
  setLinked(isLinked: boolean): void {
    this.#isLinked = isLinked;
    if (!isLinked) return;
    this.#backlog.padToFrame(silenceByte(this.#options.modelFormat.encoding));
    for (let at = this.#backlog.readFrame(); at >= 0; at = this.#backlog.readFrame()) {
      this.#options.onAudio(this.#backlog.bytes, at, this.#backlog.frameBytes);
    }
    this.#backlog.clear();
  }

  /** Frees what the converter holds. Nothing is to be received afterwards. */
  close(): void {
    this.#options.converter.close();
  }

  /** `length` bytes of the caller; whole samples, any duration. */
  receive(bytes: Uint8Array, offset: number, length: number, nowMs: number): void {
    this.#heardAtMs = nowMs;
    const { detector } = this.#options;
    const wasShut = this.#isGateShut;
    if (wasShut) this.#keepPreRoll(bytes, offset, length);
    // The detector may open the gate from inside, and the pre-roll goes out with this audio in it.
    detector?.push(bytes, offset, length);
    if (!wasShut) this.#send(bytes, offset, length);
    else if (this.#isGateShut) this.#sendSilence(length);
    this.#leadMsPeak = Math.max(this.#leadMsPeak, this.#leadMs(nowMs));
  }

  /** Once per 20 ms. `agentSpeech`: the frame that goes out now, if the agent speaks in it. */
  tick(nowMs: number, agentSpeech: AgentFrame | null): void {
    if (this.#preRoll) this.#tickGate(nowMs, agentSpeech);
    const silentMs = nowMs - this.#heardAtMs;
    if (silentMs < fillAfterMs) return;
    if (silentMs < fillAfterMs + detectorFillMs) {
      this.#options.detector?.push(this.#silence, 0, this.#silence.length);
    }
    if (!this.#isLinked) return;
    if (this.#leadMs(nowMs) >= leadMsMax) return;
    this.#fillerMs += frameMs;
    this.#sendSilence(this.#silence.length);
    this.#leadMsPeak = Math.max(this.#leadMsPeak, this.#leadMs(nowMs));
  }

  /** The caller may speak: the gate opens, and what was held back goes out first. */
  openGate(): void {
    if (!this.#isGateShut || !this.#preRoll) return;
    this.#isGateShut = false;
    const preRoll = this.#preRoll;
    for (let at = preRoll.readFrame(); at >= 0; at = preRoll.readFrame()) {
      this.#send(preRoll.bytes, at, preRoll.frameBytes);
    }
    const rest = preRoll.queuedBytes;
    const tailAt = preRoll.padToFrame(silenceByte(this.#options.legFormat.encoding));
    if (tailAt > 0) this.#send(preRoll.bytes, preRoll.readFrame(), rest);
    preRoll.clear();
  }

  #tickGate(nowMs: number, agentSpeech: AgentFrame | null): void {
    const { detector, agentFormat } = this.#options;
    if (agentSpeech) {
      this.#agentSoundedAtMs = nowMs;
      if (!this.#isGateShut) detector?.reset();
      this.#isGateShut = true;
      const { bytes, offset, length } = agentSpeech;
      detector?.agentLevel?.(rmsDbfs(bytes, offset, length, agentFormat.encoding));
      return;
    }
    if (!this.#isGateShut) return;
    // The frame sounds for 20 ms after it was sent, then its echo may last for the tail.
    const openAtMs = this.#agentSoundedAtMs + frameMs + this.#options.gateTailMs;
    if (nowMs < openAtMs) return;
    this.#isGateShut = false;
    this.#preRoll?.clear();
  }

  #keepPreRoll(bytes: Uint8Array, offset: number, length: number): void {
    const preRoll = this.#preRoll;
    if (!preRoll) return;
    const kept = Math.min(length, preRoll.bytesMax);
    while (preRoll.queuedBytes + kept > preRoll.bytesMax) {
      if (preRoll.readFrame() < 0) preRoll.clear();
    }
    preRoll.write(bytes, offset + length - kept, kept);
  }

  #leadMs(nowMs: number): number {
    return Math.max(0, this.#sentMs - (nowMs - this.#startedAtMs));
  }

  #sendSilence(length: number): void {
    for (let left = length; left > 0; left -= this.#silence.length) {
      this.#send(this.#silence, 0, Math.min(left, this.#silence.length));
    }
  }

  #send(bytes: Uint8Array, offset: number, length: number): void {
    const { converter } = this.#options;
    const room = converter.bytesMax(length);
    if (room > this.#converted.length) this.#converted = new Uint8Array(room);
    const converted = converter.convert(bytes, offset, length, this.#converted, 0);
    this.#sentMs += length / this.#legBytesPerMs;
    if (this.#isLinked) this.#options.onAudio(this.#converted, 0, converted);
    else this.#keep(converted);
  }

  #keep(length: number): void {
    const backlog = this.#backlog;
    while (backlog.queuedBytes + length > backlog.bytesMax) {
      if (backlog.readFrame() < 0) return;
      this.#droppedMs += frameMs;
    }
    backlog.write(this.#converted, 0, length);
  }
}
