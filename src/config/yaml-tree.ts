import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import type { Problem } from './problem.ts';
import {
  emptyMap,
  type Origin,
  type Scalar,
  type Tree,
  type TreeEntry,
  type TreeMap,
} from './tree.ts';

/** A file that is longer is no configuration. A guess, above any prompt that a model takes. */
const fileCharsMax = 1_000_000;
/** Aliases repeat what they name: these bound what a few lines can grow to. */
const nodesMax = 20_000;
const depthMax = 32;

export interface ReadTree {
  readonly tree: TreeMap;
  readonly problems: readonly Problem[];
}

/** Reads YAML 1.2. What cannot be understood is a problem with its place; the rest is kept. */
export function readYaml(file: string, text: string): ReadTree {
  const start: Origin = { is: 'file', file, line: 1, column: 1 };
  if (text.length > fileCharsMax) {
    const message = `${text.length} characters are too many, at most ${fileCharsMax}`;
    return {
      tree: emptyMap(start),
      problems: [{ code: 'CONFIG_INVALID', origin: start, message }],
    };
  }
  return new YamlReader(file, text).read();
}

class YamlReader {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #problems: Problem[] = [];
  #nodeCount = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    // Pretty errors draw the place below the message; we give it before, in numbers.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  read(): ReadTree {
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      this.#object(pos[0], message);
    }
    const tree = this.#tree(this.#document.contents, 0);
    if (tree.kind === 'map') return { tree, problems: this.#problems };
    const isEmpty = tree.kind === 'value' && tree.value === null;
    if (!isEmpty && this.#problems.length === 0) {
      this.#object(0, 'the file must hold keys with values, such as "default_provider: local"');
    }
    return { tree: emptyMap(this.#originOf(0)), problems: this.#problems };
  }

  #tree(node: Node | null, depth: number): Tree {
    const offset = node?.range?.[0] ?? 0;
    const origin = this.#originOf(offset);
    this.#nodeCount += 1;
    if (depth > depthMax || this.#nodeCount > nodesMax) {
      const isFirst = depth > depthMax || this.#nodeCount === nodesMax + 1;
      if (isFirst) this.#object(offset, 'too deep, or too much by aliases');
      return emptyMap(origin);
    }
    if (isMap(node)) {
      const entries = node.items.flatMap((pair) => this.#entry(pair, depth));
      return { kind: 'map', origin, entries: new Map(entries) };
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#tree(nodeOf(item), depth + 1));
      return { kind: 'list', origin, items };
    }
    if (isAlias(node)) return this.#tree(node.resolve(this.#document) ?? null, depth + 1);
    const value = isScalar(node) ? this.#scalar(node.value, offset) : null;
    return { kind: 'value', origin, value, isText: false, isSecret: false };
  }

  #entry({ key, value }: Pair, depth: number): readonly (readonly [string, TreeEntry])[] {
    const keyNode = nodeOf(key);
    const offset = keyNode?.range?.[0] ?? 0;
    const isName = isScalar(keyNode) && keyNode.value !== null && typeof keyNode.value !== 'object';
    const name = isName ? String(keyNode.value) : '__proto__';
    // JavaScript gives this name to something else in every object.
    if (name === '__proto__') {
      this.#object(offset, 'this cannot be a key');
      return [];
    }
    const tree = this.#tree(nodeOf(value), depth + 1);
    const keyOrigin = this.#originOf(offset);
    // An empty value has no place of its own.
    const isEmpty = tree.kind === 'value' && tree.value === null;
    return [[name, { keyOrigin, tree: isEmpty ? { ...tree, origin: keyOrigin } : tree }]];
  }

  #scalar(value: unknown, offset: number): Scalar {
    const isPlain = typeof value === 'string' || typeof value === 'boolean' || value === null;
    if (isPlain || typeof value === 'number') return value;
    this.#object(offset, 'this must be a text, a number, true, false or null');
    return null;
  }

  #originOf(offset: number): Origin {
    const { line, col } = this.#lines.linePos(offset);
    return { is: 'file', file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #object(offset: number, message: string): void {
    this.#problems.push({ code: 'CONFIG_INVALID', origin: this.#originOf(offset), message });
  }
}

function nodeOf(item: unknown): Node | null {
  return isNode(item) ? item : null;
}
