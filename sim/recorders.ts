import type { Log, LogFields, LogLevel, Metrics } from '../src/observe/observe.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines, for a test to read. */
export function recordingLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const under = (bound: LogFields): Log => {
    const write =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void => {
        lines.push({ level, message, fields: { ...bound, ...fields } });
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (component, fields = {}) => under({ ...bound, component, ...fields }),
    };
  };
  return { ...under({}), lines };
}

/** Metrics that keep sums and latest values by series and labels: `offhook_limits_total/queue`. */
export function recordingMetrics(): Metrics & { readonly values: ReadonlyMap<string, number> } {
  const values = new Map<string, number>();
  const keyOf = (name: string, labels: object): string =>
    [name, ...Object.values(labels)].join('/');
  const add = (name: string, labels: object, by: number): void => {
    const key = keyOf(name, labels);
    values.set(key, (values.get(key) ?? 0) + by);
  };
  return {
    values,
    count: (name, labels, by = 1) => add(name, labels, by),
    add: (name, labels, by) => add(name, labels, by),
    set: (name, labels, value) => {
      values.set(keyOf(name, labels), value);
    },
    observe: (name, labels, value) => add(name, labels, value),
  };
}
