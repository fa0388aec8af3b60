import { nearest } from '../../config/nearest-key.ts';
import type { Phrase } from '../grammar.ts';
import type { Dialogue, Vocabulary } from './dialogue.ts';
import { type SlotForms, slotForms } from './grammar-of.ts';
import { inFull, spokenWords } from './normalise.ts';
import { namedIn, parsePhrase, partRule, slotRule } from './notation.ts';
import { type SentenceNet, sentenceNet } from './sentence-net.ts';
import { type RankedForm, rankWord } from './spoken-forms.ts';

/** What was said for a slot. */
export interface FilledSlot {
  readonly slot: string;
  readonly words: string;
  /** What it can mean; several when the words are short for several, none for typed words. */
  readonly values: readonly string[];
}

export interface Understood {
  readonly intent: string;
  /** In the order in which they were said. */
  readonly slots: readonly FilledSlot[];
  /** 1: word by word a sentence of the grammar. */
  readonly score: number;
}

/** Below it too much was left over, or missing. Tried on the sentences of the tests. */
export const scoreMin = 0.55;
/** With words that can be anything less may be left over. */
const anyScoreMin = 0.9;
/** Words that carry little: to lack one, or to have one too many, costs little. */
const lightWords = new Set(
  (
    'a an the and or of in for to from at on with is are was were be am do does did i we he you ' +
    'it please me my our us can could would will have has some any that this there so well then ' +
    'er um uh ah oh hmm hey okay just thanks thank actually maybe perhaps really now today ' +
    'tonight kindly right alright'
  ).split(' '),
);
const lightWeight = 0.25;
/** A word of the sentence that was not said: without it most sentences are others. */
const lackingWeight = 1.5;
/** A word that is in no sentence: what it stands for was not understood. */
const strangeWeight = 1.5;
/** Words that fit one slot are not meant for two. */
const slotWeight = 0.1;
/** A word that we do not know, where any may stand. */
const anyWeight = 0.5;
const anyWordsMax = 4;
/** Shorter words have too many neighbours; names are meant more often than other words. */
const nameCharsMin = 5;
const wordCharsMin = 6;

/** Finds what callers mean, among the sentences of one dialogue with one vocabulary. */
export class Understanding {
  readonly #nets: readonly { readonly intent: string; readonly net: SentenceNet }[];
  readonly #anyWords: ReadonlySet<string>;
  /** By slot, then by words. */
  readonly #values: ReadonlyMap<string, ReadonlyMap<string, Meaning>>;
  readonly #known: ReadonlySet<string>;
  readonly #names: readonly string[];
  readonly #words: readonly string[];
  readonly #longest: number;

