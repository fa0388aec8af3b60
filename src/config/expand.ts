// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax of our files
import { GatewayError } from '../runtime/errors.ts';
import type { Problem } from './problem.ts';
import type { Tree, TreeMap, TreeValue } from './tree.ts';

/** The variables of the process, handed in: nothing here reads them by itself. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Part = string | { readonly name: string; readonly fallback: readonly Part[] | null };

export interface Expanded {
  readonly text: string;
  /** Variables that were looked up, whether they were set or not. */
  readonly names: readonly string[];
}

/** A variable of such a name holds a secret: what is made of it is never shown. */
const secretName = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|_PIN|^PIN/i;

/**
 * Replaces `${NAME}` and `${NAME:-default}` (taken when NAME is unset or empty; it may hold
 * variables itself; `:=` does the same, as older files have it); `$${` stands for `${` itself.
 * Throws `CONFIG_INVALID` for anything else that begins with `${`, and for a variable that is not
 * set and has no default. What a variable holds is text and nothing more: it is never read as
 * YAML, nor expanded again.
 */
export function expandText(text: string, environment: Environment): Expanded {
  const names: string[] = [];
  const fill = (parts: readonly Part[]): string =>
    parts.map((part) => (typeof part === 'string' ? part : lookUp(part))).join('');
  const lookUp = ({ name, fallback }: Exclude<Part, string>): string => {
    names.push(name);
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (fallback !== null) return value === undefined || value === '' ? fill(fallback) : value;
    if (value !== undefined) return value;
    const cure = `set it, or write \${${name}:-default}`;
    const message = `environment variable ${name} is not set: ${cure}`;
    throw new GatewayError('CONFIG_INVALID', message, { name });
  };
  return { text: fill(partsOf(text)), names };
}

/** Expands every text of the tree. A value that became empty counts as not written. */
export function expandTree(
  root: TreeMap,
  environment: Environment,
): { readonly tree: TreeMap; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const expand = (tree: Tree): Tree | null => {
    switch (tree.kind) {
      case 'value':
        return expandValue(tree, environment, problems);
      case 'list':
        return { ...tree, items: tree.items.flatMap((item) => expand(item) ?? []) };
      default:
        return expandMap(tree);
    }
  };
  const expandMap = (map: TreeMap): TreeMap => {
    const entries = [...map.entries].flatMap(([key, entry]) => {
      const tree = expand(entry.tree);
      return tree === null ? [] : [[key, { ...entry, tree }] as const];
    });
    return { ...map, entries: new Map(entries) };
  };
  return { tree: expandMap(root), problems };
}

function expandValue(
  tree: TreeValue,
  environment: Environment,
  problems: Problem[],
): TreeValue | null {
  if (typeof tree.value !== 'string' || !tree.value.includes('${')) return tree;
  try {
    const { text, names } = expandText(tree.value, environment);
    const isText = names.length > 0;
    if (isText && text === '') return null;
    return { ...tree, value: text, isText, isSecret: names.some((name) => secretName.test(name)) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    problems.push({ code: 'CONFIG_INVALID', origin: tree.origin, message: error.message });
    return null;
  }
}

function partsOf(text: string): readonly Part[] {
  let at = 0;
  const readParts = (isNested: boolean): readonly Part[] => {
    const parts: Part[] = [];
    while (at < text.length) {
      if (text.startsWith('$${', at)) {
        parts.push('${');
        at += 3;
      } else if (text.startsWith('${', at)) parts.push(readVariable());
      else if (isNested && text[at] === '}') return parts;
      else parts.push(text[at++] ?? '');
    }
    return parts;
  };
  const readVariable = (): Part => {
    const start = at;
    const variable = /\$\{([A-Za-z_]\w*)(:[-=])?/y;
    variable.lastIndex = at;
    const [matched = '', name = '', hasFallback] = variable.exec(text) ?? [];
    at += matched.length;
    const fallback = hasFallback === undefined ? null : readParts(true);
    if (matched === '' || text[at] !== '}') {
      const shown = text.slice(start, start + 20);
      const forms = '${NAME} or ${NAME:-default}; write $${ for ${ itself';
      const message = `"${shown}" is not of the form ${forms}`;
      throw new GatewayError('CONFIG_INVALID', message);
    }
    at += 1;
    return { name, fallback };
  };
  return readParts(false);
}
