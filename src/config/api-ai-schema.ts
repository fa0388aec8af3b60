import { z } from 'zod';
import { wholeNumber, yesOrNo } from './fields.ts';

/** `api.ai`. */
export const apiAi = z
  .strictObject({
    enabled: yesOrNo(true, 'Off: /ai/say and /ai/persona answer 404 realtime_disabled.'),
    sessions_max: wholeNumber(
      20_000,
      [1, 100_000],
      'Sessions in writing at once; they do not count as calls.',
    ),
    sessions_per_caller_max: wholeNumber(
      10_000,
      [1, 100_000],
      'Of one API key or user, or of the programs on this machine together.',
    ),
    text_chars_max: wholeNumber(
      8_000,
      [1, 10_000],
      'Length of what may be said at once, in UTF-16 code units.',
    ),
    requests_per_minute_max: wholeNumber(
      600,
      [1, 1_000_000],
      'Of one API key or user in a minute; beside api.requests_per_minute_max.',
    ),
  })
  .prefault({})
  .describe('Writing with the agent, by POST /ai/say.');
