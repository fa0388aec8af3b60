import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pcm } from '../../audio/format.ts';
import { systemClock } from '../../runtime/clock.ts';
import { fakeSpeech } from './fake-synthesizer.ts';

/** More turns of the event loop than anything on the loopback takes. */
const turnsMax = 5_000;

/** What the server answers to one request. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one by one. */
  readonly pieces?: readonly (string | Uint8Array)[];
  /** What becomes of the connection behind them; it is ended properly unless said otherwise. */
  readonly end?: 'proper' | 'stall' | 'cut';
}

export interface FakeRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer<ArrayBuffer>;
}

/**
 * An OpenAI-compatible server on the loopback that answers what its test says, path by path, and
 * remembers what it was asked.
 */
export class FakeEndpoints {
  readonly requests: FakeRequest[] = [];
  /** Requests whose client left before the end. */
  abandonedCount = 0;
  readonly #server: Server;
  readonly #scripts = new Map<string, FakeAnswer[]>();

  constructor() {
    this.#server = createServer({ noDelay: true }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        this.requests.push({ path, headers: request.headers, body: Buffer.concat(chunks) });
        response.once('close', () => {
          if (!response.writableFinished) this.abandonedCount += 1;
        });
        void send(response, this.#scripts.get(path)?.shift() ?? { status: 404 });
      });
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** With `/v1`, as an operator writes it. */
  get baseUrl(): string {
    const address = this.#server.address();
    assert.ok(address !== null && typeof address === 'object');
    return `http://127.0.0.1:${address.port}/v1`;
  }

  willChat(...answers: readonly FakeAnswer[]): void {
    this.#script('/v1/chat/completions', answers);
  }

  willTranscribe(...answers: readonly FakeAnswer[]): void {
    this.#script('/v1/audio/transcriptions', answers);
  }

  willSpeak(...answers: readonly FakeAnswer[]): void {
    this.#script('/v1/audio/speech', answers);
  }

  /** The JSON of the requests to a path that ends so. */
  bodies(path: string): readonly unknown[] {
    const asked = this.requests.filter((request) => request.path.endsWith(path));
    return asked.map(({ body }): unknown => JSON.parse(body.toString('utf8')));
  }

  /** The latest request, as the form that it bears. */
  async form(): Promise<FormData> {
    const { body, headers } = this.requests.at(-1)!;
    const type = headers['content-type'] ?? '';
    return await new Response(body, { headers: { 'content-type': type } }).formData();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #script(path: string, answers: readonly FakeAnswer[]): void {
    this.#scripts.set(path, [...(this.#scripts.get(path) ?? []), ...answers]);
  }
}

async function send(response: ServerResponse, answer: FakeAnswer): Promise<void> {
  const { status = 200, headers = {}, pieces = [], end = 'proper' } = answer;
  response.writeHead(status, headers);
  response.flushHeaders();
  for (const piece of pieces) {
    await new Promise<void>((resolve) => {
      response.write(piece, () => resolve());
    });
    if (response.destroyed) return;
  }
  if (end === 'proper') response.end();
  if (end === 'cut') response.destroy();
}

/** Waits, turn by turn of the event loop, until what comes from a socket has come. */
export async function until(isSo: () => boolean): Promise<void> {
  const clock = systemClock();
  for (let turn = 0; !isSo(); turn += 1) {
    assert.ok(turn < turnsMax, 'what a test waits for has come');
    await new Promise<void>((resolve) => {
      clock.setTimer(0, resolve);
    });
  }
}

const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' };

/** Chunks of `chat/completions` as they are sent, `[DONE]` behind them. */
export function chatEvents(chunks: readonly unknown[]): string {
  const events = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  return `${events.join('')}data: [DONE]\n\n`;
}

export interface FakeChat {
  /** Text, token by token. */
  readonly says?: readonly string[];
  /** Calls whose arguments come in several pieces. */
  readonly calls?: readonly { readonly name: string; readonly argumentPieces: readonly string[] }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

/** The chunks of an answer, as OpenAI sends them. */
export function chatChunks({ says = [], calls = [], usage }: FakeChat): readonly unknown[] {
  const chunk = (delta: unknown, finish_reason: string | null = null) => {
    return { object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] };
  };
  const begun = calls.map(({ name }, index) =>
    chunk({
      tool_calls: [
        { index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } },
      ],
    }),
  );
  const pieces = calls.flatMap(({ argumentPieces }, index) =>
    argumentPieces.map((piece) =>
      chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
    ),
  );
  return [
    chunk({ role: 'assistant', content: '' }),
    ...says.map((content) => chunk({ content })),
    ...begun,
    ...pieces,
    chunk({}, calls.length > 0 ? 'tool_calls' : 'stop'),
    ...(usage === undefined ? [] : [{ object: 'chat.completion.chunk', choices: [], usage }]),
  ];
}

/** An answer of a language model, in packets of `packetBytes`. */
export function chatAnswer(chat: FakeChat, packetBytes = 37): FakeAnswer {
  const bytes = Buffer.from(chatEvents(chatChunks(chat)), 'utf8');
  return { headers: eventStream, pieces: packets(bytes, packetBytes) };
}

export function transcriptAnswer(text: string): FakeAnswer {
  return { headers: { 'content-type': 'application/json' }, pieces: [JSON.stringify({ text })] };
}

/** What a `FakeSynthesizer` says, as PCM at 24 kHz in packets that cut samples in half. */
export function speechAnswer(text: string): FakeAnswer {
  const pieces = packets(fakeSpeech(text, pcm(24_000)), 4_801);
  return { headers: { 'content-type': 'audio/pcm' }, pieces };
}

function packets(bytes: Uint8Array, packetBytes: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / packetBytes) }, (_, index) =>
    bytes.subarray(index * packetBytes, (index + 1) * packetBytes),
  );
}
