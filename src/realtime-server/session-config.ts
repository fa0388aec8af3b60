import { type AudioFormat, alaw8k, mulaw8k, pcm } from '../audio/format.ts';
import type {
  Prompt,
  RealtimeUpdate,
  SessionUpdate,
  ToolChoice,
  Transcription,
  TurnDetection,
  Voice,
  WireAudioFormat,
  WireFault,
  WireTool,
} from './wire.ts';
import { valueFault } from './wire-fault.ts';

/** The configuration in force, in the wire's own shape: what `session.updated` shows. */
export interface SessionConfig {
  readonly id: string;
  readonly type: 'realtime' | 'transcription';
  readonly object: 'realtime.session' | 'realtime.transcription_session';
  readonly model: string;
  /** Unix time in seconds. */
  readonly expires_at: number;
  readonly output_modalities: readonly ['audio' | 'text'];
  readonly instructions: string;
  readonly audio: {
    readonly input: {
      readonly format: WireAudioFormat;
      readonly transcription: Transcription | null;
      readonly noise_reduction: { readonly type: 'near_field' | 'far_field' } | null;
      readonly turn_detection: TurnDetection | null;
    };
    readonly output: {
      readonly format: WireAudioFormat;
      readonly voice: Voice;
      readonly speed: number;
    };
  };
  readonly include: readonly 'item.input_audio_transcription.logprobs'[] | null;
  readonly tools: readonly WireTool[];
  readonly tool_choice: ToolChoice;
  readonly max_output_tokens: number | 'inf';
  readonly truncation: NonNullable<RealtimeUpdate['truncation']>;
  readonly tracing: NonNullable<RealtimeUpdate['tracing']> | null;
  readonly prompt: Prompt | null;
}

/** Defaults of the vendor's reference; recorded sessions show 200 ms of silence, its text 500. */
const serverVadDefaults = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
} as const satisfies TurnDetection;

const semanticVadDefaults = {
  type: 'semantic_vad',
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
} as const satisfies TurnDetection;

/** Turn detection with every field that the client left out filled in. */
export function completeTurnDetection(asked: TurnDetection | null): TurnDetection | null {
  if (asked === null) return null;
  if (asked.type === 'server_vad') return { ...serverVadDefaults, ...asked };
  return { ...semanticVadDefaults, ...asked };
}

/** The configuration of a new session before any update. */
export function defaultSession(setup: {
  readonly id: string;
  readonly type: SessionConfig['type'];
  readonly model: string;
  readonly expiresAtEpochMs: number;
}): SessionConfig {
  return {
    id: setup.id,
    type: setup.type,
    object: setup.type === 'realtime' ? 'realtime.session' : 'realtime.transcription_session',
    model: setup.model,
    expires_at: Math.floor(setup.expiresAtEpochMs / 1000),
    output_modalities: ['audio'],
    instructions: '',
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: serverVadDefaults,
      },
      output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'marin', speed: 1 },
    },
    include: null,
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    truncation: 'auto',
    tracing: null,
    prompt: null,
  };
}

/** What of a session's past forbids a change. */
export interface SessionPast {
  readonly hasAgentAudio: boolean;
}

export type Merged =
  | { readonly is: 'merged'; readonly session: SessionConfig }
  | { readonly is: 'refused'; readonly fault: WireFault };

const refused = (fault: WireFault): Merged => ({ is: 'refused', fault });

/**
 * `session` after `update`: only the fields present change. Refused as a whole when one field may
 * not change any more.
 */
export function mergeSession(
  session: SessionConfig,
  update: SessionUpdate,
  past: SessionPast,
): Merged {
  if (update.type !== session.type) {
    return refused(valueFault('session.type', update.type, [session.type]));
  }
  if (update.type === 'transcription') {
    const input = mergeInput(session, update.audio?.input);
    const include = update.include === undefined ? session.include : update.include;
    return { is: 'merged', session: { ...session, include, audio: { ...session.audio, input } } };
  }
  const fault = forbidden(session, update, past);
  if (fault !== null) return refused(fault);
  // The connection fixes the model. Stock clients name their default one in every update: it is
  // passed over, and the session that is shown says which one is in force.
  const { type: _, model: _asked, audio, output_modalities: modalities, ...rest } = update;
  const [modality = session.output_modalities[0]] = modalities ?? [];
  return {
    is: 'merged',
    session: {
      ...session,
      ...rest,
      output_modalities: [modality],
      audio: {
        input: mergeInput(session, audio?.input),
        output: { ...session.audio.output, ...audio?.output },
      },
    },
  };
}

function mergeInput(
  session: SessionConfig,
  update: NonNullable<RealtimeUpdate['audio']>['input'],
): SessionConfig['audio']['input'] {
  const input = { ...session.audio.input, ...update };
  return { ...input, turn_detection: completeTurnDetection(input.turn_detection) };
}

/** The first value fixes tracing, the first audio the voice. */
function forbidden(
  session: SessionConfig,
  update: RealtimeUpdate,
  past: SessionPast,
): WireFault | null {
  if (update.tracing !== undefined && session.tracing !== null) {
    if (JSON.stringify(update.tracing) !== JSON.stringify(session.tracing)) {
      return valueFault('session.tracing', update.tracing);
    }
  }
  const voice = update.audio?.output?.voice;
  const changesVoice =
    voice !== undefined && JSON.stringify(voice) !== JSON.stringify(session.audio.output.voice);
  return changesVoice && past.hasAgentAudio ? voiceFault : null;
}

const voiceFault: WireFault = {
  code: 'cannot_update_voice',
  message: "Cannot update a conversation's voice if assistant audio is present.",
  param: null,
};

/** What the client is shown: a transcription session has neither voice nor tools. */
export function echoOf(session: SessionConfig) {
  if (session.type === 'realtime') {
    const { output_modalities: modalities, tools } = session;
    return { ...session, output_modalities: [...modalities], tools: [...tools] };
  }
  const { id, type, object, expires_at, audio, include } = session;
  return { id, type, object, expires_at, audio: { input: audio.input }, include };
}

export function formatOf(wire: WireAudioFormat): AudioFormat {
  if (wire.type === 'audio/pcm') return pcm(24000);
  return wire.type === 'audio/pcmu' ? mulaw8k : alaw8k;
}

/** Fields that only the withdrawn beta knew at the top of a session. */
const betaFields = [
  'modalities',
  'voice',
  'input_audio_format',
  'output_audio_format',
  'input_audio_transcription',
  'turn_detection',
  'max_response_output_tokens',
];

/** True for a `session.update` in the flat shape of the beta: no type, but fields of then. */
export function isBetaUpdate(raw: unknown): boolean {
  if (typeof raw !== 'object' || raw === null) return false;
  const session: unknown = Reflect.get(raw, 'session');
  if (typeof session !== 'object' || session === null || 'type' in session) return false;
  return betaFields.some((field) => field in session);
}