  constructor(dialogue: Dialogue, vocabulary: Vocabulary) {
    const { intents, slots, parts } = dialogue.written;
    const forms = slotForms(dialogue, vocabulary);
    this.#values = valuesByWords(forms);
    const isAny = (name: string) => slots[name]?.kind === 'any_words';
    this.#anyWords = new Set(Object.keys(slots).filter(isAny));
    const rules = rulesOf(Object.keys(slots), parts);
    this.#nets = Object.entries(intents).flatMap(([intent, { phrases, typed }]) =>
      [...phrases, ...typed].map((text) => {
        const net = sentenceNet(phraseInFull(parsePhrase(text)), (name) => {
          const rule = rules.get(name);
          return rule ?? { phrase: { is: 'sequence', parts: [] } };
        });
        return { intent, net };
      }),
    );
    const slotWords = [...this.#values.values()].flatMap((each) => [...each.keys()]);
    const netWords = this.#nets.flatMap(({ net }) =>
      net.flatMap((arcs) => arcs.flatMap((arc) => (arc.is === 'word' ? arc.word : []))),
    );
    const names = new Set(slotWords.flatMap((words) => words.split(' ')));
    this.#known = new Set([...netWords, ...names]);
    this.#names = [...names].filter((word) => word.length >= nameCharsMin);
    this.#words = [...this.#known].filter((word) => word.length >= wordCharsMin);
    this.#longest = Math.max(1, ...slotWords.map((words) => words.split(' ').length));
  }

  /**
   * The best reading of what was said or typed; `null` when it is too far from every sentence.
   * Never throws, whatever the text.
   */
  understand(text: string): Understood | null {
    const said = spokenWords(text).flatMap(inFull);
    if (said.length === 0) return null;
    const words = said.map((word) => this.#mended(word));
    const mendedAt = new Set(said.flatMap((word, at) => (word === words[at] ? [] : [at])));
    const readings = this.#nets.map(({ intent, net }) => {
      const way = this.#best(net, { words, mendedAt });
      const score = way.matched === 0 ? 0 : way.matched / (way.matched + way.cost);
      return { intent, slots: slotsOf(way), score, gain: gainOf(way) };
    });
    const [best] = readings
      .filter((each) => each.score >= this.#scoreMin(each))
      .toSorted((one, other) => other.gain - one.gain);
    if (best === undefined) return null;
    const { intent, slots, score } = best;
    return { intent, slots, score };
  }

  #scoreMin({ slots }: Pick<Understood, 'slots'>): number {
    return slots.some(({ slot }) => this.#anyWords.has(slot)) ? anyScoreMin : scoreMin;
  }

  /** A misspelt word becomes the one that it is nearest to. */
  #mended(word: string): string {
    if (word.length < nameCharsMin || this.#known.has(word)) return word;
    const letters = word.length >= 2 * nameCharsMin ? 2 : 1;
    const among = word.length < wordCharsMin ? this.#names : [...this.#names, ...this.#words];
    return nearest(word, among, letters) ?? word;
  }

  /** The best way through `net`: words that match, less those left over and those that lack. */
  #best(net: SentenceNet, said: Said): Way {
    const { words } = said;
    const none: Way = { matched: 0, cost: 0, slotCount: 0, slot: null, before: null };
    const ways: (Way | undefined)[][] = words.map(() => []);
    ways.push([]);
    const reach = (at: number, state: number, way: Way) => {
      const row = ways[at];
      const known = row?.[state];
      if (row !== undefined && (known === undefined || gainOf(way) > gainOf(known))) {
        row[state] = way;
      }
    };
    reach(0, 0, none);
    for (let at = 0; at <= words.length; at += 1) {
      for (let state = 0; state < net.length; state += 1) {
        const way = ways[at]?.[state];
        if (way !== undefined) this.#goOn({ ...said, net, at, state, way }, reach);
      }
    }
    return ways[words.length]?.[net.length - 1] ?? none;
  }

  #goOn({ net, state, ...place }: Place, reach: Reach): void {
    const { words, at, way } = place;
    const word = words[at];
    if (word !== undefined) reach(at + 1, state, costing(way, this.#leftOverWeight(word)));
    for (const arc of net[state] ?? []) {
      if (arc.is === 'free') reach(at, arc.to, way);
      else if (arc.is === 'word') {
        const weight = this.#weightOf(arc.word);
        reach(at, arc.to, costing(way, weight === lightWeight ? weight : lackingWeight));
        if (arc.word === word) reach(at + 1, arc.to, matching(way, weight));
      } else if (this.#anyWords.has(arc.slot)) {
        this.#takeAny({ ...place, slot: arc.slot }, (end, next) => reach(end, arc.to, next));
      } else {
        this.#takeValue({ ...place, slot: arc.slot }, (end, next) => reach(end, arc.to, next));
      }
    }
  }

  #takeValue(
    { words, mendedAt, at, way, slot }: Span,
    found: (end: number, way: Way) => void,
  ): void {
    const byWords = this.#values.get(slot);
    const endMax = Math.min(words.length, at + this.#longest);
    for (let end = at + 1; end <= endMax; end += 1) {
      const said = words.slice(at, end);
      const meaning = byWords?.get(said.join(' '));
      if (meaning === undefined) continue;
      // A friend is not fried plantain: any word of a name must be written as it is.
      if (meaning.rank === rankWord && mendedAt.has(at)) continue;
      const { values } = meaning;
      const weight = said.reduce((sum, word) => sum + this.#weightOf(word), 0);
      const filled = { slot, words: said.join(' '), values };
      found(end, filledWith(matching(way, weight), { filled, before: way }));
    }
  }

  /** Words that mean something elsewhere are unlikely to be meant as any words. */
  #takeAny({ words, mendedAt, at, way, slot }: Span, found: (end: number, way: Way) => void): void {
    let next = way;
    for (let end = at + 1; end <= Math.min(words.length, at + anyWordsMax); end += 1) {
      const word = words[end - 1] ?? '';
      const isKnown = !mendedAt.has(end - 1) && (this.#known.has(word) || lightWords.has(word));
      next = isKnown ? costing(next, lightWeight) : matching(next, anyWeight);
      const filled = { slot, words: words.slice(at, end).join(' '), values: [] };
      if (next.matched > way.matched) found(end, filledWith(next, { filled, before: way }));
    }
  }

  #weightOf(word: string): number {
    return lightWords.has(word) ? lightWeight : 1;
  }

  #leftOverWeight(word: string): number {
    if (lightWords.has(word)) return lightWeight;
    return this.#known.has(word) ? 1 : strangeWeight;
  }
}

