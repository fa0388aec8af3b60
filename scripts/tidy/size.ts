import ts from 'typescript-6';
import {
  type Finding,
  findingAt,
  isGenerated,
  type Rule,
  type SourceTree,
  walk,
} from './source-tree.ts';

const functionLinesMax = 70;
const lineColumnsMax = 100;

/** Function lengths above the limit that are put up with, by `path#name`: they may only shrink. */
export type Exceptions = Readonly<Record<string, number>>;

export const exceptionsPath = 'scripts/tidy-exceptions.json';

export function lineWidth(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.codePaths) {
    const text = tree.texts.get(path) ?? '';
    if (isGenerated(text)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      const columns = [...line].length;
      if (columns <= lineColumnsMax) continue;
      const message = `${columns} columns, at most ${lineColumnsMax}`;
      findings.push({ path, line: index + 1, rule: 'line-width', message });
    }
  }
  return findings;
}

export function functionLength(exceptions: Exceptions): Rule {
  return (tree) => {
    const findings: Finding[] = [];
    const used = new Set<string>();
    for (const path of tree.codePaths) {
      if (isGenerated(tree.texts.get(path) ?? '')) continue;
      walk(tree.ast(path), (node) => {
        if (!isFunction(node) || isSuite(node)) return undefined;
        const lines = lineCount(node);
        if (lines <= functionLinesMax) return undefined;
        const name = `${path}#${nameOf(node)}`;
        used.add(name);
        const objection = objectionTo(lines, exceptions[name]);
        if (objection !== undefined) findings.push(findingAt(node, 'function-length', objection));
        return undefined;
      });
    }
    return [...findings, ...needless(exceptions, used)];
  };
}

function objectionTo(lines: number, allowed: number | undefined): string | undefined {
  if (allowed === lines) return undefined;
  if (allowed === undefined) return `${lines} lines, at most ${functionLinesMax}`;
  if (lines > allowed) return `${lines} lines, its exception allows ${allowed}`;
  return `${lines} lines now: lower its exception of ${allowed} in ${exceptionsPath}`;
}

function needless(exceptions: Exceptions, used: ReadonlySet<string>): Finding[] {
  return Object.keys(exceptions)
    .filter((name) => !used.has(name))
    .map((name) => ({
      path: exceptionsPath,
      line: 1,
      rule: 'function-length',
      message: `the exception for ${name} is no longer needed`,
    }));
}

type FunctionNode = ts.FunctionLikeDeclaration;

function isFunction(node: ts.Node): node is FunctionNode {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/** `describe('…', () => {…})` is a heading over tests, not a function to be read at once. */
function isSuite(node: FunctionNode): boolean {
  return ts.isCallExpression(node.parent) && /^(describe|suite)\b/.test(node.parent.getText());
}

function lineCount(node: FunctionNode): number {
  const source = node.getSourceFile();
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  return source.getLineAndCharacterOfPosition(node.end).line - first + 1;
}

function nameOf(node: FunctionNode): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) {
    return parent.name.getText();
  }
  return 'anonymous';
}
