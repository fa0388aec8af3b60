/**
 * Twelve telephone calls to our own engine: what the caller says, and what must be so afterwards in
 * the database and in the record of the call. The words of the agent are not judged.
 */
import type { ErrorCode } from '../../src/runtime/errors.ts';
import type { FliteVoice } from '../../src/speech/flite/flite-voices.ts';
import type { SessionEndCause } from '../../src/store/store.ts';

export interface ScriptedLine {
  readonly says: string;
  /** Over the agent's answer, this long after it began; else when the agent has finished. */
  readonly overAgentAfterMs?: number;
  /** What somebody beside the caller says at the same time, half as loud in amplitude. */
  readonly besideSays?: string;
}

/** A caller who makes a noise for a while instead of speaking. */
export interface ScriptedSound {
  readonly makes: 'white noise' | 'key tones' | 'music';
  readonly forMs: number;
}

export interface ScriptedTool {
  readonly name: string;
  /** Arguments that it must have been given; it may have been given more. */
  readonly given?: Readonly<Record<string, unknown>>;
}

export interface Scenario {
  readonly title: string;
  readonly persona: 'waiter' | 'cfo';
  /** What the dialplan says of the caller. */
  readonly trust?: 'verified';
  readonly voice: FliteVoice;
  /** Pink noise under the whole of every sentence, so far below it. */
  readonly noiseBelowDb?: number;
  readonly lines: readonly (ScriptedLine | ScriptedSound)[];
  readonly ordered: readonly { readonly name: string; readonly quantity: number }[];
  /** All calls of tools, in order. */
  readonly tools: readonly ScriptedTool[];
  /** It is open what comes of some lines: tools may be called between `tools`. */
  readonly mayDoMore?: boolean;
  /** Errors in the record of the call; none unless it is said. */
  readonly errors?: readonly ErrorCode[];
  readonly bargeInsMin?: number;
  readonly end: SessionEndCause;
}

/** What the gateway is set to for them: who says nothing is not waited for as long as usual. */
export const scenarioSettings = {
  'session.silence_prompt_s': '6',
  'session.silence_goodbye_s': '6',
};

const looksUp = (query: string): ScriptedTool => ({ name: 'lookup_menu', given: { query } });
const pairs: ScriptedTool = { name: 'recommend_pairing' };
const places: ScriptedTool = { name: 'place_order' };
const hangsUp: ScriptedTool = { name: 'hangup_call' };

