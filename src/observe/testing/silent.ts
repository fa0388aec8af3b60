import type { Log, Metrics } from '../observe.ts';

const nothing = () => undefined;

/** For tests and benches of which nobody reads the log. */
export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
};

export const silentMetrics: Metrics = {
  count: nothing,
  set: nothing,
  add: nothing,
  observe: nothing,
};
