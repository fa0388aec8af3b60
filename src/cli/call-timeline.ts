import type { RateHz } from '../audio/format.ts';

/** A block is sound from here on: the trimmed ends of recordings lie above, line noise below. */
const soundDbfs = -45;
const blockMs = 10;

/**
 * Pauses up to this belong to what is being said. Between sentences speakers pause 0.2 to 0.4 s.
 */
const pauseMsMax = 500;

/** Shorter sounds are clicks, not words. */
const stretchMsMin = 50;

/**
 * Time in which somebody spoke, without interruption worth the name; from and to in milliseconds.
 */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** What followed one stretch of the caller. */
export interface Turn {
  readonly caller: Stretch;
  /** The agent was speaking when the caller began: how long it went on, or `null`. */
  readonly agentStoppedAfterMs: number | null;
  /**
   * From the caller's last sound to the agent's first, negative when it did not wait for the end;
   * `null` when no answer came.
   */
  readonly responseMs: number | null;
}

/** Who spoke when, as the recording shows it. */
export interface CallTimeline {
  readonly durationMs: number;
  readonly caller: readonly Stretch[];
  readonly agent: readonly Stretch[];
  readonly turns: readonly Turn[];
}

/**
 * Measures a recording; both sides are of one rate and one length and begin at the same instant.
 */
export function callTimeline(options: {
  readonly rateHz: RateHz;
  readonly caller: Int16Array;
  readonly agent: Int16Array;
}): CallTimeline {
  const caller = stretchesOf(options.caller, options.rateHz);
  const agent = stretchesOf(options.agent, options.rateHz);
  const durationMs = options.caller.length / (options.rateHz / 1000);
  const turns = caller.map((stretch, index) => {
    return turnOf(stretch, agent, caller[index + 1]?.startMs ?? Number.POSITIVE_INFINITY);
  });
  return { durationMs, caller, agent, turns };
}

/**
 * An answer begins after the caller did, goes on after the caller's end, and precedes the next
 * turn.
 */
function turnOf(caller: Stretch, agent: readonly Stretch[], nextCallerMs: number): Turn {
  const spokenOver = agent.find(({ startMs, endMs }) => {
    return startMs < caller.startMs && endMs > caller.startMs;
  });
  const answer = agent.find(({ startMs, endMs }) => {
    return startMs >= caller.startMs && startMs < nextCallerMs && endMs > caller.endMs;
  });
  return {
    caller,
    agentStoppedAfterMs: spokenOver === undefined ? null : spokenOver.endMs - caller.startMs,
    responseMs: answer === undefined ? null : answer.startMs - caller.endMs,
  };
}

function stretchesOf(samples: Int16Array, rateHz: RateHz): readonly Stretch[] {
  const blockSamples = (rateHz / 1000) * blockMs;
  const powerMin = (32768 * 10 ** (soundDbfs / 20)) ** 2;
  const stretches: { startMs: number; endMs: number }[] = [];
  for (let at = 0; at < samples.length; at += blockSamples) {
    const block = samples.subarray(at, at + blockSamples);
    const power = block.reduce((sum, sample) => sum + sample * sample, 0) / block.length;
    if (power < powerMin) continue;
    const startMs = at / (rateHz / 1000);
    const last = stretches.at(-1);
    if (last !== undefined && startMs - last.endMs <= pauseMsMax) last.endMs = startMs + blockMs;
    else stretches.push({ startMs, endMs: startMs + blockMs });
  }
  return stretches.filter(({ startMs, endMs }) => endMs - startMs >= stretchMsMin);
}
