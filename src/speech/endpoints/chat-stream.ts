import { z } from 'zod';
import type { Usage } from '../../realtime-server/brain.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { ToolRequest } from '../dialogue/dialogue.ts';
import { type Answer, jsonOf, wholeOf } from './endpoint.ts';
import { eventData } from './server-sent-events.ts';
import { ThoughtFilter } from './thought-filter.ts';

const errorCharsMax = 200;

/** Text; some servers write the arguments of a call as the object that they are. */
const jsonText = z.union([
  z.string(),
  z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
]);

/** What is said, or a piece of it. */
const chatMessage = z.object({
  content: z.string().nullish(),
  tool_calls: z
    .array(
      z.object({
        index: z.int().nullish(),
        id: z.string().nullish(),
        function: z.object({ name: z.string().nullish(), arguments: jsonText.nullish() }).nullish(),
      }),
    )
    .nullish(),
});

/** What is used of a chunk, or of a whole answer; servers add much of their own. */
const chatChunk = z.object({
  choices: z
    .array(
      z.object({
        delta: chatMessage.nullish(),
        message: chatMessage.nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: z.int().min(0),
      completion_tokens: z.int().min(0).nullish(),
      prompt_tokens_details: z.object({ cached_tokens: z.int().min(0).nullish() }).nullish(),
    })
    .nullish(),
  error: z
    .union([
      z.string(),
      z.object({
        message: z.string().nullish(),
        code: z.union([z.string(), z.number()]).nullish(),
      }),
    ])
    .nullish(),
});

type ChatChunk = z.output<typeof chatChunk>;
export type CallDelta = NonNullable<z.output<typeof chatMessage>['tool_calls']>[number];

/** What one event adds to an answer. */
export interface ChatDelta {
  readonly text: string;
  readonly calls: readonly CallDelta[];
  readonly usage: Usage | null;
}

/**
 * What an answer of `chat/completions` says, event by event; those that say nothing are left out,
 * so that the first is the first word or call, and what was counted comes last. Throws
 * `PROVIDER_PROTOCOL` where it is no such answer, `PROVIDER_UNREACHABLE` where it ends in the
 * middle or holds not a word, `PROVIDER_REFUSED` where it ends in a complaint about the request.
 */
export async function* chatDeltas(answer: Answer): AsyncGenerator<ChatDelta> {
  const thoughts = new ThoughtFilter();
  let usage: Usage | null = null;
  let finish: string | null = null;
  let isSaid = false;
  for await (const data of eventsOf(answer)) {
    if (data === '[DONE]') {
      finish ??= 'stop';
      break;
    }
    const parsed = chatChunk.safeParse(jsonOf(data));
    if (!parsed.success) throw garbage('sent an event that is none of chat/completions');
    if (parsed.data.error) throw complaint(parsed.data.error);
    if (parsed.data.usage) usage = usageOf(parsed.data.usage);
    const choice = parsed.data.choices?.[0];
    finish = choice?.finish_reason ?? finish;
    const said = choice?.delta ?? choice?.message;
    const text = thoughts.spoken(said?.content ?? '');
    const calls = said?.tool_calls ?? [];
    if (text === '' && calls.length === 0) continue;
    isSaid ||= text.trim() !== '' || calls.length > 0;
    yield { text, calls, usage: null };
  }
  if (finish === null) throw failure('it ended before its end');
  if (!isSaid) throw failure(`it holds no words (finish_reason ${finish})`);
  if (usage !== null) yield { text: '', calls: [], usage };
}

/** A server that cannot stream, with tools or at all, gives everything at once. */
function eventsOf({ mediaType, chunks }: Answer): AsyncIterable<string> {
  if (mediaType === 'text/event-stream') return eventData(chunks);
  if (mediaType === 'application/json') return wholeText(chunks);
  throw garbage(`answers with ${mediaType || 'no type'}`);
}

async function* wholeText(chunks: Answer['chunks']): AsyncGenerator<string> {
  const whole = await wholeOf(chunks);
  yield whole.toString('utf8');
}

function garbage(what: string): GatewayError {
  return new GatewayError('PROVIDER_PROTOCOL', `llm: the server ${what}`);
}

/** llama.cpp and others tell in the stream that a request is too long, with the status as code. */
function complaint(error: NonNullable<ChatChunk['error']>): GatewayError {
  const { message, code } = typeof error === 'string' ? { message: error, code: null } : error;
  const why = message ?? 'it does not say why';
  const status = Number(code ?? 0);
  const isOurs = status >= 400 && status < 500 && status !== 429;
  return isOurs
    ? new GatewayError(
        'PROVIDER_REFUSED',
        `llm: the server refused: ${why.slice(0, errorCharsMax)}`,
      )
    : failure(why);
}

function failure(reason: string): GatewayError {
  const why = reason.slice(0, errorCharsMax);
  return new GatewayError('PROVIDER_UNREACHABLE', `llm: the answer broke off: ${why}`);
}

function usageOf(usage: NonNullable<ChatChunk['usage']>): Usage {
  const { prompt_tokens: read, completion_tokens: written, prompt_tokens_details } = usage;
  const writtenTokens = written ?? 0;
  return {
    total_tokens: read + writtenTokens,
    input_tokens: read,
    output_tokens: writtenTokens,
    input_token_details: {
      text_tokens: read,
      audio_tokens: 0,
      cached_tokens: prompt_tokens_details?.cached_tokens ?? 0,
    },
    output_token_details: { text_tokens: writtenTokens, audio_tokens: 0 },
  };
}

interface OpenCall {
  readonly index: number | null;
  readonly id: string | null;
  name: string;
  argumentsJson: string;
}

/** Tool calls that come in pieces, several at once. */
export class CallAssembly {
  readonly #calls: OpenCall[] = [];

  add(delta: CallDelta): void {
    const call = this.#callOf(delta);
    call.name ||= delta.function?.name ?? '';
    call.argumentsJson += delta.function?.arguments ?? '';
  }

  /** In the order in which they were begun. A call without arguments has an empty object. */
  get calls(): readonly ToolRequest[] {
    return this.#calls.map(({ name, argumentsJson }) => {
      return { name, argumentsJson: argumentsJson.trim() === '' ? '{}' : argumentsJson };
    });
  }

  /**
   * The vendor names a call by its id once and by its index from then on. Some servers give every
   * call the index 0, or none at all: a new id is a new call.
   */
  #callOf({ index = null, id: givenId }: CallDelta): OpenCall {
    const id = givenId || null;
    const known =
      id === null
        ? this.#calls.findLast((call) => index === null || call.index === index)
        : this.#calls.find((call) => call.id === id);
    if (known !== undefined) return known;
    const call: OpenCall = { index, id, name: '', argumentsJson: '' };
    this.#calls.push(call);
    return call;
  }
}
