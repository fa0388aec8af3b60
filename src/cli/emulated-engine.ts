import { createConverterFactory } from '../audio/converter.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import type { Config } from '../config/schema.ts';
import { type LocalEngine, localEngine } from '../main/local-engine.ts';
import { speechDetectors } from '../main/speech-detectors.ts';
import { humanLog } from '../observe/log.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import type { Log } from '../observe/observe.ts';
import { redactor } from '../observe/redact.ts';
import { systemClock } from '../runtime/clock.ts';
import { demoNames } from '../store/seed-demo.ts';
import { dayOf } from '../tools/period.ts';
import { namedValues, VocabularyReader } from '../tools/vocabulary.ts';
import { commandDatabase } from './command-database.ts';

/**
 * Our own engine without a gateway around it: whoever connects runs the tools. It knows the names
 * in the configured Postgres, or without one those of the demonstration data; the embedded database
 * is left to the gateway.
 */
export async function emulatedEngine(
  config: Config,
  complain: (line: string) => void,
): Promise<Pick<LocalEngine, 'brain' | 'close'>> {
  const clock = systemClock();
  const log = humanLog({
    levels: { level: 'warn', components: {} },
    redactor: redactor([]),
    epochMs: () => clock.epochMs(),
    write: (line) => complain(line.trimEnd()),
  });
  const names = namesFor(config, log);
  const engine = localEngine({
    config: () => config,
    vocabulary: names,
    detectors: speechDetectors(() => config),
    converters: createConverterFactory(createResamplerFactory()),
    metrics: metricsRegistry({ toolNames: [], hasProcessSeries: false }),
    clock,
    log,
  });
  await engine.warm();
  return {
    brain: engine.brain,
    async close() {
      await engine.close();
      await names.close();
    },
  };
}

function namesFor({ database: choice }: Config, log: Log) {
  const clock = systemClock();
  if (choice.url === null) {
    const values = namedValues(demoNames(dayOf(clock.epochMs())));
    return { read: async () => values, known: () => values, close: async () => undefined };
  }
  const database = commandDatabase(choice);
  const reader = new VocabularyReader({ database, clock, log });
  return {
    read: () => reader.read(),
    known: () => reader.known(),
    close: () => database.close(),
  };
}
