import { z } from 'zod';

const text = z.string().trim().min(1).max(1000);
const name = z.string().regex(/^[a-z][a-z_]{0,39}$/, 'small letters and _, at most 40');
const phrases = z.array(text.max(300)).max(60);

/** What an intent does, in the words of the file. */
export const acts = [
  'ask',
  'again',
  'more',
  'say',
  'help',
  'repeat',
  'yes',
  'no',
  'wrong',
  'goodbye',
  'order_add',
  'order_take',
  'order_remove',
  'order_swap',
  'pick',
  'order_set',
  'order_cancel',
  'order_read',
  'order_total',
  'order_pairing',
  'order_place',
] as const;
export type Act = (typeof acts)[number];

const slot = z
  .strictObject({
    from: z
      .string()
      .regex(
        /^[a-z][a-z_]{0,39}(?:\.\w{1,40})?$/,
        'a list, or a tool and its argument: tool.argument',
      )
      .nullable()
      .default(null)
      .describe(
        'A list of values in the database: menu_item, venue, jurisdiction, tax_topic; or the ' +
          'values that an argument of a tool can have: transfer_call.destination.',
      ),
    also: z
      .array(text.max(100))
      .max(100)
      .default([])
      .describe('More values, written as tools are given them.'),
    means: z
      .record(z.string().min(1).max(100), text.max(100))
      .default({})
      .describe('Other words for values: {beer: Lager}.'),
    kind: z
      .enum(['value', 'number', 'ordinal', 'period', 'any_words'])
      .default('value')
      .describe(
        'value: one of a list. number: 1 to at_most. ordinal: the first to the fourth. period: ' +
          'a month, quarter or year, also relative. any_words: whatever is typed; never heard.',
      ),
    at_most: z.int().min(1).max(99).default(20).describe('The highest number.'),
    question: text
      .nullable()
      .default(null)
      .describe('What the caller is asked where the slot is wanted and was not said.'),
  })
  .describe('What varies in a phrase: {slot}.');

const list = z
  .strictObject({
    of: z.string().default('').describe('Where in the result the list is; empty: the result.'),
    at_most: z.int().min(1).max(10).default(4).describe('So many are said.'),
    each: text.describe('How one of them is said.'),
    where: z
      .record(z.string(), z.array(z.string()).min(1))
      .default({})
      .describe('Only those whose field has one of these values: {category: [revenue]}.'),
  })
  .optional()
  .describe('How {list} is made.');

const intent = z.strictObject({
  does: z.enum(acts).default('ask').describe('What is done: see docs/dialogues.md.'),
  phrases: phrases.default([]).describe('What callers say: (a|b), [optional], {slot}, <part>.'),
  typed: phrases
    .default([])
    .describe('More of them, understood where they are typed and not listened for.'),
  tool: name.nullable().default(null).describe('The tool that knows.'),
  arguments: z
    .record(z.string(), z.string().max(200))
    .default({})
    .describe('What it is given: {slot}. An argument whose slot is unknown is left out.'),
  wants: z.array(name).max(5).default([]).describe('Slots without which the tool is not asked.'),
  nothing_when_empty: z
    .string()
    .default('')
    .describe('Where in the result nothing means that nothing was found; empty: the result.'),
  list,
  replies: z
    .strictObject({
      found: text.nullable().default(null).describe('The tool has answered.'),
      nothing: text.nullable().default(null).describe('It has found nothing.'),
      refused: text.nullable().default(null).describe('The caller is not trusted enough.'),
      failed: text.nullable().default(null).describe('It has failed, or could not be asked.'),
      more: text
        .nullable()
        .default(null)
        .describe('What `does: more` says after `found`, once; left out where it is empty.'),
    })
    .prefault({}),
  say: text
    .nullable()
    .default(null)
    .describe('For `does: say`: what is said; it may name slots of the phrase.'),
});

const order = z
  .strictObject({
    lookup: name.default('lookup_menu').describe('The tool that knows items and prices.'),
    pairing: name
      .nullable()
      .default('recommend_pairing')
      .describe('The tool that knows what goes with an item; asked once an item.'),
    place: name.default('place_order').describe('The tool that takes the order down.'),
    replies: z.record(name, text).default({}).describe('In the place of what is said otherwise.'),
  })
  .optional();

export const dialogueSchema = z.strictObject({
  about: text.max(200).describe('What the agent can do, after "I can help with".'),
  examples: z.array(text.max(100)).min(1).max(5).describe('What callers can say.'),
  slots: z.record(name, slot).default({}),
  parts: z.record(name, text.max(300)).default({}).describe('Pieces of phrases: <part>.'),
  intents: z.record(name, intent),
  replies: z.record(name, text).default({}).describe('In the place of what is said otherwise.'),
  order: order.describe('How orders are taken; without it none are.'),
});

/** A dialogue file as it is written, with its defaults. */
export type WrittenDialogue = z.output<typeof dialogueSchema>;
export type WrittenIntent = WrittenDialogue['intents'][string];
export type WrittenSlot = WrittenDialogue['slots'][string];
