import type { Log, Metrics } from '../observe/observe.ts';
import type { ProviderEvent, ProviderName } from '../providers/provider.ts';
import { unreachable } from '../runtime/assert.ts';
import type { Clock } from '../runtime/clock.ts';
import { type GatewayError, messageOf } from '../runtime/errors.ts';
import type { SessionEndCause } from '../store/store.ts';
import type { TransportKind } from '../transports/transport.ts';
import type { LinkReason } from './edges.ts';
import type { SessionNews } from './rim.ts';

export interface ReporterOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly provider: ProviderName;
  readonly transport: TransportKind;
}

/** Says in the log and in the metrics what happens in one call. Decides nothing. */
export class SessionReporter {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #provider: ProviderName;
  readonly #labels: { readonly provider: ProviderName; readonly transport: TransportKind };

  constructor({ clock, log, metrics, provider, transport }: ReporterOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#metrics = metrics;
    this.#provider = provider;
    this.#labels = { provider, transport };
  }

  started(call: { readonly persona: string; readonly callId: string }): void {
    this.#metrics.add('offhook_calls_active', this.#labels, 1);
    this.#log.info('call started', { ...this.#labels, ...call });
  }

  ended(
    cause: SessionEndCause,
    lasted: {
      readonly durationMs: number;
      readonly callerFillerMs: number;
      readonly playoutFillerMs: number;
    },
  ): void {
    const labels = this.#labels;
    this.#metrics.add('offhook_calls_active', labels, -1);
    this.#metrics.count('offhook_calls_total', { ...labels, outcome: cause });
    this.#metrics.observe('offhook_call_duration_seconds', labels, lasted.durationMs / 1000);
    this.#metrics.count(
      'offhook_caller_filler_seconds_total',
      labels,
      lasted.callerFillerMs / 1000,
    );
    this.#metrics.count(
      'offhook_playout_filler_seconds_total',
      labels,
      lasted.playoutFillerMs / 1000,
    );
    this.#log.info('call ended', { cause, durationMs: Math.round(lasted.durationMs) });
  }

  linkOpened(reason: LinkReason): void {
    this.#metrics.count('offhook_provider_links_total', { provider: this.#provider, reason });
  }

  /** A broken invariant of ours: the call is dropped. */
  broke(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#log.error('call dropped by an internal error', { error: messageOf(error), stack });
  }

  report(news: SessionNews): void {
    const labels = this.#labels;
    switch (news.type) {
      case 'agent-audio-began':
        this.#log.info('AgentAudio', { replyId: news.replyId });
        return;
      case 'agent-audio-done':
        this.#metrics.observe('offhook_playout_queue_seconds', labels, news.queuedMs / 1000);
        this.#log.info('AgentAudioDone', {
          replyId: news.replyId,
          queuedMs: Math.round(news.queuedMs),
        });
        return;
      case 'first-frame':
        if (news.sinceStartMs !== null) {
          this.#metrics.observe('offhook_first_frame_seconds', labels, news.sinceStartMs / 1000);
        }
        return;
      case 'playback-finished':
        this.#log.info('PlaybackFinished', { replyId: news.replyId });
        return;
      case 'answered':
        this.#metrics.observe('offhook_turn_response_seconds', labels, news.responseMs / 1000);
        this.#metrics.set('offhook_turn_latency_last_seconds', labels, news.responseMs / 1000);
        return;
      default:
        this.#reportTrouble(news);
    }
  }

  #reportTrouble(news: TroubleNews): void {
    const labels = this.#labels;
    switch (news.type) {
      case 'barged-in':
        this.#bargedIn(news);
        return;
      case 'underrun':
        this.#metrics.count('offhook_playout_underruns_total', labels);
        return;
      case 'limit':
        this.#metrics.count('offhook_limits_total', { limit: news.limit });
        this.#log.warn('limit reached', { limit: news.limit });
        return;
      case 'collision':
        this.#metrics.count('offhook_response_collisions_total', { provider: this.#provider });
        this.#log.info('reply asked for again later: the provider had begun one');
        return;
      case 'usage':
        this.#usage(news.event);
        return;
      case 'farewell-without-tool':
        this.#log.warn('AI used farewell phrase without invoking hangup_call tool', {
          replyId: news.replyId,
        });
        return;
      case 'prompt':
        this.#log.info('prompt played', { prompt: news.name });
        return;
      case 'warning':
        this.#warn(news.message, news.error);
        return;
      default:
        unreachable(news);
    }
  }

  #bargedIn({ items, speechReportedAtMs }: Extract<SessionNews, { type: 'barged-in' }>): void {
    const heardMs = items.reduce((sum, item) => sum + item.heardMs, 0);
    this.#metrics.count('offhook_barge_ins_total', this.#labels);
    // The queue has been emptied: no frame of the reply is sent from here on.
    const reactionMs = this.#clock.monotonicMs() - speechReportedAtMs;
    this.#metrics.observe('offhook_barge_in_reaction_seconds', this.#labels, reactionMs / 1000);
    this.#log.info('BargeIn', { replyId: items[0]?.replyId, heardMs });
  }

  #warn(message: string, error: GatewayError | null): void {
    if (error) this.#log.warn(message, { code: error.code, error: error.message });
    else this.#log.warn(message);
  }

  #usage({ outcome, reason, usage }: Extract<ProviderEvent, { type: 'reply-end' }>): void {
    this.#log.debug('reply ended', { outcome, reason });
    if (!usage) return;
    const provider = this.#provider;
    const { costUsdMicros, ...tokens } = usage;
    for (const [kind, count] of Object.entries(tokens)) {
      this.#metrics.count('offhook_tokens_total', { provider, kind: tokenKind(kind) }, count);
    }
    if (costUsdMicros !== null) {
      this.#metrics.count('offhook_cost_usd_total', { provider }, costUsdMicros / 1e6);
    }
  }
}

type TroubleNews = Exclude<
  SessionNews,
  {
    type:
      | 'agent-audio-began'
      | 'agent-audio-done'
      | 'first-frame'
      | 'playback-finished'
      | 'answered';
  }
>;

/** `inputTextTokens` → `input_text`, as dashboards write label values. */
function tokenKind(field: string): string {
  return field.replace(/Tokens$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