/** How far a sentence has been followed. Every one with a slot stays linked to those before. */
interface Way {
  readonly matched: number;
  readonly cost: number;
  readonly slotCount: number;
  readonly slot: FilledSlot | null;
  readonly before: Way | null;
}

/** Words as they are understood, and where they were misspelt. */
interface Said {
  readonly words: readonly string[];
  readonly mendedAt: ReadonlySet<number>;
}

interface Place extends Said {
  readonly net: SentenceNet;
  readonly at: number;
  readonly state: number;
  readonly way: Way;
}

interface Span extends Said {
  readonly at: number;
  readonly way: Way;
  readonly slot: string;
}

interface Meaning {
  readonly rank: number;
  readonly values: readonly string[];
}

type Reach = (at: number, state: number, way: Way) => void;

function gainOf({ matched, cost, slotCount }: Way): number {
  return matched - cost - slotCount * slotWeight;
}

function costing(way: Way, weight: number): Way {
  return { ...way, cost: way.cost + weight };
}

function matching(way: Way, weight: number): Way {
  return { ...way, matched: way.matched + weight };
}

function filledWith(
  way: Way,
  { filled, before }: { readonly filled: FilledSlot; readonly before: Way },
): Way {
  return { ...way, slotCount: way.slotCount + 1, slot: filled, before };
}

function slotsOf(way: Way): readonly FilledSlot[] {
  const slots: FilledSlot[] = [];
  for (let at: Way | null = way; at !== null; at = at.before) {
    if (at.slot !== null) slots.unshift(at.slot);
  }
  return slots;
}

function rulesOf(slots: readonly string[], parts: Readonly<Record<string, string>>) {
  const rules = new Map<string, { readonly slot: string } | { readonly phrase: Phrase }>();
  for (const slot of slots) rules.set(slotRule(slot), { slot });
  for (const [part, text] of Object.entries(parts)) {
    rules.set(partRule(part), { phrase: phraseInFull(parsePhrase(text)) });
  }
  return rules;
}

function phraseInFull(phrase: Phrase): Phrase {
  switch (phrase.is) {
    case 'word': {
      const parts = inFull(phrase.word).map((word) => ({ is: 'word', word }) as const);
      const [only, ...others] = parts;
      return only !== undefined && others.length === 0 ? only : { is: 'sequence', parts };
    }
    case 'sequence':
      return { is: 'sequence', parts: phrase.parts.map(phraseInFull) };
    case 'optional':
      return { is: 'optional', phrase: phraseInFull(phrase.phrase) };
    case 'choice':
      return { is: 'choice', of: phrase.of.map((each) => ({ phrase: phraseInFull(each.phrase) })) };
    case 'rule':
      return phrase;
  }
}

function valuesByWords(forms: SlotForms) {
  return new Map([...forms].map(([slot, each]) => [slot, valuesOf(each)] as const));
}

/** Of the same words those of the highest rank are meant. */
function valuesOf(forms: readonly RankedForm[]): ReadonlyMap<string, Meaning> {
  const best = new Map<string, Meaning>();
  for (const { words, value, rank } of forms) {
    const known = best.get(words);
    if (known === undefined || rank > known.rank) best.set(words, { rank, values: [value] });
    else if (rank === known.rank && !known.values.includes(value)) {
      best.set(words, { rank, values: [...known.values, value] });
    }
  }
  return best;
}

/** Checks what a phrase names; gives what there is not. */
export function unknownNames(
  text: string,
  { slots, parts }: Dialogue['written'],
): readonly string[] {
  const named = namedIn(text);
  return [
    ...named.slots.filter((slot) => !Object.hasOwn(slots, slot)).map((slot) => `{${slot}}`),
    ...named.parts.filter((part) => !Object.hasOwn(parts, part)).map((part) => `<${part}>`),
  ];
}
