import type { Grammar, Phrase } from '../grammar.ts';
import type { Dialogue, Vocabulary, VocabularyEntry } from './dialogue.ts';
import type { WrittenSlot } from './dialogue-schema.ts';
import { parsePhrase, partRule, slotRule } from './notation.ts';
import { periodForms } from './periods.ts';
import {
  entryForms,
  exactForms,
  numberForms,
  ordinalForms,
  type RankedForm,
  rankWhole,
} from './spoken-forms.ts';

/** The list whose months periods are made of. */
const monthList = 'ledger_month';
/** The list whose entries people name by a word or two. */
export const shortNamed: ReadonlySet<string> = new Set(['menu_item']);
/** Values of a list that are listened for; a guess, at which a recognizer still keeps up. */
export const entriesMax = 400;

/** All ways to say each slot, and what they mean. */
export type SlotForms = ReadonlyMap<string, readonly RankedForm[]>;

/** What can be heard: of phrases what is left without slots that have no words to listen for. */
export function grammarOf(dialogue: Dialogue, vocabulary: Vocabulary): Grammar {
  const { parts, intents } = dialogue.written;
  const rules = new Map<string, Phrase>();
  for (const [slot, forms] of slotForms(dialogue, vocabulary)) {
    const heard = forms.filter(({ isTyped }) => !isTyped);
    if (heard.length > 0) rules.set(slotRule(slot), choiceOf(distinct(heard)));
  }
  for (const [part, text] of Object.entries(parts)) {
    const phrase = heardOf(parsePhrase(text), rules);
    if (phrase !== null) rules.set(partRule(part), phrase);
  }
  const names: string[] = [];
  for (const [name, { phrases }] of Object.entries(intents)) {
    const heard = phrases.flatMap((text) => heardOf(parsePhrase(text), rules) ?? []);
    if (heard.length === 0) continue;
    const rule = `intent-${name.replaceAll('_', '-')}`;
    names.push(rule);
    rules.set(rule, choiceOf(heard));
  }
  rules.set('sentence', choiceOf(names.map((name) => ({ is: 'rule', name }))));
  return { root: 'sentence', rules };
}

/** What is left of a phrase without rules that there are not; `null`: nothing. */
function heardOf(phrase: Phrase, rules: Grammar['rules']): Phrase | null {
  switch (phrase.is) {
    case 'word':
      return phrase;
    case 'rule':
      return rules.has(phrase.name) ? phrase : null;
    case 'optional': {
      const inner = heardOf(phrase.phrase, rules);
      return inner === null ? nothing : { is: 'optional', phrase: inner };
    }
    case 'sequence': {
      const parts = phrase.parts.map((part) => heardOf(part, rules));
      const heard = parts.flatMap((part) => (part === null || part === nothing ? [] : [part]));
      if (parts.includes(null)) return null;
      return heard.length === 0 ? null : { is: 'sequence', parts: heard };
    }
    case 'choice': {
      const branches = phrase.of.map((each) => heardOf(each.phrase, rules));
      const of = branches.flatMap((each) => (each === null || each === nothing ? [] : [each]));
      return of.length === 0 ? null : choiceOf(of);
    }
  }
}

/** What may be left out and cannot be said. */
const nothing: Phrase = { is: 'sequence', parts: [] };

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
      return periodForms(months).map((form) => ({ ...form, rank: rankWhole }));
    }
    default: {
      const own: readonly VocabularyEntry[] = [
        ...slot.also.map((value) => ({ value, names: [value] })),
        ...Object.entries(slot.means).map(([name, value]) => ({ value, names: [name] })),
      ];
      if (slot.from === null || !shortNamed.has(slot.from)) {
        return [...entries, ...own].flatMap(exactForms);
      }
      // Of a menu without dishes there are no kinds of dishes either.
      return entries.length === 0 ? [] : [...entries, ...own].flatMap(entryForms);
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
