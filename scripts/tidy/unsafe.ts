import ts from 'typescript-6';
import { type Finding, findingAt, isForTests, type SourceTree, walk } from './source-tree.ts';

/** Ways around the compiler or an error: `any`, a cast of parsed text, a catch that swallows. */
export function unsafe(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.codePaths) {
    const isProduction = path.startsWith('src/') && !isForTests(path);
    walk(tree.ast(path), (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) {
        findings.push(findingAt(node, 'no-any', 'say what it is, or unknown'));
      }
      if (ts.isCatchClause(node) && node.block.statements.length === 0) {
        findings.push(findingAt(node, 'empty-catch', 'name what is expected, rethrow the rest'));
      }
      if (isProduction && isCastOfText(node)) {
        findings.push(findingAt(node, 'wire-cast', 'parsed text is unknown until a schema says'));
      }
      return undefined;
    });
  }
  return findings;
}

function isCastOfText(node: ts.Node): boolean {
  if (ts.isAsExpression(node)) return isJsonParse(node.expression) && !isUnknown(node.type);
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return false;
  const isBare = node.type === undefined || !isUnknown(node.type);
  return isBare && isJsonParse(node.initializer);
}

function isJsonParse(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && node.expression.getText() === 'JSON.parse';
}

function isUnknown(type: ts.TypeNode): boolean {
  return type.kind === ts.SyntaxKind.UnknownKeyword;
}
