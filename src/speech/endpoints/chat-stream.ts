import { z } from 'zod';
import type { Usage } from '../../realtime-server/brain.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { ToolRequest } from '../dialogue/dialogue.ts';
import { type Answer, jsonOf } from './endpoint.ts';
import { eventData } from './server-sent-events.ts';

const errorCharsMax = 200;

/** What is used of a chunk; servers add much of their own. */
const chatChunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            tool_calls: z
              .array(
                z.object({
                  index: z.int().nullish(),
                  id: z.string().nullish(),
                  function: z
                    .object({ name: z.string().nullish(), arguments: z.string().nullish() })
                    .nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
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
  error: z.object({ message: z.string().nullish() }).nullish(),
});

type ChatChunk = z.output<typeof chatChunk>;
type ChatChoice = NonNullable<ChatChunk['choices']>[number];
export type CallDelta = NonNullable<NonNullable<ChatChoice['delta']>['tool_calls']>[number];

/** What one event adds to an answer. */
export interface ChatDelta {
  readonly text: string;
  readonly calls: readonly CallDelta[];
  readonly usage: Usage | null;
}

/**
 * What a stream of `chat/completions` says, event by event; those that say nothing are left out, so
 * that the first is the first word or call. Throws `PROVIDER_PROTOCOL` where it is no such stream,
 * and `PROVIDER_UNREACHABLE` where it ends in the middle.
 */
export async function* chatDeltas({ mediaType, chunks }: Answer): AsyncGenerator<ChatDelta> {
  if (mediaType !== 'text/event-stream') throw garbage(`answers with ${mediaType || 'no type'}`);
  let isOver = false;
  for await (const data of eventData(chunks)) {
    if (data === '[DONE]') {
      isOver = true;
      break;
    }
    const parsed = chatChunk.safeParse(jsonOf(data));
    if (!parsed.success) throw garbage('sent an event that is none of chat/completions');
    const { choices, usage, error } = parsed.data;
    if (error) throw failure(error.message ?? 'it does not say why');
    const choice = choices?.[0];
    isOver ||= typeof choice?.finish_reason === 'string';
    const text = choice?.delta?.content ?? '';
    const calls = choice?.delta?.tool_calls ?? [];
    if (text === '' && calls.length === 0 && !usage) continue;
    yield { text, calls, usage: usage ? usageOf(usage) : null };
  }
  if (!isOver) throw failure('it ended before its end');
}

function garbage(what: string): GatewayError {
  return new GatewayError('PROVIDER_PROTOCOL', `llm: the server ${what}`);
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
