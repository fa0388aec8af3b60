import type { AudioFormat } from '../../audio/format.ts';
import {
  idLengthMax,
  type NewItem,
  type RealtimeUpdate,
  type SessionEcho,
  type Voice,
  type WireAudioFormat,
  type TurnDetection as WireTurnDetection,
} from '../../realtime-server/wire.ts';
import type { HistoryItem, PersonaSetup, ProviderSetup, TurnDetection } from '../provider.ts';
import type { OpenaiRealtimeOptions } from './options.ts';

/** PCM is 24 kHz and says so (a missing rate is refused); the G.711 formats have no rate field. */
function wireFormat(format: AudioFormat): WireAudioFormat {
  if (format.encoding === 'pcm_s16le') return { type: 'audio/pcm', rate: 24000 };
  return { type: format.encoding === 'mulaw' ? 'audio/pcmu' : 'audio/pcma' };
}

function wireTurnDetection(
  detection: TurnDetection,
  idleTimeoutMs: number | null,
): WireTurnDetection {
  const isVendors = detection.authority === 'provider';
  const authority = { create_response: isVendors, interrupt_response: isVendors };
  if (detection.kind === 'semantic_vad') {
    return { type: 'semantic_vad', eagerness: detection.eagerness, ...authority };
  }
  return {
    type: 'server_vad',
    threshold: detection.threshold,
    prefix_padding_ms: detection.prefixPaddingMs,
    silence_duration_ms: detection.silenceMs,
    ...(idleTimeoutMs !== null && { idle_timeout_ms: idleTimeoutMs }),
    ...authority,
  };
}

/** ISO 639-1 is what transcription takes: `en` of `en-GB`. */
function transcriptionOf(model: string, language: string | null) {
  const [code] = language?.split('-') ?? [];
  return code === undefined ? { model } : { model, language: code.toLowerCase() };
}

/** Tools flat, as the vendor wants them (nested ones are refused: no `tools[0].name`). */
function wireTools(persona: PersonaSetup) {
  return persona.tools.map((tool) => ({ type: 'function' as const, ...tool }));
}

function promptOf(persona: PersonaSetup, options: OpenaiRealtimeOptions) {
  if (!options.sendsPrompt) return {};
  return { prompt: { id: persona.key, variables: { ...persona.variables } } };
}

/** Sound both ways, or writing: without audio there is nothing to detect turns in. */
function mediaOf(setup: ProviderSetup, options: OpenaiRealtimeOptions): Partial<RealtimeUpdate> {
  const { persona, callerFormat, agentFormat } = setup;
  if (callerFormat === null || agentFormat === null) return { output_modalities: ['text'] };
  const { transcriptionModel, noiseReduction } = options;
  return {
    output_modalities: ['audio'],
    audio: {
      input: {
        format: wireFormat(callerFormat),
        transcription:
          transcriptionModel === null
            ? null
            : transcriptionOf(transcriptionModel, persona.language ?? options.language),
        noise_reduction: noiseReduction === null ? null : { type: noiseReduction },
        turn_detection: wireTurnDetection(setup.turnDetection, options.idleTimeoutMs),
      },
      output: { format: wireFormat(agentFormat), voice: persona.voice ?? options.voice },
    },
  };
}

/** `session` of the first `session.update`. Whatever is left out the vendor decides. */
export function setupUpdate(setup: ProviderSetup, options: OpenaiRealtimeOptions): RealtimeUpdate {
  const { persona } = setup;
  const { reasoningEffort, maxOutputTokens, retentionRatio } = options;
  return {
    type: 'realtime',
    instructions: persona.instructions,
    ...mediaOf(setup, options),
    tools: wireTools(persona),
    tool_choice: 'auto',
    ...(reasoningEffort !== null && { reasoning: { effort: reasoningEffort } }),
    ...(maxOutputTokens !== null && { max_output_tokens: maxOutputTokens }),
    ...(retentionRatio !== null && {
      truncation: { type: 'retention_ratio', retention_ratio: retentionRatio },
    }),
    ...promptOf(persona, options),
  };
}

/**
 * `session` of the update for another persona. The voice is fixed once the agent has spoken, and
 * there is none in writing.
 */
