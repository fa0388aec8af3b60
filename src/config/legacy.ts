import type { Problem } from './problem.ts';
import {
  entryAt,
  matches,
  merge,
  type Path,
  type Scalar,
  type Tree,
  type TreeMap,
  withEntry,
  withoutEntry,
} from './tree.ts';

/** A key that configurations of other gateways, or of the vendor's beta, still hold. */
interface OldKey {
  /** `*` stands for any one key. Rows are taken in order, and see what rows before have moved. */
  readonly key: string;
  /** The key to use now, with the same value; `null`: the value is not used any more. */
  readonly to: string | null;
  readonly because: string;
}

/** A value that the vendor has taken out of service, or never knew, or that has another name. */
interface DeadValue {
  readonly key: string;
  readonly dead: RegExp;
  readonly instead: Scalar;
  readonly because: string;
}

const openai = 'providers.openai_realtime';

/** Several old keys with one fate. */
function dropped(prefix: string, keys: string, because: string): readonly OldKey[] {
  const names = keys.trim().split(/\s+/);
  return names.map((name) => ({ key: prefix + name, to: null, because }));
}

/**
 * Keys of AVA-AI-Voice-Agent-for-Asterisk (config/ai-agent.yaml, config_version 4 to 6) and of the
 * Realtime beta. The shape first, so that what was moved is judged where it is now.
 */
