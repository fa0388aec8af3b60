import type { Config } from '../config/schema.ts';
import type { Log } from '../observe/observe.ts';
import type { Closer } from '../runtime/closer.ts';
import type { JournalFollower } from './followed-journal.ts';

/** What of calls goes to a collector, if there is one. */
export type CallTelemetry = Closer & JournalFollower;

const noTelemetry: CallTelemetry = { follow: () => undefined, close: async () => undefined };

export async function callTelemetry(
  { telemetry }: Config,
  parts: {
    readonly log: Log;
    readonly version: string;
    readonly scrub: (text: string) => string;
  },
): Promise<CallTelemetry> {
  const { endpoint } = telemetry;
  if (endpoint === null) return noTelemetry;
  // Loaded only here: all of it takes longer than the rest of the start.
  const [{ CallTraces }, { openTelemetry }] = await Promise.all([
    import('../observe/call-traces.ts'),
    import('../observe/open-telemetry.ts'),
  ]);
  const log = parts.log.child('telemetry');
  const { tracer, close } = await openTelemetry({
    endpoint,
    headers: headersOf(telemetry.headers ?? ''),
    serviceName: telemetry.service_name,
    serviceVersion: parts.version,
    sampleRatio: telemetry.sample_ratio,
    log,
  });
  const traces = new CallTraces({ tracer, content: telemetry.content ? parts.scrub : null });
  return { follow: (entry) => traces.follow(entry), close };
}

/** `name=value` with commas in between, as OTEL_EXPORTER_OTLP_HEADERS has it. */
function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    return pair.includes('=') ? [[name.trim(), decodeURIComponent(value.trim())] as const] : [];
  });
  return Object.fromEntries(pairs);
}
