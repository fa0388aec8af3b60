import { z } from 'zod';

/** The audio formats of the wire. PCM is 16-bit little-endian mono at 24 kHz and no other rate. */
export const audioFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('audio/pcm'), rate: z.literal(24000) }),
  z.object({ type: z.literal('audio/pcmu') }),
  z.object({ type: z.literal('audio/pcma') }),
]);
export type WireAudioFormat = z.output<typeof audioFormat>;

const serverVad = z.object({
  type: z.literal('server_vad'),
  threshold: z.number().min(0).max(1).exactOptional(),
  prefix_padding_ms: z.int().min(0).exactOptional(),
  silence_duration_ms: z.int().min(0).exactOptional(),
  idle_timeout_ms: z.int().min(5_000).max(30_000).nullable().exactOptional(),
  create_response: z.boolean().exactOptional(),
  interrupt_response: z.boolean().exactOptional(),
});

const semanticVad = z.object({
  type: z.literal('semantic_vad'),
  eagerness: z.enum(['low', 'medium', 'high', 'auto']).exactOptional(),
  create_response: z.boolean().exactOptional(),
  interrupt_response: z.boolean().exactOptional(),
});

export const turnDetection = z.discriminatedUnion('type', [serverVad, semanticVad]);
export type TurnDetection = z.output<typeof turnDetection>;

const transcription = z.object({
  model: z.string().exactOptional(),
  language: z.string().exactOptional(),
  languages: z.array(z.string()).min(1).exactOptional(),
  keywords: z.array(z.string()).exactOptional(),
  prompt: z.string().exactOptional(),
  delay: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).exactOptional(),
});
export type Transcription = z.output<typeof transcription>;

export const voice = z.union([z.string(), z.object({ id: z.string() })]);
export type Voice = z.output<typeof voice>;

export const functionTool = z.object({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().exactOptional(),
  parameters: z.unknown().exactOptional(),
});
export type FunctionTool = z.output<typeof functionTool>;

/** Tools the vendor itself calls. We carry them; the emulator does not call them. */
const mcpTool = z.object({
  type: z.literal('mcp'),
  server_label: z.string(),
  server_url: z.string().exactOptional(),
  server_description: z.string().exactOptional(),
  tunnel_id: z.string().exactOptional(),
  authorization: z.string().exactOptional(),
  headers: z.record(z.string(), z.string()).nullable().exactOptional(),
  require_approval: z.enum(['always', 'never']).nullable().exactOptional(),
  allowed_tools: z.array(z.string()).nullable().exactOptional(),
  defer_loading: z.boolean().exactOptional(),
});

export const tool = z.discriminatedUnion('type', [functionTool, mcpTool]);
export type WireTool = z.output<typeof tool>;

export const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.object({ type: z.literal('function'), name: z.string() }),
  z.object({
    type: z.literal('mcp'),
    server_label: z.string(),
    name: z.string().nullable().exactOptional(),
  }),
]);
export type ToolChoice = z.output<typeof toolChoice>;

/** Audio (its transcript comes with it) or text, never both. */
export const outputModalities = z
  .array(z.enum(['audio', 'text']))
  .refine((modalities) => modalities.length === 1);

export const maxOutputTokens = z.union([z.int().min(1).max(4096), z.literal('inf')]);

export const reasoning = z.object({
  effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).exactOptional(),
});

export const prompt = z.object({
  id: z.string(),
  version: z.string().nullable().exactOptional(),
  variables: z.record(z.string(), z.string()).nullable().exactOptional(),
});
export type Prompt = z.output<typeof prompt>;

const truncation = z.union([
  z.enum(['auto', 'disabled']),
  z.object({
    type: z.literal('retention_ratio'),
    retention_ratio: z.number().min(0).max(1),
    token_limits: z.object({ post_instructions: z.int().min(0).exactOptional() }).exactOptional(),
  }),
]);

const tracing = z.union([
  z.literal('auto'),
  z.object({
    workflow_name: z.string().exactOptional(),
    group_id: z.string().exactOptional(),
    metadata: z.unknown().exactOptional(),
  }),
]);

const include = z.array(z.literal('item.input_audio_transcription.logprobs')).nullable();

const audioInput = z.object({
  format: audioFormat.exactOptional(),
  transcription: transcription.nullable().exactOptional(),
  noise_reduction: z
    .object({ type: z.enum(['near_field', 'far_field']) })
    .nullable()
    .exactOptional(),
  turn_detection: turnDetection.nullable().exactOptional(),
});

const audioOutput = z.object({
  format: audioFormat.exactOptional(),
  voice: voice.exactOptional(),
  speed: z.number().min(0.25).max(1.5).exactOptional(),
});

/** `session` of `session.update` for a speech session: only the fields present change. */
const realtimeUpdate = z.object({
  type: z.literal('realtime'),
  model: z.string().exactOptional(),
  output_modalities: outputModalities.exactOptional(),
  instructions: z.string().exactOptional(),
  audio: z
    .object({ input: audioInput.exactOptional(), output: audioOutput.exactOptional() })
    .exactOptional(),
  include: include.exactOptional(),
  tools: z.array(tool).exactOptional(),
  tool_choice: toolChoice.exactOptional(),
  parallel_tool_calls: z.boolean().exactOptional(),
  reasoning: reasoning.exactOptional(),
  max_output_tokens: maxOutputTokens.exactOptional(),
  truncation: truncation.exactOptional(),
  tracing: tracing.nullable().exactOptional(),
  prompt: prompt.nullable().exactOptional(),
});
export type RealtimeUpdate = z.output<typeof realtimeUpdate>;

const transcriptionUpdate = z.object({
  type: z.literal('transcription'),
  audio: z.object({ input: audioInput.exactOptional() }).exactOptional(),
  include: include.exactOptional(),
});

export const sessionUpdate = z.discriminatedUnion('type', [realtimeUpdate, transcriptionUpdate]);
export type SessionUpdate = z.output<typeof sessionUpdate>;

/** A format in a server's words: another GA server may leave the rate out or know more formats. */
const echoedFormat = z.object({
  type: z.string().exactOptional(),
  rate: z.number().exactOptional(),
});

/** What a server says is in force: only what a client can act on; all may be missing or null. */
export const sessionEcho = z.object({
  type: z.string().exactOptional(),
  id: z.string().exactOptional(),
  object: z.string().exactOptional(),
  model: z.string().exactOptional(),
  /** Unix time in seconds at which the server ends the session. */
  expires_at: z.number().nullable().exactOptional(),
  instructions: z.string().exactOptional(),
  output_modalities: z.array(z.string()).exactOptional(),
  tools: z
    .array(z.object({ type: z.string().exactOptional(), name: z.string().exactOptional() }))
    .exactOptional(),
  audio: z
    .object({
      input: z
        .object({
          format: echoedFormat.nullable().exactOptional(),
          turn_detection: z
            .object({
              type: z.string(),
              create_response: z.boolean().nullable().exactOptional(),
              interrupt_response: z.boolean().nullable().exactOptional(),
            })
            .nullable()
            .exactOptional(),
        })
        .exactOptional(),
      output: z
        .object({
          format: echoedFormat.nullable().exactOptional(),
          voice: voice.nullable().exactOptional(),
          speed: z.number().nullable().exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
});
export type SessionEcho = z.output<typeof sessionEcho>;
