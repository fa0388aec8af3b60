import { resolveProvider } from '../config/resolve-provider.ts';
import type { Config, ConfiguredProvider } from '../config/schema.ts';
import { personasFrom } from '../personas/configured-personas.ts';
import type { Persona } from '../personas/persona.ts';
import type { ProviderName, TurnDetection } from '../providers/provider.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { CallPlan } from '../session/sessions.ts';
import type { SessionSettings } from '../session/settings.ts';
import type { CallInfo } from '../transports/transport.ts';
import type { ProviderShelf } from './provider-shelf.ts';
import { scoreThreshold } from './speech-detectors.ts';

/** What this call is to be, by the configuration of this moment. */
export function planOf(
  config: Config,
  leg: { readonly call: Pick<CallInfo, 'persona' | 'provider'> },
  providers: ProviderShelf,
): CallPlan {
  const personas = personasFrom(config);
  const persona = personas.find(leg.call.persona);
  if (!persona) throw personaUnknown(leg.call.persona ?? config.default_persona, personas.keys);
  const name = resolveProvider({ call: leg.call.provider, persona: persona.provider, config });
  return {
    provider: providers.find(name),
    persona: voiced(persona, name),
    personaOf: (key) => {
      const other = personas.keys.includes(key) ? personas.find(key) : undefined;
      return other && voiced(other, name);
    },
    settings: { ...settingsOf(config), ...persona.limits },
    turnDetection: turnDetectionOf(config, name),
  };
}

/**
 * Refuses to expect a call for somebody who is not there, while there is still somebody to be told:
 * `NOT_FOUND` or `PROVIDER_UNKNOWN`, with the choices.
 */
export function assertExpectable(
  config: Config,
  { persona, provider }: Pick<CallInfo, 'persona' | 'provider'>,
): void {
  const { keys } = personasFrom(config);
  if (persona !== undefined && !keys.includes(persona)) throw personaUnknown(persona, keys);
  resolveProvider({ call: provider, config });
}

export function personaUnknown(persona: string, keys: readonly string[]): GatewayError {
  const choices = keys.join(', ');
  const message = `there is no persona ${persona}: ${choices}`;
  return new GatewayError('NOT_FOUND', message, { persona, choices });
}

/** Audio from before a confirmed start that belongs to what the caller says. */
const prefixPaddingMs = 300;

function turnDetectionOf(config: Config, name: ConfiguredProvider): TurnDetection {
  const { openai_realtime, local } = config.providers;
  const { authority } = config.turn;
  if (name === 'local') {
    return {
      kind: 'server_vad',
      threshold: scoreThreshold(config),
      prefixPaddingMs,
      silenceMs: local.hang_over_ms,
      eagerness: 'auto',
      authority,
    };
  }
  const { turn_detection } = openai_realtime;
  return {
    kind: turn_detection.type,
    threshold: turn_detection.threshold,
    prefixPaddingMs: turn_detection.prefix_padding_ms,
    silenceMs: turn_detection.silence_duration_ms,
    eagerness: turn_detection.eagerness,
    authority,
  };
}

/** With the voice that it has at this provider. */
function voiced(persona: Persona, provider: ProviderName): Persona {
  return { ...persona, voice: persona.voices?.[provider] ?? persona.voice };
}

function settingsOf({ asterisk, session, turn, vad, gate }: Config): SessionSettings {
  return {
    authority: turn.authority,
    gate: vad.gate,
    gateTailMs: gate.tailMs,
    callMsMax: session.call_length_max_s * 1_000,
    costUsdMicrosMax: session.cost_max_usd === null ? null : session.cost_max_usd * 1e6,
    silencePromptMs: session.silence_prompt_s * 1_000,
    textIdleMsMax: session.text_idle_timeout_s * 1_000,
    silenceGoodbyeMs: session.silence_goodbye_s * 1_000,
    replyMsMax: session.reply_timeout_ms,
    replyQueueMsMax: session.reply_queue_max_s * 1_000,
    reconnectAttemptsMax: session.reconnect_attempts_max,
    reconnectDelayMsMin: session.reconnect_delay_min_ms,
    reconnectDelayMsMax: session.reconnect_delay_max_ms,
    toolCallsPerTurnMax: session.tools_per_turn_max,
    toolCallsPerCallMax: session.tools_per_call_max,
    toolFillerAfterMs: session.tool_filler_after_ms,
    closingMsMax: session.closing_timeout_s * 1_000,
    briefingMsMax: asterisk.ari.briefing_max_s * 1_000,
  };
}