export const scenarios: readonly Scenario[] = [
  {
    title: 'a guest orders two dishes',
    persona: 'waiter',
    voice: 'rms',
    lines: [
      { says: 'I would like two grilled tilapia and one avocado salad.' },
      { says: 'No thank you.' },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [
      { name: 'Grilled tilapia', quantity: 2 },
      { name: 'Avocado salad', quantity: 1 },
    ],
    tools: [looksUp('Grilled tilapia'), looksUp('Avocado salad'), pairs, places, hangsUp],
    end: 'agent-hung-up',
  },
  {
    title: 'a guest asks for the menu of one restaurant and orders from it',
    persona: 'waiter',
    voice: 'kal16',
    lines: [
      { says: 'What is on the menu in Valletta?' },
      { says: 'I will have the rabbit stew.' },
      { says: 'No thank you.' },
      { says: 'That is all.' },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [{ name: 'Rabbit stew', quantity: 1 }],
    tools: [
      { name: 'lookup_menu', given: { venue: 'Valletta' } },
      ...[looksUp('Rabbit stew'), pairs, places, hangsUp],
    ],
    end: 'agent-hung-up',
  },
  {
    title: 'a guest says another number after the order',
    persona: 'waiter',
    voice: 'kal16',
    lines: [
      { says: 'I would like two goat brochettes.' },
      { says: 'No, make it three.' },
      { says: 'That is all.' },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [{ name: 'Goat brochettes', quantity: 3 }],
    tools: [looksUp('Goat brochettes'), pairs, places, hangsUp],
    end: 'agent-hung-up',
  },
  {
    title: 'a guest has one dish taken off and another put in its place',
    persona: 'waiter',
    voice: 'rms',
    lines: [
      { says: 'Give me one lager and one fruit platter please.' },
      { says: 'Please remove the lager.' },
      { says: 'No I meant the fried plantain.' },
      { says: 'That is all.' },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [{ name: 'Fried plantain', quantity: 1 }],
    tools: [
      ...[looksUp('Lager'), looksUp('Fruit platter'), pairs],
      ...[looksUp('Fried plantain'), pairs, places, hangsUp],
    ],
    end: 'agent-hung-up',
  },
  {
    title: 'a guest cuts in while the menu is read',
    persona: 'waiter',
    voice: 'rms',
    lines: [
      { says: 'What is on the menu in Kigali?' },
      { says: 'I would like two goat brochettes.', overAgentAfterMs: 2_500 },
      { says: 'That is all.', overAgentAfterMs: 1_500 },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [{ name: 'Goat brochettes', quantity: 2 }],
    tools: [
      { name: 'lookup_menu', given: { venue: 'Kigali' } },
      ...[looksUp('Goat brochettes'), pairs, places, hangsUp],
    ],
    bargeInsMin: 2,
    end: 'agent-hung-up',
  },
  {
    title: 'a caller who says nothing is asked, and taken leave of',
    persona: 'waiter',
    voice: 'rms',
    lines: [],
    ordered: [],
    tools: [],
    end: 'silence',
  },
  {
    title: 'who talks of other things, and makes noise, orders nothing; then an order is heard',
    persona: 'waiter',
    voice: 'rms',
    lines: [
      { says: 'The weather in the mountains was terrible for our football team.' },
      { makes: 'key tones', forMs: 2_000 },
      { makes: 'music', forMs: 3_000 },
      { makes: 'white noise', forMs: 2_000 },
      { says: 'One passion fruit juice please.' },
      { says: 'That is all.' },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [{ name: 'Passion fruit juice', quantity: 1 }],
    tools: [looksUp('Passion fruit juice'), pairs, places, hangsUp],
    end: 'agent-hung-up',
  },
  {
    title: 'somebody else talks beside the caller; what is not wanted is not ordered',
    persona: 'waiter',
    voice: 'rms',
    lines: [
      {
        says: 'I would like two goat brochettes.',
        besideSays: 'Have you seen my keys anywhere, I think they are upstairs.',
      },
      { says: 'Cancel the whole order.' },
      { says: 'I would like one chips please.' },
      { says: 'That is all.' },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [{ name: 'Chips', quantity: 1 }],
    tools: [looksUp('Chips'), pairs, places, hangsUp],
    mayDoMore: true,
    end: 'agent-hung-up',
  },
  {
    title: 'who asks a price and says goodbye has ordered nothing',
    persona: 'waiter',
    voice: 'rms',
    noiseBelowDb: 20,
    lines: [{ says: 'How much is the grilled octopus?' }, { says: 'Thank you, goodbye.' }],
    ordered: [],
    tools: [looksUp('Grilled octopus'), hangsUp],
    end: 'agent-hung-up',
  },
  {
    title: 'a guest asks what goes with a dish, takes it, and asks for the total',
    persona: 'waiter',
    voice: 'kal16',
    lines: [
      { says: 'What goes with the sambaza?' },
      { says: 'One sambaza and one lager please.' },
      { says: 'How much is that in all?' },
      { says: 'That is all.' },
      { says: 'Yes please.' },
      { says: 'Goodbye.' },
    ],
    ordered: [
      { name: 'Sambaza', quantity: 1 },
      { name: 'Lager', quantity: 1 },
    ],
    tools: [
      ...[looksUp('Sambaza'), pairs],
      ...[looksUp('Sambaza'), looksUp('Lager'), pairs, places, hangsUp],
    ],
    end: 'agent-hung-up',
  },
  {
    title: 'a verified caller hears figures of a quarter and a rule of tax',
    persona: 'cfo',
    trust: 'verified',
    voice: 'rms',
    lines: [
      { says: 'What was our revenue last quarter?' },
      { says: 'What is the VAT rate in Malta?' },
      { says: 'Goodbye.' },
    ],
    ordered: [],
    tools: [
      { name: 'fetch_financials' },
      { name: 'check_tax_rule', given: { jurisdiction: 'MT' } },
      hangsUp,
    ],
    end: 'agent-hung-up',
  },
  {
    title: 'a caller who is not verified does not get to the finance persona',
    persona: 'cfo',
    voice: 'rms',
    lines: [{ says: 'What was our revenue last quarter?' }],
    ordered: [],
    tools: [],
    errors: ['TRUST_TOO_LOW'],
    end: 'provider-failed',
  },
];
