import type { Problem } from './problem.ts';
import {
  entryAt,
  matches,
  merge,
  type Path,
  type Scalar,
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

/** A value that the vendor has taken out of service, or never knew. */
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
  { key: 'turn_detection', to: `${openai}.turn_detection`, because: 'it is told to the vendor' },
  { key: 'contexts', to: 'personas', because: 'who answers is a persona' },
  { key: 'personas.*.prompt', to: 'personas.*.instructions', because: 'the vendor calls it so' },
  { key: 'personas.*.profile', to: null, because: 'formats follow from audiosocket.format' },
  {
    key: `${openai}.instructions`,
    to: 'personas.assistant.instructions',
    because: 'words belong to a persona',
  },
  {
    key: `${openai}.greeting`,
    to: 'personas.assistant.greeting',
    because: 'words belong to a persona',
  },
  { key: `${openai}.tools`, to: 'personas.assistant.tools', because: 'tools belong to a persona' },
  { key: `${openai}.endpoint`, to: `${openai}.base_url`, because: 'it goes without the model' },
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
    'create_response interrupt_response',
    'turn.authority says who creates and interrupts replies',
  ),
  ...dropped(`${openai}.`, 'temperature', 'the vendor takes none any more'),
  ...dropped(`${openai}.`, 'api_version', 'the Realtime API has one version, its beta is gone'),
  ...dropped(
    `${openai}.`,
    'response_modalities modalities output_modalities',
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
    'enabled type capabilities continuous_input',
    'a provider is used when default_provider, a persona or a call names it',
  ),
  ...dropped(
    'providers.local.',
    `base_url ws_url auth_token capabilities chunk_ms connect_timeout_sec continuous_input enabled
     farewell_mode farewell_timeout_sec greeting instructions llm_model max_tokens
     response_timeout_sec stt_model stt_backend temperature tts_voice type`,
    'the local provider is part of this process',
  ),
  ...dropped(
    'providers.',
    `deepgram google_live elevenlabs_agent grok local_llm local_stt local_tts openai_llm openai_stt
     openai_tts groq_llm groq_stt groq_tts ollama_llm`,
    'this version has no such provider',
  ),
  ...dropped('', 'active_pipeline pipelines llm', 'default_provider says who answers'),
  ...dropped('', 'on_provider_failure', 'no other provider takes the place of one that fails'),
  ...dropped('', 'config_version', 'old names are known by themselves'),
  ...dropped('', 'audio_transport asterisk external_media', 'calls come by audiosocket'),
  ...dropped('', 'profiles', 'formats follow from audiosocket.format and the provider'),
  ...dropped(
    '',
    'streaming downstream_mode',
    'audio is paced by one clock without a buffer to tune; session.reply_queue_max_s bounds it',
  ),
  ...dropped('', 'barge_in', 'vad.gate, gate.tailMs and turn.authority say who may interrupt'),
  ...dropped('', 'farewell_hangup_delay_sec', 'a farewell is played to its last sample'),
  ...dropped('', 'tools', 'personas.KEY.tools names tools, directory names destinations'),
  ...dropped('', 'mcp', 'this version calls no tools of MCP servers'),
  ...dropped(
    'vad.',
    `use_provider_vad webrtc_start_frames webrtc_end_silence_frames start_frames
     end_silence_frames min_utterance_duration_ms max_utterance_duration_ms utterance_padding_ms
     fallback_enabled fallback_interval_ms fallback_buffer_size`,
    'the end of a turn is found by the provider: see its turn_detection',
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
  ...[`${openai}.voice`, 'personas.*.voice'].map((key) => ({
    key,
    dead: /^(?:fable|onyx|nova)$/,
    instead: 'marin',
    because: 'Realtime models never had this voice',
  })),
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
      const fate = target === null ? 'is not used any more' : `is now "${target.join('.')}"`;
      const message = `"${path.join('.')}" ${fate}: ${because}`;
      warnings.push({ origin: entry.keyOrigin, message });
      tree = withoutEntry(tree, path);
      if (target !== null) tree = moved(tree, target, entry);
    }
  }
  return { tree, warnings };
}

type Entry = NonNullable<ReturnType<typeof entryAt>>;

function moved(tree: TreeMap, target: Path, entry: Entry): TreeMap {
  const there = entryAt(tree, target);
  if (there === undefined) return withEntry(tree, target, entry);
  if (there.tree.kind !== 'map' || entry.tree.kind !== 'map') return tree;
  return withEntry(tree, target, { ...there, tree: merge(entry.tree, there.tree) });
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
