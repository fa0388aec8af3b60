import { assert } from '../../runtime/assert.ts';
import type { Phrase } from '../grammar.ts';

/** A step from one state of a net to a later one. */
export type Arc =
  | { readonly is: 'word'; readonly to: number; readonly word: string }
  | { readonly is: 'slot'; readonly to: number; readonly slot: string }
  | { readonly is: 'free'; readonly to: number };

/** The sentences of one phrase: from state 0 to the last one; every arc leads to a later state. */
export type SentenceNet = readonly (readonly Arc[])[];

/** `ruleOf` gives what a rule stands for: a slot by its name, or a phrase that is put in place. */
export function sentenceNet(
  phrase: Phrase,
  ruleOf: (name: string) => { readonly slot: string } | { readonly phrase: Phrase },
): SentenceNet {
  const states: Arc[][] = [[]];
  const newState = (): number => states.push([]) - 1;
  const join = (from: number, to: number) => states[from]?.push({ is: 'free', to });
  const add = (part: Phrase, from: number): number => {
    switch (part.is) {
      case 'word': {
        const to = newState();
        states[from]?.push({ is: 'word', to, word: part.word });
        return to;
      }
      case 'sequence':
        return part.parts.reduce((at, each) => add(each, at), from);
      case 'optional': {
        const end = add(part.phrase, from);
        const to = newState();
        join(from, to);
        join(end, to);
        return to;
      }
      case 'choice': {
        const ends = part.of.map((each) => add(each.phrase, from));
        const to = newState();
        for (const end of ends) join(end, to);
        return to;
      }
      case 'rule': {
        const rule = ruleOf(part.name);
        if ('phrase' in rule) return add(rule.phrase, from);
        const to = newState();
        states[from]?.push({ is: 'slot', to, slot: rule.slot });
        return to;
      }
    }
  };
  const end = add(phrase, 0);
  assert(end === states.length - 1, 'the last state ends the sentence');
  return states;
}