export const oldKeys: readonly OldKey[] = [
  { key: 'providers.openai', to: openai, because: 'the provider has one name in files' },
  ...['turn_detection', 'providers.turn_detection'].map((key) => ({
    key,
    to: `${openai}.turn_detection`,
    because: 'it is told to the vendor',
  })),
  ...[`${openai}.greeting`, 'providers.greeting'].map((key) => ({
    key,
    to: 'personas.assistant.greeting',
    because: 'words belong to a persona',
  })),
  { key: 'contexts', to: 'personas', because: 'who answers is a persona' },
  { key: 'personas.*.prompt', to: 'personas.*.instructions', because: 'the vendor calls it so' },
  ...dropped('personas.*.', 'profile', 'formats follow from audiosocket.format'),
  ...dropped(
    'personas.*.',
    'pipeline',
    'personas.KEY.provider or default_provider says who answers',
  ),
  ...dropped(
    'personas.*.',
    `pre_call_tools post_call_tools in_call_http_tools tool_configs disable_global_pre_call_tools
     disable_global_in_call_tools disable_global_post_call_tools email_recipient email_from
     email_enabled`,
    'personas.KEY.tools names all tools of a persona',
  ),
  ...dropped(
    'personas.*.',
    'background_music connection_audio',
    'callers hear the agent and the recordings of prompts.dir',
  ),
  ...dropped('personas.*.', 'no_input', 'session.silence_prompt_s holds for all personas'),
  {
    key: `${openai}.instructions`,
    to: 'personas.assistant.instructions',
    because: 'words belong to a persona',
  },
  { key: `${openai}.tools`, to: 'personas.assistant.tools', because: 'tools belong to a persona' },
  ...['endpoint', 'realtime_base_url'].map((name) => ({
    key: `${openai}.${name}`,
    to: `${openai}.base_url`,
    because: 'it goes without the model',
  })),
  { key: `${openai}.realtime_model`, to: `${openai}.model`, because: 'the name is shorter' },
  { key: `${openai}.project_id`, to: `${openai}.project`, because: 'the name is shorter' },
  {
    key: `${openai}.max_response_output_tokens`,
    to: `${openai}.max_output_tokens`,
    because: 'the vendor renamed it',
  },
  {
    key: `${openai}.input_audio_transcription`,
    to: `${openai}.transcription`,
    because: 'the name is shorter',
  },
  {
    key: `${openai}.input_audio_noise_reduction`,
    to: `${openai}.noise_reduction`,
    because: 'the name is shorter',
  },
  ...['threshold', 'prefix_padding_ms', 'silence_duration_ms', 'eagerness'].map((name) => ({
    key: `${openai}.${name}`,
    to: `${openai}.turn_detection.${name}`,
    because: 'it belongs to the detection of turns',
  })),
  ...dropped(
    `${openai}.turn_detection.`,
    'create_response interrupt_response greeting_protection_ms',
    'turn.authority and vad.gate say who creates and interrupts replies',
  ),
  ...dropped(`${openai}.`, 'temperature', 'the vendor takes none any more'),
  ...dropped(`${openai}.`, 'api_version', 'the Realtime API has one version, its beta is gone'),
  ...dropped(
    `${openai}.`,
    'response_modalities modalities output_modalities default_modalities',
    'a session speaks, and its words come as text with the audio',
  ),
  ...dropped(
    `${openai}.`,
    `input_encoding input_sample_rate_hz output_encoding output_sample_rate_hz target_encoding
     target_sample_rate_hz provider_input_encoding provider_input_sample_rate_hz
     provider_output_encoding provider_output_sample_rate_hz output_resampler input_gain_max_db
     input_gain_target_rms input_audio_format output_audio_format`,
    `${openai}.wire and audiosocket.format are all there is to choose; the vendor takes PCM at ` +
      '24 kHz or G.711, never 16 kHz, and what differs is converted',
  ),
  ...dropped(
    `${openai}.`,
    'egress_pacer_enabled egress_pacer_warmup_ms',
    'every call is paced by one clock and starts at once',
  ),
  ...dropped(
    `${openai}.`,
    `chat_base_url chat_model stt_base_url stt_model tts_base_url tts_model tts_response_format
     chunk_size_ms response_timeout_sec tools_enabled`,
    'one Realtime session hears, thinks and speaks',
  ),
  ...dropped(
    `${openai}.`,
    'api_key_file api_key_env',
    'OPENAI_API_KEY holds the key, or OPENAI_API_KEY_FILE names the file that does',
  ),
  ...dropped(`${openai}.`, 'display_name customer', 'nobody is shown it'),
  ...dropped(`${openai}.`, 'farewell_hangup_delay_sec', 'a farewell is played to its last sample'),
  ...dropped(
    `${openai}.`,
    'enabled type capabilities continuous_input',
    'a provider is used when default_provider, a persona or a call names it',
  ),
  ...dropped(
    'providers.local.',
    `auth_token base_url capabilities chunk_ms connect_timeout_sec continuous_input enabled
     farewell_hangup_delay_sec farewell_mode farewell_timeout_sec greeting instructions kokoro_lang
     kokoro_model_path kokoro_voice kroko_api_key kroko_language kroko_url llm_model max_tokens
     mid_call_reconnect_timeout_sec mode response_timeout_sec sherpa_model_path stt_backend
     stt_model target_encoding target_sample_rate_hz temperature tool_call_policy
     tool_gateway_enabled tts_backend tts_voice type ws_url`,
    'the local provider is part of this process',
  ),
  ...dropped(
    'providers.',
    `azure_stt azure_tts cambai deepgram elevenlabs_agent elevenlabs_conversational elevenlabs_tts
     google_live grok groq_llm groq_stt groq_tts local_llm local_stt local_tts minimax_llm
     native_llm ollama_llm openai_llm openai_stt openai_tts telnyx_llm`,
    'this version has no such provider',
  ),
  ...dropped('', 'active_pipeline pipelines', 'default_provider says who answers'),
  ...dropped('llm.', 'initial_greeting prompt', 'the words of an agent are in personas'),
  ...dropped('providers.', 'response_modalities', 'a session speaks, with its words as text'),
  ...dropped(
    '',
    `on_provider_failure provider_failure_prompt provider_failure_redirect_context
     provider_failure_redirect_extension provider_failure_redirect_priority`,
    'callers of a provider that fails hear a recording of prompts.dir, then the dialplan goes on',
  ),
  ...dropped('', 'config_version', 'old names are known by themselves'),
  ...dropped(
    '',
    'audio_transport external_media rtp app_name app_instance_id',
    'calls come by audiosocket',
  ),
  ...dropped(
    'asterisk.',
    'app_name host password port scheme ssl_verify username',
    'asterisk.ari says how to reach it',
  ),
  ...dropped('audiosocket.', 'advertise_host', 'the dialplan says where Asterisk connects to'),
  ...dropped('', 'health', 'health is told at api.host and api.port'),
  {
    key: 'no_input.initial_timeout_sec',
    to: 'session.silence_prompt_s',
    because: 'it is a limit of a call',
  },
  {
    key: 'no_input.grace_timeout_sec',
    to: 'session.silence_goodbye_s',
    because: 'it is a limit of a call',
  },
  ...dropped('', 'no_input', 'recordings of prompts.dir ask and say goodbye'),
  ...dropped('', 'profiles', 'formats follow from audiosocket.format and the provider'),
  ...dropped(
    '',
    'streaming downstream_mode',
    'audio is paced by one clock without a buffer to tune; session.reply_queue_max_s bounds it',
  ),
  ...dropped('', 'barge_in', 'vad.gate, gate.tailMs and turn.authority say who may interrupt'),
  ...dropped('', 'farewell_hangup_delay_sec', 'a farewell is played to its last sample'),
  ...dropped('', 'tools in_call_tools', 'personas.KEY.tools names tools, directory destinations'),
  ...dropped('', 'mcp', 'this version calls no tools of MCP servers'),
  ...dropped(
    'vad.',
    `use_provider_vad vad_mode enabled mode webrtc_start_frames webrtc_end_silence_frames
     start_frames end_silence_frames min_speech_duration_ms silence_duration_ms speech_pad_ms
     min_utterance_duration_ms max_utterance_duration_ms max_utterance_duration_s
     utterance_padding_ms fallback_enabled fallback_interval_ms fallback_buffer_size`,
    'the provider finds the end of a turn (see its turn_detection), vad.gate who may interrupt',
  ),
  ...dropped(
    'vad.',
    `adaptive_threshold_enabled noise_adaptation_rate upstream_squelch_enabled
     upstream_squelch_base_rms upstream_squelch_noise_factor upstream_squelch_noise_ema_alpha
     upstream_squelch_min_speech_frames upstream_squelch_end_silence_frames`,
    'vad.enhanced_enabled follows the noise of the line',
  ),
];

