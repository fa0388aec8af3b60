/**
 * A light Realtime server: enough of the GA protocol that a gateway talks with it, and little
 * enough work that 300 calls leave it idle most of the time.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { SpokenAudio } from './load.audio.ts';

/** So much of a reply comes at once, the rest in real time: no gateway runs dry by itself. */
const leadMs = 1_000;
const slotMs = 5;
/** The transcript comes along with the audio, a few words at a time. */
const deltasPerWords = 5;

const appendType = Buffer.from('"input_audio_buffer.append"');
/** Wherever a client puts the type, it is not far from the beginning. */
const typeWithin = 64;

export interface ModelOptions {
  /** What is said, over and over; `null`: the model listens. */
  readonly audio: SpokenAudio | null;
  /** Whether each call is talked to from its start on; else `speak` begins each reply. */
  readonly isTalkative: boolean;
}

/** One conversation as the model sees it. */
export class ModelCall {
  /** Appends received, and their bytes of JSON. */
  appends = 0;
  appendBytes = 0;
  /** What each item was cut to, in ms. */
  readonly truncations = new Map<string, number>();
  readonly #socket: WebSocket;
  readonly #audio: SpokenAudio | null;
  #eventCount = 0;
  #replyCount = 0;
  #reply: { readonly startedMs: number; readonly isEndless: boolean; sentDeltas: number } | null =
    null;
  /** Deltas that left so late that a gateway may have run dry. */
  lateDeltas = 0;

  constructor(socket: WebSocket, audio: SpokenAudio | null) {
    this.#socket = socket;
    this.#audio = audio;
  }

  get itemId(): string {
    return `item_${String(this.#replyCount).padStart(21, 'C')}`;
  }

  get #replyId(): string {
    return `resp_${String(this.#replyCount).padStart(21, 'D')}`;
  }

  /** Begins to say all of the audio; `isEndless`: again and again, as one reply after the other. */
  speak({ isEndless }: { readonly isEndless: boolean }): void {
    this.#reply = { startedMs: performance.now(), isEndless, sentDeltas: 0 };
    this.#announce();
    this.advance();
  }

  /** Sends what is due. */
  advance(): void {
    const reply = this.#reply;
    const audio = this.#audio;
    if (!reply || !audio) return;
    const elapsedMs = performance.now() - reply.startedMs;
    while (this.#reply === reply && reply.sentDeltas * audio.deltaMs <= elapsedMs + leadMs) {
      if (reply.sentDeltas * audio.deltaMs < elapsedMs) this.lateDeltas += 1;
      this.#sendDelta(audio, reply.sentDeltas % audio.deltas.length);
      reply.sentDeltas += 1;
      if (reply.sentDeltas % audio.deltas.length > 0) continue;
      this.#conclude('completed');
      if (reply.isEndless) this.#announce();
      else this.#reply = null;
    }
  }

  /**
   * The caller is heard: what is being said is over, as a server that interrupts by itself does.
   */
  interrupt(): void {
    this.#send('input_audio_buffer.speech_started', { item_id: 'item_caller', audio_start_ms: 0 });
    if (this.#reply) this.#conclude('cancelled');
    this.#reply = null;
  }

  callerIsDone(): void {
    this.#send('input_audio_buffer.speech_stopped', { item_id: 'item_caller', audio_end_ms: 0 });
  }

  onMessage(message: Buffer): void {
    if (message.subarray(0, typeWithin).includes(appendType)) {
      this.appends += 1;
      this.appendBytes += message.length;
      return;
    }
    const event = JSON.parse(message.toString());
    if (event.type === 'session.update') this.#send('session.updated', { session: event.session });
    if (event.type !== 'conversation.item.truncate') return;
    const { item_id, content_index, audio_end_ms } = event;
    this.truncations.set(item_id, audio_end_ms);
    this.#send('conversation.item.truncated', { item_id, content_index, audio_end_ms });
  }

  #announce(): void {
    this.#replyCount += 1;
    const [response_id, item_id] = [this.#replyId, this.itemId];
    const item = { id: item_id, type: 'message', role: 'assistant', content: [] };
    const part = { type: 'audio', transcript: '' };
    const at = { response_id, output_index: 0 };
    this.#send('response.created', { response: { id: response_id, status: 'in_progress' } });
    this.#send('response.output_item.added', { ...at, item });
    this.#send('response.content_part.added', { ...at, item_id, content_index: 0, part });
  }

  #sendDelta({ deltas }: SpokenAudio, index: number): void {
    const at = { response_id: this.#replyId, item_id: this.itemId, output_index: 0 };
    this.#send('response.output_audio.delta', { ...at, content_index: 0, delta: deltas[index] });
    if (index % deltasPerWords > 0) return;
    const words = { ...at, content_index: 0, delta: 'half a second ' };
    this.#send('response.output_audio_transcript.delta', words);
  }

  #conclude(status: 'completed' | 'cancelled'): void {
    const [response_id, item_id] = [this.#replyId, this.itemId];
    const at = { response_id, item_id, output_index: 0, content_index: 0 };
    const transcript = 'half a second '.repeat(10);
    const content = [{ type: 'audio', transcript }];
    const item = { id: item_id, type: 'message', role: 'assistant', status, content };
    this.#send('response.output_audio.done', at);
    this.#send('response.output_audio_transcript.done', { ...at, transcript });
    this.#send('response.output_item.done', { response_id, output_index: 0, item });
    const usage = { total_tokens: 300, input_tokens: 200, output_tokens: 100 };
    this.#send('response.done', { response: { id: response_id, status, output: [item], usage } });
  }

  #send(type: string, fields: object): void {
    this.#eventCount += 1;
    const event_id = `event_${String(this.#eventCount).padStart(20, 'B')}`;
    this.#socket.send(JSON.stringify({ type, event_id, ...fields }));
  }
}

export class LightModel {
  readonly calls: ModelCall[] = [];
  readonly #options: ModelOptions;
  readonly #server = createServer();
  #onCall: (call: ModelCall) => void = () => undefined;
  #slot = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  /** Resolves to its URL. */
  async listen(): Promise<string> {
    const sockets = new WebSocketServer({ server: this.#server, perMessageDeflate: false });
    sockets.on('connection', (socket) => this.#accept(socket));
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    setInterval(() => this.#advance(), slotMs);
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/realtime`;
  }

  /** The next call whose session is set up. */
  nextCall(): Promise<ModelCall> {
    return new Promise((resolve) => {
      this.#onCall = resolve;
    });
  }

  #accept(socket: WebSocket): void {
    const { audio, isTalkative } = this.#options;
    const call = new ModelCall(socket, audio);
    let isSetUp = false;
    socket.on('message', (message: RawData) => {
      call.onMessage(message as Buffer);
      if (isSetUp) return;
      isSetUp = true;
      this.calls.push(call);
      if (isTalkative) call.speak({ isEndless: true });
      this.#onCall(call);
    });
    const session = { type: 'realtime', id: 'sess_bench', model: 'light' };
    socket.send(JSON.stringify({ type: 'session.created', event_id: 'event_0', session }));
  }

  /** Each call's deltas leave at their own moment, as those of real calls do. */
  #advance(): void {
    const slots = 100 / slotMs;
    this.#slot = (this.#slot + 1) % slots;
    for (let at = this.#slot; at < this.calls.length; at += slots) this.calls[at]!.advance();
  }
}
