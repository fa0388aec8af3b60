import { z } from 'zod';
import { type Bounds, optionalText, wholeNumber } from './fields.ts';

const weight = (initial: number, [min, max]: Bounds, description: string) =>
  z.number().min(min).max(max).default(initial).describe(description);

/** `providers.local`. */
export const local = z
  .strictObject({
    script: optionalText(
      'A YAML file of what a scripted voice answers in place of the engine: for tests. null: the ' +
        'engine listens and answers by the dialogue file of the persona.',
    ),
    voice: z
      .string()
      .min(1)
      .max(100)
      .default('marin')
      .describe(
        'For personas that name no voice: slt (female), rms (male), awb (male, Scottish), kal16 ' +
          "and kal (robots), or one of OpenAI's names, which stands for the nearest of these.",
      ),
    hang_over_ms: wholeNumber(
      500,
      [100, 10_000],
      'Silence that ends what the caller says. Shorter answers sooner and cuts in more often.',
    ),
    hang_over_complete_ms: wholeNumber(
      300,
      [100, 10_000],
      'The same once the words are a whole sentence of the dialogue.',
    ),
    hang_over_number_ms: wholeNumber(
      900,
      [100, 10_000],
      'The same between two words of a number that can go on.',
    ),
    recognizer_threads: wholeNumber(
      2,
      [1, 64],
      'Threads that recognize speech. One keeps up with eight callers who talk at once.',
    ),
    garbage_weight: weight(
      1e-5,
      [1e-12, 1],
      'How probable the recognizer takes it to be that what is said is no sentence of the ' +
        'dialogue. More asks callers oftener to say it again, most of all after a word or two; ' +
        'less takes more for the nearest sentence.',
    ),
    garbage_phone_weight: weight(
      0.15,
      [0.001, 1],
      'The same for each sound of it: what counts in long sentences.',
    ),
    synthesizer_threads: wholeNumber(
      1,
      [1, 64],
      'Threads that speak. One makes about a minute of speech in a second.',
    ),
  })
  .prefault({})
  .describe('The provider of our own: no key, no network.');
