import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { assert } from '../runtime/assert.ts';
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type Metrics,
  SERIES,
  type SeriesName,
} from './observe.ts';

/** Gauges of prom-client that bear a counter's suffix; the same numbers come without it by type. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Label value of whatever is not among the known values. */
const otherValue = 'other';

/** Metrics in this process, as text for Prometheus. */
export interface MetricsRegistry extends Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * Makes every series of `SERIES` and, with `hasProcessSeries`, those of Node and the process.
 * `toolNames` are the tools there are: a model may ask for any name, and each would be a new
 * series.
 */
export function metricsRegistry(options: {
  readonly toolNames: readonly string[];
  readonly hasProcessSeries: boolean;
}): MetricsRegistry {
  const registry = new Registry();
  if (options.hasProcessSeries) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }
  return new PrometheusMetrics(registry, new Set(options.toolNames));
}

class PrometheusMetrics implements MetricsRegistry {
  readonly #registry: Registry;
  readonly #toolNames: ReadonlySet<string>;
  readonly #counters = new Map<SeriesName, Counter>();
  readonly #gauges = new Map<SeriesName, Gauge>();
  readonly #histograms = new Map<SeriesName, Histogram>();

  constructor(registry: Registry, toolNames: ReadonlySet<string>) {
    this.#registry = registry;
    this.#toolNames = toolNames;
    for (const [name, series] of Object.entries(SERIES) as [SeriesName, Series][]) {
      const { type, help } = series;
      const settings = { name, help, labelNames: [...series.labels], registers: [registry] };
      if (type === 'counter') this.#counters.set(name, new Counter(settings));
      else if (type === 'gauge') this.#gauges.set(name, new Gauge(settings));
      else this.#histograms.set(name, new Histogram({ ...settings, buckets: [...series.buckets] }));
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    assert(by >= 0, `${name} never falls`);
    this.#counters.get(name)!.inc(this.#checked(name, labels), by);
  }

  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void {
    this.#gauges.get(name)!.set(this.#checked(name, labels), value);
  }

  add<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, by: number): void {
    this.#gauges.get(name)!.inc(this.#checked(name, labels), by);
  }

  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void {
    this.#histograms.get(name)!.observe(this.#checked(name, labels), value);
  }

  /** Exactly the declared labels: a missing one would make a series nobody looks for. */
  #checked(name: SeriesName, labels: Readonly<Record<string, string>>): Record<string, string> {
    const declared: readonly string[] = SERIES[name].labels;
    const given = Object.keys(labels);
    assert(
      given.length === declared.length && given.every((label) => declared.includes(label)),
      `${name} has the labels ${declared.join(', ') || 'none'}, not ${given.join(', ') || 'none'}`,
    );
    const { tool } = labels;
    if (tool === undefined || this.#toolNames.has(tool)) return labels;
    return { ...labels, tool: otherValue };
  }
}

type Series = (typeof SERIES)[SeriesName] & { readonly buckets: readonly number[] };
