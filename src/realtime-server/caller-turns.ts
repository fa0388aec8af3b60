import { type AudioFormat, bytesPerMs, bytesPerSample } from '../audio/format.ts';
import { bytesOfBase64 } from './base64.ts';
import type { SpeechScorer } from './brain.ts';
import { CallerBuffer } from './caller-buffer.ts';
import type { ConversationPorts } from './conversation-ports.ts';
import { ItemAudio } from './item-list.ts';
import { formatOf, type SessionConfig } from './session-config.ts';
import { TurnDetector, type TurnEdge } from './turn-detection.ts';

/** The vendor commits nothing shorter. */
const commitMsMin = 100;

/** Caller audio without a turn, at most: 15 MiB is the largest single append, 5 minutes of PCM. */
const bufferBytesMax = 15 * 1024 * 1024;

/** What becomes of the caller's turns. */
export interface TurnListener {
  onSpeechStart(): void;
  /** The turn became an item. `wasDetected`: by turn detection, not by the client's commit. */
  onTurn(turn: { readonly wasDetected: boolean }): void;
}

/** The caller's side: buffer, turn detection, and the items that come of them. */
export class CallerTurns {
  readonly #ports: ConversationPorts;
  readonly #listener: TurnListener;
  readonly #scorerFor: (format: AudioFormat) => SpeechScorer;
  readonly #buffer = new CallerBuffer(bufferBytesMax);
  #input: SessionConfig['audio']['input'];
  #format: AudioFormat;
  #detector: TurnDetector | null = null;
  /** The item that a turn in progress will become. */
  #itemId: string | null = null;
  /** All audio appended in this session, in ms. */
  #clockMs = 0;

  constructor(
    ports: ConversationPorts,
    listener: TurnListener,
    scorerFor: (format: AudioFormat) => SpeechScorer,
  ) {
    this.#ports = ports;
    this.#listener = listener;
    this.#scorerFor = scorerFor;
    this.#input = ports.session.audio.input;
    this.#format = formatOf(this.#input.format);
    this.#listenAnew();
  }

  get isTalking(): boolean {
    return this.#itemId !== null;
  }

  /** The item that the turn in progress will become. */
  get itemId(): string | null {
    return this.#itemId;
  }

