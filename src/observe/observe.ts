import type { ProviderName } from '../providers/provider.ts';
import type { TransportKind } from '../transports/transport.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes what happened for an operator to read. The message is a name or a short sentence without
 * numbers; the facts are fields. Secrets, digits and audio are removed by the implementation.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all bear `fields`; `component` chooses the level that applies. */
  child(component: string, fields?: LogFields): Log;
}

const seconds = { turn: [0.2, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8], short: [0.05, 0.1, 0.2, 0.5, 1, 2] };

/**
 * Every series at /metrics. Names and labels are promises to dashboards; a call id is never a
 * label. `labels` lists those beside none; every provider has the same series.
 */
export const SERIES = {
  offhook_turn_response_seconds: {
    type: 'histogram',
    help: 'End of caller speech to the first agent frame sent to the caller',
    labels: ['provider', 'transport'],
    buckets: seconds.turn,
  },
  offhook_turn_latency_last_seconds: {
    type: 'gauge',
    help: 'The latest value of offhook_turn_response_seconds',
    labels: ['provider', 'transport'],
  },
  offhook_first_frame_seconds: {
    type: 'histogram',
    help: 'Reply requested or begun by the provider to its first frame sent to the caller',
    labels: ['provider', 'transport'],
    buckets: seconds.turn,
  },
  offhook_barge_in_reaction_seconds: {
    type: 'histogram',
    help: 'Caller speech reported to the last agent frame sent',
    labels: ['provider', 'transport'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25],
  },
  offhook_barge_ins_total: {
    type: 'counter',
    help: 'Replies cut off by the caller',
    labels: ['provider', 'transport'],
  },
  offhook_calls_active: {
    type: 'gauge',
    help: 'Calls in progress',
    labels: ['provider', 'transport'],
  },
  offhook_calls_total: {
    type: 'counter',
    help: 'Calls that ended or were refused, by how',
    labels: ['provider', 'transport', 'outcome'],
  },
  offhook_call_duration_seconds: {
    type: 'histogram',
    help: 'Length of calls',
    labels: ['provider', 'transport'],
    buckets: [5, 15, 30, 60, 120, 300, 600, 1800, 3600],
  },
  offhook_playout_underruns_total: {
    type: 'counter',
    help: 'Times the queue ran dry in mid-reply',
    labels: ['provider', 'transport'],
  },
  offhook_playout_filler_seconds_total: {
    type: 'counter',
    help: 'Silence and hold sound sent in mid-reply or while a tool ran',
    labels: ['provider', 'transport'],
  },
  offhook_playout_queue_seconds: {
    type: 'histogram',
    help: 'Agent audio waiting when a reply was complete',
    labels: ['provider', 'transport'],
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300],
  },
  offhook_playout_resyncs_total: {
    type: 'counter',
    help: 'Times pacing was late by more than three frames and started anew',
    labels: ['transport'],
  },
  offhook_codec_alignment: {
    type: 'gauge',
    help: '1 when the caller sends the bytes per second its configured format says, else 0',
    labels: ['transport'],
  },
  offhook_leg_drift_ppm: {
    type: 'gauge',
    help: "The caller side's clock against ours, parts per million, latest call",
    labels: ['transport'],
  },
  offhook_caller_filler_seconds_total: {
    type: 'counter',
    help: 'Silence sent to the provider in place of caller audio that stopped',
    labels: ['provider', 'transport'],
  },
  offhook_provider_ready: {
    type: 'gauge',
    help: '1 when the provider may get calls',
    labels: ['provider'],
  },
  offhook_provider_errors_total: {
    type: 'counter',
    help: 'Errors of providers, by code',
    labels: ['provider', 'code'],
  },
  offhook_provider_links_total: {
    type: 'counter',
    help: 'Links opened to the provider, by why: first, reconnect, roll-over',
    labels: ['provider', 'reason'],
  },
  offhook_response_collisions_total: {
    type: 'counter',
    help: 'Replies asked for while the provider had begun one itself; sent again afterwards',
    labels: ['provider'],
  },
  offhook_tool_seconds: {
    type: 'histogram',
    help: 'Time tools took',
    labels: ['tool', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30],
  },
  offhook_tokens_total: {
    type: 'counter',
    help: 'Tokens by kind',
    labels: ['provider', 'kind'],
  },
  offhook_cost_usd_total: {
    type: 'counter',
    help: 'Estimated cost by the configured prices',
    labels: ['provider'],
  },
  offhook_recognitions_total: {
    type: 'counter',
    help: 'Turns under the provider local, by how: grammar, bigram, endpoint, refused, lost',
    labels: ['outcome'],
  },
  offhook_speech_thread_ends_total: {
    type: 'counter',
    help: 'Threads of our own engine that ended by themselves, by crew: recognizer, synthesizer',
    labels: ['crew'],
  },
  offhook_endpoint_seconds: {
    type: 'histogram',
    help: 'Requests to stt, llm and tts, by outcome: ok, aborted, or the code of the error',
    labels: ['endpoint', 'outcome'],
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60],
  },
  offhook_endpoint_first_seconds: {
    type: 'histogram',
    help: 'A request to stt, llm or tts to the first text or sound of its answer',
    labels: ['endpoint'],
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  },
  offhook_endpoint_retries_total: {
    type: 'counter',
    help: 'Requests to stt, llm and tts that were made again, by the code of the error before',
    labels: ['endpoint', 'code'],
  },
  offhook_limits_total: {
    type: 'counter',
    help: 'Times a limit was reached, by limit',
    labels: ['limit'],
  },
  offhook_wire_unknown_total: {
    type: 'counter',
    help: 'Messages of a type we do not know, kept and passed over',
    labels: ['provider'],
  },
  offhook_journal_lag_seconds: {
    type: 'gauge',
    help: 'Age of the oldest journal entry that is not yet safe on disk',
    labels: [],
  },
  offhook_journal_dropped_total: {
    type: 'counter',
    help: 'Journal entries lost, by why',
    labels: ['reason'],
  },
  offhook_journal_copy_lag_seconds: {
    type: 'gauge',
    help: 'Age of the oldest safe journal entry that is not yet in the database',
    labels: [],
  },
  offhook_store_ready: {
    type: 'gauge',
    help: '1 when the database answers',
    labels: [],
  },
  offhook_credentials_refused_total: {
    type: 'counter',
    help: 'API requests without the right credentials, by why',
    labels: ['reason'],
  },
  offhook_ari_requests_total: {
    type: 'counter',
    help: "Requests to Asterisk's REST Interface, by how they ended",
    labels: ['outcome'],
  },
  offhook_ari_events_total: {
    type: 'counter',
    help: 'Messages of the ARI event socket: known, unknown or malformed',
    labels: ['kind'],
  },
  offhook_ari_lost_total: {
    type: 'counter',
    help: 'Times the ARI event socket was lost or could not be opened',
    labels: [],
  },
  offhook_loop_lag_seconds: {
    type: 'gauge',
    help: 'p99 delay of the event loop over the last second',
    labels: [],
  },
} as const satisfies Record<string, Series>;

interface Series {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

type NamesOf<Type extends Series['type']> = {
  [Name in keyof typeof SERIES]: (typeof SERIES)[Name]['type'] extends Type ? Name : never;
}[keyof typeof SERIES];

export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;
export type SeriesName = keyof typeof SERIES;

type LabelValues = { readonly provider: ProviderName; readonly transport: TransportKind };

/** The labels that the series `Name` demands, with the values each may have. */
export type LabelsOf<Name extends SeriesName> = {
  readonly [Label in (typeof SERIES)[Name]['labels'][number]]: Label extends keyof LabelValues
    ? LabelValues[Label]
    : string;
};

/** Numbers for /metrics. Cheap enough for every edge of a call, not meant for every frame. */
export interface Metrics {
  /** Adds `by` (default 1, never negative). */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  add<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, by: number): void;
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
}