/** Values are judged after the shape, wherever they came from: files, flags or the environment. */
export const deadValues: readonly DeadValue[] = [
  {
    key: `${openai}.model`,
    dead: /^gpt-4o-mini-realtime-preview/,
    instead: 'gpt-realtime-2.1-mini',
    because: 'the vendor switched it off on 2026-05-07',
  },
  {
    key: `${openai}.model`,
    dead: /^gpt-4o-realtime-preview/,
    instead: 'gpt-realtime-2.1',
    because: 'the vendor switched it off on 2026-05-07',
  },
  ...[`${openai}.voice`, 'personas.*.voice', 'personas.*.voices.openai_realtime'].map((key) => ({
    key,
    dead: /^(?:fable|onyx|nova)$/,
    instead: 'marin',
    because: 'Realtime models never had this voice',
  })),
  {
    key: 'logging.level',
    dead: /^warning$/i,
    instead: 'warn',
    because: 'the name is shorter',
  },
  {
    key: 'logging.level',
    dead: /^critical$/i,
    instead: 'error',
    because: 'nothing is graver',
  },
];

/** What was found, without the word on how bad it is. */
export type LegacyWarning = Pick<Problem, 'origin' | 'message'>;

interface Modernized {
  readonly tree: TreeMap;
  readonly warnings: readonly LegacyWarning[];
}

/** One layer with every old key moved or dropped. A new key that is there too wins over it. */
export function withoutOldKeys(layer: TreeMap): Modernized {
  const warnings: LegacyWarning[] = [];
  let tree = layer;
  for (const { key, to, because } of oldKeys) {
    for (const path of matches(tree, key.split('.'))) {
      const entry = entryAt(tree, path);
      if (entry === undefined) continue;
      const target = to === null ? null : targetOf(key.split('.'), to.split('.'), path);
      const next = withoutEntry(tree, path);
      tree = target === null ? next : moved(next, target, entry);
      const fate = target === null ? 'is not used any more' : `is now "${target.join('.')}"`;
      const covered = target !== null && tree === next ? ', which is written too and counts' : '';
      const message = `"${path.join('.')}" ${fate}${covered}: ${because}`;
      warnings.push({ origin: entry.keyOrigin, message });
    }
  }
  return { tree, warnings };
}

type Entry = NonNullable<ReturnType<typeof entryAt>>;

/** The tree with `entry` at `target` too, or the same tree when what is there wins. */
function moved(tree: TreeMap, target: Path, entry: Entry): TreeMap {
  const there = entryAt(tree, target);
  if (there === undefined) return withEntry(tree, target, entry);
  if (entry.tree.kind !== 'map') return tree;
  // A section whose keys are all commented out is an empty one.
  if (isEmpty(there.tree)) return withEntry(tree, target, entry);
  if (there.tree.kind !== 'map') return tree;
  return withEntry(tree, target, { ...there, tree: merge(entry.tree, there.tree) });
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === 'value' && tree.value === null;
}

/** `to` with the keys of `path` in the places of its stars. */
function targetOf(key: Path, to: Path, path: Path): Path {
  const chosen = path.filter((_, depth) => key[depth] === '*');
  return to.map((each) => (each === '*' ? (chosen.shift() ?? each) : each));
}

/** One layer with every dead value replaced by one that lives. */
export function withoutDeadValues(layer: TreeMap): Modernized {
  const warnings: LegacyWarning[] = [];
  let tree = layer;
  for (const { key, dead, instead, because } of deadValues) {
    for (const path of matches(tree, key.split('.'))) {
      const entry = entryAt(tree, path);
      if (entry?.tree.kind !== 'value' || typeof entry.tree.value !== 'string') continue;
      if (!dead.test(entry.tree.value)) continue;
      const { origin, value } = entry.tree;
      const message = `${path.join('.')}: "${value}" is gone, "${instead}" is used: ${because}`;
      warnings.push({ origin, message });
      tree = withEntry(tree, path, { ...entry, tree: { ...entry.tree, value: instead } });
    }
  }
  return { tree, warnings };
}
