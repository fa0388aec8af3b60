/** A caller as Twilio Media Streams makes it: JSON over a WebSocket, µ-law in base64. */
import { randomBytes } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import { frameBytes, frameMs, mulaw8k } from '../src/audio/format.ts';
import type { Caller, Heard } from './load.callers.ts';

const noBytes = new Uint8Array(0);
const media = Buffer.from('"event":"media"');

/** Agent audio comes unpaced, in chunks: it counts as the frames it holds, at their arrival. */
export class TwilioCaller implements Caller {
  heard: Heard[] = [];
  readonly #socket: WebSocket;
  readonly #streamSid = `MZ${randomBytes(16).toString('hex')}`;
  readonly #payload = Buffer.alloc(frameBytes(mulaw8k), 0x55).toString('base64');
  #frameCount = 0;
  #isListening = false;

  constructor(port: number) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    this.#socket.on('open', () => this.#start());
    this.#socket.on('message', (message: RawData) => this.#hear(message as Buffer));
  }

  sayFrame(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#frameCount += 1;
    this.#send('media', {
      sequenceNumber: String(this.#frameCount + 1),
      media: {
        track: 'inbound',
        chunk: String(this.#frameCount),
        timestamp: String(this.#frameCount * frameMs),
        payload: this.#payload,
      },
    });
  }

  listen(): void {
    this.heard = [];
    this.#isListening = true;
  }

  #start(): void {
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    this.#send('start', {
      sequenceNumber: '1',
      start: { streamSid: this.#streamSid, tracks: ['inbound'], mediaFormat },
    });
  }

  #send(event: string, fields: object): void {
    this.#socket.send(JSON.stringify({ event, streamSid: this.#streamSid, ...fields }));
  }

  #hear(message: Buffer): void {
    if (!this.#isListening || !message.includes(media)) return;
    const { payload } = JSON.parse(message.toString()).media;
    const frames = Math.round((payload.length * 3) / 4 / frameBytes(mulaw8k));
    const heard = { atMs: performance.now(), isSpeech: true, bytes: noBytes };
    for (let frame = 0; frame < frames; frame += 1) this.heard.push(heard);
  }
}
