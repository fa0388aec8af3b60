import type { Level } from './command-line.ts';

/** A seed that once failed, and what it showed. Each is lived again with every run of its level. */
export interface KeptSeed {
  readonly level: Level;
  readonly seed: number;
  readonly showed: string;
}

/**
 * A seed stands for the same call only while the simulator draws in the same order: after a change
 * of it these are merely more seeds, and the mutants that undo a mending stand guard.
 */
export const keptSeeds: readonly KeptSeed[] = [
  {
    level: 'core',
    seed: 9,
    showed: 'A barge-in told a new link to cut an item of the lost one, which it does not know.',
  },
  {
    level: 'core',
    seed: 45,
    showed: 'The line was dropped when the reply before the farewell had been played.',
  },
  {
    level: 'core',
    seed: 6,
    showed: 'A link that came back while the hold prompt played was never asked for the answer.',
  },
  {
    level: 'core',
    seed: 14,
    showed: 'A link that kept silent was replaced without a second word to the caller.',
  },
  {
    level: 'core',
    seed: 104,
    showed: 'The wait for a reply began anew with each tool: silence far above the limit.',
  },
  {
    level: 'core',
    seed: 38,
    showed: 'Written words in mid-speech were answered at once, over the caller.',
  },
  {
    level: 'core',
    seed: 78,
    showed: 'Written words were lost without a link; the journal had more heard than received.',
  },
  {
    level: 'core',
    seed: 1157,
    showed: 'A hang-up that waited for a link sent the audio kept meanwhile to the closed link.',
  },
  {
    level: 'core',
    seed: 4700,
    showed: 'The loss of a link made a caller quiet whom our own gate heard speaking.',
  },
  {
    level: 'core',
    seed: 8505,
    showed:
      'A line that went dead in mid-word left the caller speaking for ever behind a local gate.',
  },
  {
    level: 'core',
    seed: 39,
    showed:
      'An item that came before the one in front of it was done broke the ring: call dropped.',
  },
  {
    level: 'core',
    seed: 87,
    showed: 'A request that a lost link had not answered was forgotten while the agent spoke.',
  },
  {
    level: 'core',
    seed: 842,
    showed: 'After an apology the agent rested although a reply was still to come.',
  },
  {
    level: 'core',
    seed: 3281,
    showed: 'After an apology the agent rested while tools still ran.',
  },
  {
    level: 'core',
    seed: 4589,
    showed: 'What a link said after it was given up broke an assertion: call dropped.',
  },
  {
    level: 'core',
    seed: 7885,
    showed: 'A reply of a link that was given up was never ended: no hang-up after the farewell.',
  },
];
