import { GatewayError } from '../../runtime/errors.ts';
import type { Grammar, Phrase } from '../grammar.ts';

/** A step of a search; without a word it costs no time. Two steps without words never follow. */
export interface WordArc {
  readonly from: number;
  readonly to: number;
  readonly word: string | null;
  readonly probability: number;
}

/** What a search walks from `start` to `end`. States count from 0. */
export interface WordGraph {
  readonly stateCount: number;
  readonly start: number;
  readonly end: number;
  readonly arcs: readonly WordArc[];
}

/** Beyond this a search keeps up with no speaker: 2,000 names in 50 places. */
const arcsMax = 100_000;

interface Step {
  readonly word: string;
  readonly to: number;
  readonly probability: number;
}

/** `ends`: how probable it is that the sentence is over here. */
interface State {
  readonly ends: number;
  readonly steps: readonly Step[];
}

/**
 * The sentences of a grammar, but those with words that are `lacking`. Made from their ends to
 * their beginnings, so that what goes on alike is there once however many phrases lead to it.
 * Throws `REQUEST_INVALID`.
 */
export function sentenceGraph(grammar: Grammar, lacking: ReadonlySet<string>): WordGraph {
  const maker = new GraphMaker(grammar.rules, lacking);
  const start = maker.state({ is: 'rule', name: grammar.root }, maker.end);
  if (start === maker.nowhere) {
    throw new GatewayError('REQUEST_INVALID', 'the grammar has no sentence that can be said');
  }
  return maker.graphFrom(start);
}

class GraphMaker {
  readonly end = 0;
  /** Where no sentence goes on. */
  readonly nowhere = 1;
  readonly #rules: Grammar['rules'];
  readonly #lacking: ReadonlySet<string>;
  readonly #states: State[] = [];
  readonly #stateBySteps = new Map<string, number>();
  readonly #stateByRule = new Map<string, number>();
  #arcCount = 0;

  constructor(rules: Grammar['rules'], lacking: ReadonlySet<string>) {
    this.#rules = rules;
    this.#lacking = lacking;
    this.#intern({ ends: 1, steps: [] });
    this.#intern({ ends: 0, steps: [] });
  }

  /** The state from which `phrase` leads to the state `next`. */
  state(phrase: Phrase, next: number): number {
    switch (phrase.is) {
      case 'word':
        if (next === this.nowhere || this.#lacking.has(phrase.word)) return this.nowhere;
        return this.#intern({ ends: 0, steps: [{ word: phrase.word, to: next, probability: 1 }] });
      case 'sequence':
        return phrase.parts.reduceRight((to, part) => this.state(part, to), next);
      case 'optional':
        return this.#mixed([
          { state: this.state(phrase.phrase, next), probability: 0.5 },
          { state: next, probability: 0.5 },
        ]);
      case 'choice': {
        const sum = phrase.of.reduce((total, { weight = 1 }) => total + weight, 0);
        return this.#mixed(
          phrase.of.map(({ phrase: each, weight = 1 }) => ({
            state: this.state(each, next),
            probability: weight / sum,
          })),
        );
      }
      case 'rule':
        return this.#ruleState(phrase.name, next);
    }
  }

  graphFrom(start: number): WordGraph {
    const numbers = new Map<number, number>([[start, 0]]);
    const numberOf = (state: number): number => {
      const number = numbers.get(state) ?? numbers.size;
      numbers.set(state, number);
      return number;
    };
    const end = numberOf(this.end);
    const arcs: WordArc[] = [];
    // Grows while it is walked: states that are found get the next numbers.
    for (const [state, from] of numbers) {
      const { ends, steps } = this.#states[state]!;
      for (const { word, to, probability } of steps) {
        arcs.push({ from, to: numberOf(to), word, probability });
      }
      if (ends > 0 && state !== this.end) {
        arcs.push({ from, to: end, word: null, probability: ends });
      }
    }
    return { stateCount: numbers.size, start: 0, end, arcs };
  }

  #ruleState(name: string, next: number): number {
    const key = `${name} ${next}`;
    const known = this.#stateByRule.get(key);
    if (known !== undefined) return known;
    const phrase = this.#rules.get(name);
    if (phrase === undefined) {
      throw new GatewayError('REQUEST_INVALID', `the grammar has no rule ${name}`, { rule: name });
    }
    const made = this.state(phrase, next);
    this.#stateByRule.set(key, made);
    return made;
  }

  #mixed(parts: readonly { readonly state: number; readonly probability: number }[]): number {
    const steps = new Map<string, Step>();
    let ends = 0;
    for (const part of parts) {
      const state = this.#states[part.state]!;
      ends += part.probability * state.ends;
      for (const { word, to, probability } of state.steps) {
        const key = `${word} ${to}`;
        const sum = (steps.get(key)?.probability ?? 0) + part.probability * probability;
        steps.set(key, { word, to, probability: sum });
      }
    }
    return this.#intern({ ends, steps: [...steps.values()] });
  }

  #intern(state: State): number {
    const steps = state.steps.map(({ word, to, probability }) => `${word} ${to} ${probability}`);
    const key = `${state.ends} ${steps.join(' ')}`;
    const known = this.#stateBySteps.get(key);
    if (known !== undefined) return known;
    this.#arcCount += state.steps.length;
    if (this.#arcCount > arcsMax) {
      const message = `the grammar has more than ${arcsMax} steps, which is the limit`;
      throw new GatewayError('REQUEST_INVALID', message, { arcsMax });
    }
    const made = this.#states.push(state) - 1;
    this.#stateBySteps.set(key, made);
    return made;
  }
}