  /** Follows a changed session. A turn in progress survives unless what detects it has changed. */
  reconfigure(): void {
    const before = this.#input;
    this.#input = this.#ports.session.audio.input;
    const isSameFormat = before.format.type === this.#input.format.type;
    if (isSameFormat && isSame(before.turn_detection, this.#input.turn_detection)) return;
    this.#format = formatOf(this.#input.format);
    if (!isSameFormat) this.#buffer.clear();
    this.#listenAnew();
  }

  append(base64: string, eventId: string | undefined): void {
    const bytes = bytesOfBase64(base64);
    if (bytes === null) {
      this.#ports.refuse(notAudio, eventId);
      return;
    }
    let rest: Uint8Array = bytes;
    while (rest.length > 0) {
      const heard = this.#detector?.push(rest) ?? { edge: null, takenBytes: rest.length };
      const taken = rest.subarray(0, heard.takenBytes);
      this.#ports.ask({ type: 'caller-audio', bytes: taken, format: this.#format });
      this.#keep(taken);
      rest = rest.subarray(heard.takenBytes);
      if (heard.edge !== null) this.#onEdge(heard.edge);
    }
    if (this.#detector !== null && !this.#detector.isTalking) {
      this.#buffer.keepLast(this.#bytesOf(this.#paddingMs + this.#detector.confirmMs));
    }
  }

  commit(eventId: string | undefined): void {
    const lengthMs = this.#buffer.lengthBytes / bytesPerMs(this.#format);
    if (lengthMs < commitMsMin) {
      this.#ports.refuse(tooSmall(lengthMs), eventId);
      return;
    }
    this.#detector?.reset();
    this.#commit(this.#itemId ?? this.#ports.random.id('item_'));
    this.#listener.onTurn({ wasDetected: false });
  }

  clear(): void {
    this.#detector?.reset();
    this.#buffer.clear();
    this.#drop();
    this.#ports.send({ type: 'input_audio_buffer.cleared' });
  }

  /** The brain says that the thought is complete, or that it has heard enough. */
  turnOver(itemId: string, talksOn: boolean): void {
    if (itemId !== this.#itemId) return;
    if (talksOn) this.#detector?.cutOff();
    else this.#detector?.reset();
    this.#endSpeech();
  }

  /** The brain says how much silence ends this turn. */
  endAfter(itemId: string, silenceMs: number | null): void {
    if (itemId === this.#itemId) this.#detector?.endAfter(silenceMs);
  }

  /** The caller said nothing for `idleMs` after the agent: the silence becomes a turn. */
  timeOut(idleMs: number): void {
    const itemId = this.#ports.random.id('item_');
    const endMs = Math.floor(this.#clockMs);
    this.#ports.send({
      type: 'input_audio_buffer.timeout_triggered',
      item_id: itemId,
      audio_start_ms: Math.max(0, endMs - idleMs),
      audio_end_ms: endMs,
    });
    this.#commit(itemId);
    this.#listener.onTurn({ wasDetected: true });
  }

  #keep(bytes: Uint8Array): void {
    const droppedBytes = this.#buffer.droppedBytes;
    this.#buffer.append(bytes);
    this.#clockMs += bytes.length / bytesPerMs(this.#format);
    if (this.#buffer.droppedBytes > droppedBytes) this.#ports.onLimit('realtime-caller-buffer');
  }

  #onEdge(edge: TurnEdge): void {
    if (edge.is === 'speech-start') this.#startSpeech(edge.agoMs);
    else if (edge.is === 'speech-end') this.#endSpeech();
    else if (this.#itemId !== null) {
      this.#ports.ask({ type: 'caller-pause', itemId: this.#itemId });
    }
  }

  #startSpeech(agoMs: number): void {
    this.#buffer.keepLast(this.#bytesOf(agoMs + this.#paddingMs));
    const itemId = this.#ports.random.id('item_');
    this.#itemId = itemId;
    const startMs = this.#clockMs - this.#buffer.lengthBytes / bytesPerMs(this.#format);
    this.#ports.send({
      type: 'input_audio_buffer.speech_started',
      audio_start_ms: Math.max(0, Math.floor(startMs)),
      item_id: itemId,
    });
    this.#ports.ask({ type: 'caller-speech-start', itemId });
    this.#listener.onSpeechStart();
  }

  #endSpeech(): void {
    const itemId = this.#itemId;
    if (itemId === null) return;
    this.#ports.send({
      type: 'input_audio_buffer.speech_stopped',
      audio_end_ms: Math.floor(this.#clockMs),
      item_id: itemId,
    });
    this.#commit(itemId);
    this.#listener.onTurn({ wasDetected: true });
  }

  #commit(itemId: string): void {
    this.#itemId = null;
    const bytes = this.#buffer.take();
    const audio = new ItemAudio(this.#format);
    audio.append(bytes);
    const { items, send, ask } = this.#ports;
    const previousId = items.lastId;
    const item = {
      id: itemId,
      object: 'realtime.item',
      type: 'message' as const,
      status: 'completed',
      role: 'user' as const,
      content: [{ type: 'input_audio', transcript: null }],
    };
    items.insert({ item, audio: new Map([[0, audio]]) });
    items.noteAudio(bytes.length);
    const place = { previous_item_id: previousId };
    send({ type: 'input_audio_buffer.committed', item_id: itemId, ...place });
    send({ type: 'conversation.item.added', item, ...place });
    send({ type: 'conversation.item.done', item, ...place });
    const wantsTranscript = this.#input.transcription !== null;
    ask({ type: 'caller-turn', itemId, bytes, format: this.#format, wantsTranscript });
  }

  /** The turn in progress becomes no item. */
  #drop(): void {
    if (this.#itemId !== null)
      this.#ports.ask({ type: 'caller-turn-dropped', itemId: this.#itemId });
    this.#itemId = null;
  }

  #listenAnew(): void {
    const settings = this.#input.turn_detection;
    this.#drop();
    this.#detector =
      settings === null
        ? null
        : new TurnDetector(settings, this.#format, this.#scorerFor(this.#format));
  }

  get #paddingMs(): number {
    const settings = this.#input.turn_detection;
    const asked = settings?.type === 'server_vad' ? settings.prefix_padding_ms : undefined;
    return asked ?? 300;
  }

  /** Whole samples in `ms`. */
  #bytesOf(ms: number): number {
    const sampleBytes = bytesPerSample(this.#format);
    return Math.floor((ms * bytesPerMs(this.#format)) / sampleBytes) * sampleBytes;
  }
}

const isSame = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

const notAudio = {
  code: 'invalid_value',
  message: "Invalid 'audio'. Expected base64-encoded audio bytes, but got an invalid value.",
  param: 'audio',
};

function tooSmall(lengthMs: number) {
  return {
    code: 'input_audio_buffer_commit_empty',
    message:
      'Error committing input audio buffer: buffer too small. ' +
      `Expected at least 100ms of audio, but buffer only has ${lengthMs.toFixed(2)}ms of audio.`,
    param: null,
  };
}
