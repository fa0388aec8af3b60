import { z } from 'zod';
import { fault } from './faults.ts';
import { usage } from './wire-response.ts';

const ms = z.int().min(0);

/** A pattern that must be a regular expression; matched without regard to case. */
const pattern = z.string().refine((source) => {
  try {
    return new RegExp(source, 'i').source !== '';
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}, 'is not a regular expression');

/** What the agent's voice is made of. Generated sounds may be as long as they like: they repeat. */
const sound = z.discriminatedUnion('kind', [
  /** A recording that the composition root brings, by name; a tone if it brings none. */
  z.strictObject({ kind: z.literal('sample'), name: z.string() }),
  z.strictObject({ kind: z.literal('tone'), hz: z.int().min(50).max(3_800).default(440), ms }),
  /** Each sample encodes its index: readable to the sample while nothing resamples or compands. */
  z.strictObject({ kind: z.literal('ramp'), ms }),
  /** Each rung has the next tone of a ladder: readable to the rung through any codec. */
  z.strictObject({ kind: z.literal('ladder'), rungMs: z.int().min(20).default(20), ms }),
  z.strictObject({ kind: z.literal('silence'), ms }),
]);
export type Sound = z.output<typeof sound>;

const pace = {
  /** From the request to the first delta. */
  firstDeltaMs: ms.exactOptional(),
  /** Audio in one delta. */
  deltaMs: z.int().min(10).max(5_000).exactOptional(),
  /** Times real time at which audio is produced; 1000 is as good as at once. */
  speed: z.number().positive().exactOptional(),
};

const reply = z.strictObject({
  /** All that is given must hold. Without it the reply is used once, in the order of the list. */
  when: z
    .strictObject({
      /** How many things the caller has said: 0 is the greeting. */
      turn: z.int().min(0).exactOptional(),
      callerSays: pattern.exactOptional(),
      instructionsSay: pattern.exactOptional(),
      /** The context ends with the output of this tool. */
      afterTool: z.string().exactOptional(),
    })
    .exactOptional(),
  /** Uses, at most. Default: once without `when`, else as often as it matches. */
  times: z.int().min(1).exactOptional(),
  say: z.string().default(''),
  /** Default: a tone as long as the words would take. */
  sound: sound.exactOptional(),
  /** Answers in text although audio was asked for: no sound at all. */
  isSilent: z.boolean().default(false),
  calls: z
    .array(z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }))
    .default([]),
  ...pace,
  outcome: z
    .discriminatedUnion('status', [
      z.strictObject({ status: z.literal('completed') }),
      z.strictObject({
        status: z.literal('incomplete'),
        reason: z.enum(['content_filter', 'max_output_tokens']),
      }),
      z.strictObject({
        status: z.literal('failed'),
        error: z.strictObject({ type: z.string(), code: z.string(), message: z.string() }),
      }),
    ])
    .default({ status: 'completed' }),
  usage: usage.exactOptional(),
});
export type ScriptReply = z.output<typeof reply>;

/** What the scripted brain says and what goes wrong: the whole script of an emulator. */
export const emulatorScript = z.strictObject({
  name: z.string().default('script'),
  firstDeltaMs: ms.default(300),
  deltaMs: z.int().min(10).max(5_000).default(100),
  speed: z.number().positive().default(4),
  /**
   * What the caller is reported to have said, turn by turn; the last one repeats. When nothing is
   * given the brain says that it does not listen: its transcripts fail.
   */
  callerSays: z.array(z.string()).default([]),
  /** From the end of the caller's turn to its transcript. */
  transcriptMs: ms.default(200),
  /** In semantic_vad: each pause completes the thought. */
  completesThoughts: z.boolean().default(true),
  /** Tried in order; when none is left the last one without `when` is said again. */
  replies: z.array(reply).min(1),
  faults: z.array(fault).default([]),
});
export type EmulatorScript = z.output<typeof emulatorScript>;
/** A script as it is written: what has a default may be left out. */
export type EmulatorScriptSource = z.input<typeof emulatorScript>;

/** The demo: says that it is a script. Words and names are those of the recordings in prompts/. */
export const demoScript: EmulatorScript = emulatorScript.parse({
  name: 'demo',
  replies: [
    {
      when: { turn: 0 },
      say: 'Hello, this is the scripted demo voice of Offhook. What would you like to know?',
      sound: { kind: 'sample', name: 'demo-1' },
    },
    {
      say:
        'Every frame of this sentence leaves the gateway twenty milliseconds after the one ' +
        'before it. You may cut in whenever you like, and I will stop at once. ' +
        'What you have not heard, I will not believe that I have said.',
      sound: { kind: 'sample', name: 'demo-2' },
    },
    {
      say: 'You are welcome. Goodbye.',
      sound: { kind: 'sample', name: 'demo-3' },
      calls: [{ name: 'hangup_call', arguments: {} }],
    },
  ],
} satisfies EmulatorScriptSource);
