import type { z } from 'zod';
import { nodeAt, type SchemaNode, type SchemaSection } from './schema-tree.ts';
import { entryAt, type Tree, type TreeMap } from './tree.ts';

/** The longest value that a message repeats, in characters. */
const shownMax = 40;
const passwordInUrl = /\/\/[^/\s]*@/g;

/** What the schema objects to, in the words of somebody who edits the file. */
export function phraseOf(
  issue: z.core.$ZodIssue,
  { written, schema }: { readonly written: TreeMap; readonly schema: SchemaSection },
): string {
  const path = issue.path.map(String);
  const key = path.join('.');
  const entry = entryAt(written, path);
  if (issue.code === 'invalid_key') return `${key}: ${issue.issues[0]?.message ?? issue.message}`;
  const isAbsent = entry === undefined && entryAt(written, path.slice(0, -1))?.tree.kind !== 'list';
  if (isAbsent && issue.code === 'invalid_type') return `${key} is missing`;
  const node = nodeAt(schema, path);
  const demand = demandOf(issue, node);
  return `${key} must be ${demand}${shownOf(entry?.tree, node)}`;
}

const typeNames: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section with keys of its own',
  record: 'a section with keys of its own',
};

function demandOf(issue: z.core.$ZodIssue, node: SchemaNode | undefined): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[isWhole(node) ? 'int' : issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    case 'too_big':
      return `at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' items long' : '';
}

function isWhole(node: SchemaNode | undefined): boolean {
  return node?.kind === 'value' && node.types.has('integer');
}

/** `, not 70000`: what was written instead, unless nobody may see it. */
function shownOf(tree: Tree | undefined, node: SchemaNode | undefined): string {
  const isSecret = node?.kind === 'value' && node.isSecret;
  if (tree?.kind !== 'value' || tree.isSecret || isSecret) return '';
  const text = JSON.stringify(tree.value).replace(passwordInUrl, '//***@');
  return text.length > shownMax ? `, not ${text.slice(0, shownMax)}…` : `, not ${text}`;
}
