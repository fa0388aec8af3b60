import { GatewayError } from '../../runtime/errors.ts';
import type { Phrase } from '../grammar.ts';

/** More brackets within brackets than anybody reads. */
const depthMax = 8;
const tokenShape = /\s*(?:([()[\]|])|\{([a-z_]+)\}|<([a-z_]+)>|([A-Za-z]+(?:'[A-Za-z]+)*))\s*/y;

interface Token {
  readonly is: 'mark' | 'slot' | 'part' | 'word';
  readonly text: string;
}

/** The rule of the grammar that a slot stands for. Rules have `-` where names have `_`. */
export function slotRule(slot: string): string {
  return `slot-${slot.replaceAll('_', '-')}`;
}

export function partRule(part: string): string {
  return `part-${part.replaceAll('_', '-')}`;
}

/**
 * Reads the phrases of a dialogue file: `(i want|give me) [the] {item} <politely>`. Throws
 * `CONFIG_INVALID` that says where in the phrase it stopped making sense.
 */
export function parsePhrase(text: string): Phrase {
  const reader = new PhraseReader(tokensOf(text), text);
  return reader.whole();
}

/** Slots and parts that a phrase names. */
export function namedIn(text: string): {
  readonly slots: readonly string[];
  readonly parts: readonly string[];
} {
  const tokens = tokensOf(text);
  const named = (kind: Token['is']) =>
    tokens.filter(({ is }) => is === kind).map((token) => token.text);
  return { slots: named('slot'), parts: named('part') };
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const shape = new RegExp(tokenShape);
  while (shape.lastIndex < text.length) {
    const from = shape.lastIndex;
    const [, mark, slot, part, word] = shape.exec(text) ?? [];
    if (mark !== undefined) tokens.push({ is: 'mark', text: mark });
    else if (slot !== undefined) tokens.push({ is: 'slot', text: slot });
    else if (part !== undefined) tokens.push({ is: 'part', text: part });
    else if (word !== undefined) tokens.push({ is: 'word', text: word.toLowerCase() });
    else
      throw fault(
        text,
        `nothing can be made of "${text.slice(from)}": write letters alone, figures as words`,
      );
  }
  return tokens;
}

class PhraseReader {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #at = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  whole(): Phrase {
    const phrase = this.#choice(0);
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw fault(this.#text, `there is a "${rest.text}" too many`);
    return phrase;
  }

  #choice(depth: number): Phrase {
    if (depth > depthMax) throw fault(this.#text, `brackets are nested deeper than ${depthMax}`);
    const of = [{ phrase: this.#sequence(depth) }];
    while (this.#isMark('|')) {
      this.#at += 1;
      of.push({ phrase: this.#sequence(depth) });
    }
    const [only, ...others] = of;
    return only !== undefined && others.length === 0 ? only.phrase : { is: 'choice', of };
  }

  #sequence(depth: number): Phrase {
    const parts: Phrase[] = [];
    for (let token = this.#tokens[this.#at]; token !== undefined; ) {
      const part = this.#piece(token, depth);
      if (part === undefined) break;
      parts.push(part);
      token = this.#tokens[this.#at];
    }
    if (parts.length === 0) throw fault(this.#text, 'there are no words');
    const [only, ...others] = parts;
    return only !== undefined && others.length === 0 ? only : { is: 'sequence', parts };
  }

  /** `undefined` at what ends a sequence. */
  #piece(token: Token, depth: number): Phrase | undefined {
    if (token.is !== 'mark') {
      this.#at += 1;
      if (token.is === 'word') return { is: 'word', word: token.text };
      const name = token.is === 'slot' ? slotRule(token.text) : partRule(token.text);
      return { is: 'rule', name };
    }
    if (token.text !== '(' && token.text !== '[') return undefined;
    this.#at += 1;
    const phrase = this.#choice(depth + 1);
    const closing = token.text === '(' ? ')' : ']';
    if (!this.#isMark(closing)) throw fault(this.#text, `a "${closing}" is missing`);
    this.#at += 1;
    return token.text === '(' ? phrase : { is: 'optional', phrase };
  }

  #isMark(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.is === 'mark' && token.text === text;
  }
}

function fault(text: string, what: string): GatewayError {
  return new GatewayError('CONFIG_INVALID', `in the phrase "${text}" ${what}`);
}