export function personaUpdate(
  persona: PersonaSetup,
  options: OpenaiRealtimeOptions,
  agent: { readonly isVoiceFixed: boolean },
): RealtimeUpdate {
  const voice = persona.voice ?? options.voice;
  return {
    type: 'realtime',
    instructions: persona.instructions,
    tools: wireTools(persona),
    ...(!agent.isVoiceFixed && { audio: { output: { voice } } }),
    ...promptOf(persona, options),
  };
}

/**
 * What the server says is in force against what was asked for: the fields that differ, empty if
 * none. A refused update leaves the vendor's own default agent talking to the caller, so this is
 * looked at before anybody is heard. Fields that a server does not show are not judged.
 */
export function differences(asked: RealtimeUpdate, shown: SessionEcho): string[] {
  const { input, output } = asked.audio ?? {};
  const shownInput = shown.audio?.input;
  const shownOutput = shown.audio?.output;
  const names = (tools: readonly { name?: string }[] | undefined) =>
    tools
      ?.map(({ name }) => name)
      .sort()
      .join();
  const pairs: readonly (readonly [field: string, asked: unknown, shown: unknown])[] = [
    ['output_modalities', asked.output_modalities?.join(), shown.output_modalities?.join()],
    ['tools', names(functionsIn(asked)), names(shown.tools)],
    ['audio.input.format', input?.format?.type, shownInput?.format?.type],
    ['audio.output.format', output?.format?.type, shownOutput?.format?.type],
    ['audio.output.voice', voiceId(output?.voice), voiceId(shownOutput?.voice)],
    ...turnDetectionPairs(input?.turn_detection, shownInput?.turn_detection),
  ];
  const isJudged = ([, left, right]: (typeof pairs)[number]) =>
    left !== undefined && right !== undefined;
  return pairs
    .filter((pair) => isJudged(pair) && pair[1] !== pair[2])
    .map(([field, left, right]) => `${field} is ${String(right)}, not ${String(left)}`);
}

function voiceId(voice: Voice | null | undefined): string | undefined {
  return typeof voice === 'string' ? voice : voice?.id;
}

function functionsIn(update: RealtimeUpdate) {
  return update.tools?.filter((tool) => tool.type === 'function');
}

type ShownTurnDetection = NonNullable<NonNullable<SessionEcho['audio']>['input']>['turn_detection'];

function turnDetectionPairs(
  asked: WireTurnDetection | null | undefined,
  shown: ShownTurnDetection,
): (readonly [string, unknown, unknown])[] {
  const field = 'audio.input.turn_detection';
  const kind = shown === null ? 'off' : shown?.type;
  return [
    [field, asked?.type, kind],
    [`${field}.create_response`, asked?.create_response, shown?.create_response ?? undefined],
    [
      `${field}.interrupt_response`,
      asked?.interrupt_response,
      shown?.interrupt_response ?? undefined,
    ],
  ];
}

/** Ids of calls on the wire: ours where they fit, short ones in place of those that do not. */
export class CallIds {
  readonly #shortened = new Map<string, string>();

  of(callId: string): string {
    if (callId.length <= idLengthMax) return callId;
    const known = this.#shortened.get(callId);
    if (known !== undefined) return known;
    const short = `call_past_${this.#shortened.size + 1}`;
    this.#shortened.set(callId, short);
    return short;
  }
}

/**
 * What was said before, as items of a new conversation. The agent's words go as text: audio of the
 * assistant cannot be created.
 */
export function historyItem(item: HistoryItem, callIds: CallIds): NewItem {
  switch (item.type) {
    case 'caller-said':
      return callerMessage(item.text);
    case 'agent-said':
      return {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: item.text }],
      };
    case 'tool-call':
      return {
        type: 'function_call',
        call_id: callIds.of(item.callId),
        name: item.name,
        arguments: item.argumentsJson,
      };
    case 'tool-result':
      return toolOutput(callIds.of(item.callId), item.outputJson);
  }
}

export function callerMessage(text: string): NewItem {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

export function toolOutput(callId: string, outputJson: string): NewItem {
  return { type: 'function_call_output', call_id: callId, output: outputJson };
}
