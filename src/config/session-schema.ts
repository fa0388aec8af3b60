import { z } from 'zod';
import { wholeNumber } from './fields.ts';

/** `session`. */
export const session = z
  .strictObject({
    calls_max: wholeNumber(100, [1, 10_000], 'Calls at once; one more is refused.'),
    loop_lag_max_ms: wholeNumber(
      10,
      [2, 1_000],
      'New calls are refused while the event loop is later than this (p99 of a second).',
    ),
    drain_timeout_s: wholeNumber(
      30,
      [0, 86_400],
      'How long a shutdown waits for calls before it ends them.',
    ),
    call_length_max_s: wholeNumber(3_600, [10, 86_400], 'A call that is longer gets the goodbye.'),
    cost_max_usd: z
      .number()
      .min(0.001)
      .max(1_000)
      .nullable()
      .default(null)
      .describe(
        'A call whose replies have cost more, by the prices that are configured, gets the ' +
          'goodbye. null: no limit; a model without prices has no cost.',
      ),
    silence_prompt_s: wholeNumber(
      15,
      [3, 3_600],
      'Silence of both sides until the caller is asked whether they are still there.',
    ),
    text_idle_timeout_s: wholeNumber(
      1_800,
      [10, 86_400],
      'A conversation in writing in which nobody writes for so long is ended.',
    ),
    silence_goodbye_s: wholeNumber(15, [3, 3_600], 'Silence from there to the goodbye.'),
    reply_timeout_ms: wholeNumber(
      8_000,
      [1_000, 120_000],
      'A reply that is owed for so long: the hold prompt; for twice as long: a new link.',
    ),
    reply_queue_max_s: wholeNumber(
      300,
      [5, 3_600],
      'Agent audio that may wait to be played; above it the reply is cancelled.',
    ),
    reconnect_attempts_max: wholeNumber(5, [0, 100], 'New links in a row before the apology.'),
    reconnect_delay_min_ms: wholeNumber(250, [10, 60_000], 'Before the first new link.'),
    reconnect_delay_max_ms: wholeNumber(
      4_000,
      [10, 60_000],
      'The delay doubles up to this with every failure.',
    ),
    tools_per_turn_max: wholeNumber(8, [0, 100], 'Tool calls that one turn may lead to.'),
    tools_per_call_max: wholeNumber(100, [0, 10_000], 'Tool calls in a whole call.'),
    tool_filler_after_ms: wholeNumber(
      1_500,
      [200, 60_000],
      'A tool that takes longer is covered by the hold prompt.',
    ),
    closing_timeout_s: wholeNumber(
      10,
      [1, 120],
      'How long a goodbye may take to begin; once it sounds, it is played to its end.',
    ),
  })
  .prefault({})
  .describe('Limits of a call.');
