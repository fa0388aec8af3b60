import ts from 'typescript-6';
import { type Finding, findingAt, type SourceTree, walk } from './source-tree.ts';

/** Parts of production that the simulator must take as they are: its own would prove nothing. */
const productionParts = new Set(['Provider', 'ProviderSession', 'Leg', 'Transport']);

/** Nothing of `src/` is written again in `sim/`: nothing there plays one of its parts. */
export function simulator(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.codePaths.filter((path) => path.startsWith('sim/'))) {
    walk(tree.ast(path), (node) => {
      const part = partPlayed(node);
      if (part !== undefined) {
        const message = `a ${part} of its own: simulate with the one in src/`;
        findings.push(findingAt(node, 'simulator-part', message));
      }
      return undefined;
    });
  }
  return findings;
}

function partPlayed(node: ts.Node): string | undefined {
  if (ts.isHeritageClause(node)) {
    return node.types.map(({ expression }) => expression.getText()).find(isPart);
  }
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent))
    return named(parent.type);
  if (ts.isAsExpression(parent) || ts.isSatisfiesExpression(parent)) return named(parent.type);
  const maker = ts.findAncestor(parent, ts.isFunctionLike);
  const isResult = ts.isReturnStatement(parent) || ts.isParenthesizedExpression(parent);
  return isResult && maker !== undefined ? named(maker.type) : undefined;
}

function named(type: ts.TypeNode | undefined): string | undefined {
  const name = type?.getText();
  return name !== undefined && isPart(name) ? name : undefined;
}

function isPart(name: string): boolean {
  return productionParts.has(name);
}
