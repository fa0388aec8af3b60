import type { ToolRequest } from './dialogue.ts';
import type { FilledSlot } from './understand.ts';

/** An item of the menu as the tool gave it. */
export interface OfferedItem {
  readonly id: string;
  readonly name: string;
  /** With its currency: `4500 RWF`, `12.50 EUR`. */
  readonly price: string;
  readonly venue: string | null;
  /** Empty where there is none. */
  readonly description: string;
}

export interface OrderLine {
  readonly item: OfferedItem;
  readonly count: number;
}

/** What becomes of an item once it has been found on the menu. */
export type ItemUse =
  | { readonly is: 'add'; readonly count: number }
  /** In the place of one that is in the order. */
  | { readonly is: 'swap'; readonly count: number; readonly old: OrderLine }
  | { readonly is: 'pair' };

/** A tool that is to be called, or whose result is awaited, and what for. */
export type Wait = {
  readonly request: ToolRequest;
  /** `null`: not called yet. */
  readonly callId: string | null;
} & (
  | { readonly purpose: 'ask'; readonly intent: string; readonly slots: readonly FilledSlot[] }
  | {
      readonly purpose: 'item';
      readonly words: string;
      /** Names that the words can mean; none where they were typed words. */
      readonly names: readonly string[];
      readonly use: ItemUse;
    }
  | {
      readonly purpose: 'pairing';
      readonly item: OfferedItem;
      /** By the caller. */
      readonly wasAsked: boolean;
      /** It was told before. */
      readonly isAgain: boolean;
    }
  | { readonly purpose: 'place'; readonly isLeaving: boolean }
  | { readonly purpose: 'hang-up' }
);

/** What the caller has been asked and not answered yet. */
export type Question =
  | { readonly about: 'which'; readonly among: readonly OfferedItem[]; readonly use: ItemUse }
  | { readonly about: 'offer'; readonly item: OfferedItem }
  | { readonly about: 'place'; readonly isLeaving: boolean }
  /** The order is placed: whether there is anything else. */
  | { readonly about: 'else' }
  | {
      readonly about: 'slot';
      readonly intent: string;
      readonly slots: readonly FilledSlot[];
      readonly wanted: string;
    };

/** All that is remembered of a conversation. Never changed, always replaced. */
export interface DialogueState {
  readonly order: readonly OrderLine[];
  /** Item that `that` and `it` mean. */
  readonly focus: OfferedItem | null;
  readonly waits: readonly Wait[];
  readonly question: Question | null;
  /** Of the items that were ordered in one breath: what is said once all were looked up. */
  readonly added: readonly string[];
  readonly pieces: readonly string[];
  /** What was put in the place of another, and of which. */
  readonly swapped: OrderLine | null;
  /** Items with which something was offered, by id. */
  readonly paired: readonly string[];
  /** The order that was placed last. */
  readonly placed: { readonly order: string; readonly total: string } | null;
  /** The last question to a tool, for `and in March?`. */
  readonly lastAsked: { readonly intent: string; readonly slots: readonly FilledSlot[] } | null;
  /** What was said last for each slot that a tool was asked with. */
  readonly known: Readonly<Record<string, FilledSlot>>;
  /** What a list left out, in the order in which it comes. */
  readonly rest: readonly string[];
  /** The dishes that were told last, for `the second one`. */
  readonly listed: readonly OfferedItem[];
  /** What else can be told of the last answer. */
  readonly further: string | null;
  /** The period that the last figures were of. */
  readonly lastPeriod: { readonly from: string; readonly to: string } | null;
  readonly lastSaid: string | null;
  /** How often in a row nothing was understood. */
  readonly misses: number;
}

export const initialState: DialogueState = {
  order: [],
  focus: null,
  waits: [],
  question: null,
  added: [],
  pieces: [],
  swapped: null,
  paired: [],
  placed: null,
  lastAsked: null,
  known: {},
  rest: [],
  listed: [],
  further: null,
  lastPeriod: null,
  lastSaid: null,
  misses: 0,
};

/** A state, and what is said on the way to it. Tools are called from `state.waits`. */
export interface Turned {
  readonly state: DialogueState;
  readonly says: readonly string[];
}

export function saying(state: DialogueState, ...says: readonly string[]): Turned {
  return { state, says: says.filter((text) => text !== '') };
}

export function withWait(state: DialogueState, wait: Wait): DialogueState {
  return { ...state, waits: [...state.waits, wait] };
}

/** What a tool said: its result, or why there is none. */
export type ToolAnswer =
  | { readonly is: 'result'; readonly result: unknown }
  | { readonly is: 'error'; readonly code: string };
