import type { Provider, ProviderEvent } from '../providers/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';

/** A link that could not be had counts for so long: guess, as long as most outages of a minute. */
const failureCountsMs = 30_000;
/** However many ask, the far end is tried once in this time. */
const probeEveryMs = 5_000;

export interface WatchedProviderParts {
  readonly clock: Clock;
  /** Tries the far end without opening a link; rejects with why it is not there. */
  readonly probe: () => Promise<void>;
}

/** A provider, and whether it can be reached: by what came of its links, and by trying. */
export class WatchedProvider {
  readonly provider: Provider;
  readonly #parts: WatchedProviderParts;
  #failure: { readonly error: GatewayError; readonly atMs: number } | null = null;
  #probe: { readonly found: Promise<GatewayError | null>; readonly atMs: number } | null = null;

  constructor(provider: Provider, parts: WatchedProviderParts) {
    this.#parts = parts;
    this.provider = {
      ...provider,
      open: (setup, onEvent) => {
        let wasReady = false;
        return provider.open(setup, (event) => {
          this.#note(event, wasReady);
          wasReady ||= event.type === 'ready';
          onEvent(event);
        });
      },
    };
  }

  /** Why a link could not be had now; `null`: nothing speaks against it. Never rejects. */
  async refusal(): Promise<GatewayError | null> {
    const readiness = this.provider.readiness();
    if (!readiness.isReady) return readiness.error;
    const failure = this.#failure;
    if (failure !== null && this.#nowMs() - failure.atMs < failureCountsMs) return failure.error;
    if (this.#probe === null || this.#nowMs() - this.#probe.atMs >= probeEveryMs) {
      this.#probe = { found: this.#try(), atMs: this.#nowMs() };
    }
    return await this.#probe.found;
  }

  async #try(): Promise<GatewayError | null> {
    try {
      await this.#parts.probe();
      return null;
    } catch (error) {
      const message = `${this.provider.name} cannot be reached: ${messageOf(error)}`;
      return new GatewayError('PROVIDER_UNREACHABLE', message, {}, error);
    }
  }

  #note(event: ProviderEvent, wasReady: boolean): void {
    if (event.type === 'ready') this.#failure = null;
    if (event.type !== 'ended' || event.error === null || wasReady) return;
    this.#failure = { error: event.error, atMs: this.#nowMs() };
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
