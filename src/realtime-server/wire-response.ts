import { z } from 'zod';
import { responseInputItem, shownItem } from './wire-item.ts';
import {
  audioFormat,
  maxOutputTokens,
  outputModalities,
  prompt,
  reasoning,
  tool,
  toolChoice,
  voice,
} from './wire-session.ts';

const metadata = z.record(z.string(), z.string()).nullable();

/** `response` of `response.create`: what this one response does otherwise than the session says. */
export const responseParams = z.object({
  conversation: z.string().exactOptional(),
  input: z.array(responseInputItem).exactOptional(),
  instructions: z.string().exactOptional(),
  output_modalities: outputModalities.exactOptional(),
  audio: z
    .object({
      output: z
        .object({ format: audioFormat.exactOptional(), voice: voice.exactOptional() })
        .exactOptional(),
    })
    .exactOptional(),
  tools: z.array(tool).exactOptional(),
  tool_choice: toolChoice.exactOptional(),
  parallel_tool_calls: z.boolean().exactOptional(),
  reasoning: reasoning.exactOptional(),
  max_output_tokens: maxOutputTokens.exactOptional(),
  metadata: metadata.exactOptional(),
  prompt: prompt.nullable().exactOptional(),
});
export type ResponseParams = z.output<typeof responseParams>;

const count = z.int().min(0).exactOptional();

export const usage = z.object({
  total_tokens: count,
  input_tokens: count,
  output_tokens: count,
  input_token_details: z
    .object({
      text_tokens: count,
      audio_tokens: count,
      image_tokens: count,
      cached_tokens: count,
      cached_tokens_details: z
        .object({ text_tokens: count, audio_tokens: count, image_tokens: count })
        .exactOptional(),
    })
    .exactOptional(),
  output_token_details: z.object({ text_tokens: count, audio_tokens: count }).exactOptional(),
});
export type Usage = z.output<typeof usage>;

const statusDetails = z.object({
  type: z.string().exactOptional(),
  /** `turn_detected`, `client_cancelled`, `max_output_tokens`, `content_filter`, or new ones. */
  reason: z.string().nullable().exactOptional(),
  error: z
    .object({
      type: z.string().nullable().exactOptional(),
      code: z.string().nullable().exactOptional(),
      message: z.string().nullable().exactOptional(),
    })
    .nullable()
    .exactOptional(),
});

export const shownResponse = z.object({
  id: z.string(),
  object: z.string().exactOptional(),
  status: z.enum(['in_progress', 'completed', 'cancelled', 'failed', 'incomplete']),
  status_details: statusDetails.nullable().exactOptional(),
  output: z.array(shownItem).exactOptional(),
  /** Null when the response is out of band. */
  conversation_id: z.string().nullable().exactOptional(),
  output_modalities: z.array(z.string()).exactOptional(),
  max_output_tokens: z
    .union([z.number(), z.literal('inf')])
    .nullable()
    .exactOptional(),
  metadata: metadata.exactOptional(),
  usage: usage.nullable().exactOptional(),
});
export type ShownResponse = z.output<typeof shownResponse>;
export type ResponseStatus = ShownResponse['status'];
