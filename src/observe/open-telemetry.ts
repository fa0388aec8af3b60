import { DiagLogLevel, diag, type Tracer } from '@opentelemetry/api';
import type { Closer } from '../runtime/closer.ts';
import type { Log } from './observe.ts';

export interface TelemetryOptions {
  /** Of an OTLP collector, without the path of traces: `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Of all calls so many are traced: 0 to 1. */
  readonly sampleRatio: number;
  readonly log: Log;
}

/** Spans that wait for the collector; above it they are dropped, which the log tells. */
const queueSpansMax = 4_096;
/** A collector that does not answer holds nobody up for longer: not the next batch, not the end. */
const exportMsMax = 5_000;

/**
 * Sends spans to an OTLP collector by HTTP, in batches, beside everything else. What it needs is
 * loaded here: a gateway without a collector pays nothing for it.
 */
export async function openTelemetry(
  options: TelemetryOptions,
): Promise<{ readonly tracer: Tracer } & Closer> {
  const [{ BatchSpanProcessor, TracerProvider, TraceIdRatioBasedSampler }, exporters, resources] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const { endpoint, headers, log, sampleRatio, serviceName, serviceVersion } = options;
  const tell = (message: string): void => log.warn('telemetry', { detail: message });
  diag.setLogger(
    { error: tell, warn: tell, info: tell, debug: tell, verbose: tell },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new exporters.OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: exportMsMax,
  });
  const provider = new TracerProvider({
    sampler: new TraceIdRatioBasedSampler(sampleRatio),
    resource: resources.resourceFromAttributes({
      'service.name': serviceName,
      'service.version': serviceVersion,
    }),
    spanLimits: { attributeValueLengthLimit: 8_192 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: queueSpansMax,
        exportTimeoutMillis: exportMsMax,
      }),
    ],
  });
  return { tracer: provider.getTracer(serviceName), close: () => provider.shutdown() };
}
