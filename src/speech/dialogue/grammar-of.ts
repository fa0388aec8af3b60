import type { Grammar, Phrase } from '../grammar.ts';
import type { Dialogue, Vocabulary, VocabularyEntry } from './dialogue.ts';
import type { WrittenSlot } from './dialogue-schema.ts';
import { namedIn, parsePhrase, partRule, slotRule } from './notation.ts';
import { periodForms } from './periods.ts';
import {
  entryForms,
  exactForms,
  numberForms,
  ordinalForms,
  type RankedForm,
} from './spoken-forms.ts';

/** The list whose months periods are made of. */
const monthList = 'ledger_month';
/** The list whose entries people name by a word or two. */
const shortNamed = new Set(['menu_item']);
/** Values of a list that are listened for; a guess, at which a recognizer still keeps up. */
export const entriesMax = 400;

/** All ways to say each slot, and what they mean. */
export type SlotForms = ReadonlyMap<string, readonly RankedForm[]>;

/** What can be heard: slots of typed words alone have no sentences. */
export function grammarOf(dialogue: Dialogue, vocabulary: Vocabulary): Grammar {
  const { slots, parts, intents } = dialogue.written;
  const forms = slotForms(dialogue, vocabulary);
  const rules = new Map<string, Phrase>();
  const isHeard = (text: string): boolean => {
    const named = namedIn(text);
    return (
      named.slots.every((slot) => slots[slot]?.kind !== 'any_words' && forms.get(slot)?.length) &&
      named.parts.every((part) => isHeard(parts[part] ?? ''))
    );
  };
  const names: string[] = [];
  for (const [name, { phrases }] of Object.entries(intents)) {
    const heard = phrases.filter(isHeard);
    if (heard.length === 0) continue;
    const rule = `intent-${name.replaceAll('_', '-')}`;
    names.push(rule);
    rules.set(rule, choiceOf(heard.map(parsePhrase)));
  }
  for (const [name, text] of Object.entries(parts)) {
    if (isHeard(text)) rules.set(partRule(name), parsePhrase(text));
  }
  for (const [slot, spoken] of forms) {
    if (spoken.length > 0) rules.set(slotRule(slot), choiceOf(distinct(spoken)));
  }
  rules.set('sentence', choiceOf(names.map((name) => ({ is: 'rule', name }))));
  return { root: 'sentence', rules };
}

/** Of every slot but those of typed words; empty where the vocabulary has no value. */
export function slotForms({ written }: Dialogue, vocabulary: Vocabulary): SlotForms {
  const forms = Object.entries(written.slots)
    .filter(([, { kind }]) => kind !== 'any_words')
    .map(([name, slot]) => [name, formsOf(slot, vocabulary)] as const);
  return new Map(forms);
}

function formsOf(slot: WrittenSlot, vocabulary: Vocabulary): readonly RankedForm[] {
  const entries = (vocabulary[slot.from ?? ''] ?? []).slice(0, entriesMax);
  switch (slot.kind) {
    case 'number':
      return numberForms(slot.at_most);
    case 'ordinal':
      return ordinalForms();
    case 'period': {
      const months = (vocabulary[monthList] ?? []).map(({ value }) => value);
      return periodForms(months).map((form) => ({ ...form, rank: 1 }));
    }
    default: {
      const own: readonly VocabularyEntry[] = slot.also.map((value) => ({ value, names: [value] }));
      const isShort = slot.from !== null && shortNamed.has(slot.from);
      return [...entries.flatMap(isShort ? entryForms : exactForms), ...own.flatMap(exactForms)];
    }
  }
}

function distinct(forms: readonly RankedForm[]): readonly Phrase[] {
  return [...new Set(forms.map(({ words }) => words))].map((words) => {
    const parts: Phrase[] = words.split(' ').map((word) => ({ is: 'word', word }));
    const [only, ...others] = parts;
    return only !== undefined && others.length === 0 ? only : { is: 'sequence', parts };
  });
}

function choiceOf(phrases: readonly Phrase[]): Phrase {
  const [only, ...others] = phrases;
  if (only !== undefined && others.length === 0) return only;
  return { is: 'choice', of: phrases.map((phrase) => ({ phrase })) };
}
