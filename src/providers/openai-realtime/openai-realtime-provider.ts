import { type AudioFormat, alaw8k, mulaw8k, pcm } from '../../audio/format.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Provider, ProviderEvent, Readiness } from '../provider.ts';
import { Breaker } from './breaker.ts';
import type { OpenaiRealtimeOptions, WireChoice } from './options.ts';
import { type LinkDeps, OpenaiRealtimeSession } from './session.ts';

/** A model behind the OpenAI Realtime protocol: the vendor's, or our own behind a pipe. */
export function openaiRealtimeProvider(options: OpenaiRealtimeOptions, deps: LinkDeps): Provider {
  const breaker = new Breaker(deps.clock);
  const readiness = (): Readiness => {
    const error = notReady(options, breaker);
    const isReady = error === null;
    deps.metrics.set('offhook_provider_ready', { provider: options.name }, isReady ? 1 : 0);
    return isReady ? { isReady } : { isReady, error };
  };
  const note = (event: ProviderEvent): void => {
    if (event.type === 'ready') breaker.onReady();
    else if (event.type === 'ended' && event.error !== null) breaker.onEnded(event.error);
    else return;
    readiness();
  };
  return {
    name: options.name,
    model: options.model,
    capabilities: {
      detectsTurns: true,
      truncates: true,
      swapsPersonaLive: true,
      sessionMsMax: options.timing.sessionMsMax,
    },
    negotiate: ({ callerFormat, agentFormat }) => ({
      callerFormat: nearest(callerFormat, options.wire),
      agentFormat: nearest(agentFormat, options.wire),
    }),
    readiness,
    open: (setup, onEvent) =>
      new OpenaiRealtimeSession(options, deps, setup, (event) => {
        note(event);
        onEvent(event);
      }),
  };
}

/**
 * The vendor's formats are PCM at 24 kHz and G.711 at 8 kHz: `auto` passes G.711 through untouched.
 */
function nearest(leg: AudioFormat | null, wire: WireChoice): AudioFormat {
  if (wire === 'pcmu' || (wire === 'auto' && leg?.encoding === 'mulaw')) return mulaw8k;
  if (wire === 'pcma' || (wire === 'auto' && leg?.encoding === 'alaw')) return alaw8k;
  return pcm(24000);
}

function notReady(options: OpenaiRealtimeOptions, breaker: Breaker): GatewayError | null {
  if (options.needsApiKey && !options.apiKey) {
    return new GatewayError('PROVIDER_NOT_READY', `${options.name} has no API key`);
  }
  const refusal = breaker.refusal;
  if (refusal === null) return null;
  const words = `${options.name} refused every recent link, the last one so: ${refusal.message}`;
  return new GatewayError('PROVIDER_NOT_READY', words, refusal.details, refusal);
}
