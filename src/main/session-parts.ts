import type { ConverterFactory } from '../audio/converter.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../observe/observe.ts';
import type { SessionDeps } from '../session/session.ts';
import { promptNames } from '../session/state.ts';
import { PacingWheel } from '../session/wheel.ts';
import { type Recordings, recordings } from '../speech/recordings.ts';
import type { Journal } from '../store/store.ts';
import type { ToolRegistry } from '../tools/registry.ts';
import { toolRunner } from '../tools/runner.ts';
import { audioSocketFormats } from '../transports/audiosocket/wire.ts';
import { type Shared, shippedPrompts } from './shared.ts';
import type { SpeechDetectors } from './speech-detectors.ts';

/** What every session of the process shares. */
export function sessionParts(
  config: Config,
  shared: Shared,
  given: {
    readonly tools: ToolRegistry;
    readonly detectors: SpeechDetectors;
    readonly converters: ConverterFactory;
    readonly journal: Journal;
  },
): SessionDeps {
  const { tools, detectors, converters, journal } = given;
  const { log } = shared;
  return {
    ...shared,
    wheel: wheelFor(shared),
    converters,
    detectors: (...line) => detectors.detector(...line),
    tools: toolRunner({ ...shared, registry: tools, log: log.child('tools') }),
    prompts: readyPrompts(config, converters, log),
    journal,
  };
}

function wheelFor({ clock, log, metrics }: Shared): PacingWheel {
  return new PacingWheel(clock, (skippedMs) => {
    metrics.count('offhook_playout_resyncs_total', { transport: 'audiosocket' });
    log.warn('pacing starts anew after a pause of the process', { skippedMs });
  });
}

/** Prompts are read and converted now, not while a caller waits for them. */
function readyPrompts(config: Config, converters: ConverterFactory, log: Log): Recordings {
  const prompts = recordings(config.prompts.dir ?? shippedPrompts, converters);
  const format = audioSocketFormats[config.audiosocket.format];
  for (const name of promptNames) {
    if (prompts.audio(name, format)) continue;
    log.warn('a recording is missing: callers hear nothing in its place', { prompt: name });
  }
  return prompts;
}
