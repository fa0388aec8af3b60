import ts from 'typescript-6';
import {
  type Finding,
  findingAt,
  importsOf,
  isTest,
  type SourceTree,
  walk,
} from './source-tree.ts';

/** A test imports what it names, can fail, and is not left out. */
export function testFiles(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.codePaths.filter(isTest)) {
    const source = tree.ast(path);
    if (path.startsWith('src/') && !importsCode(source)) {
      const message = 'imports nothing from src/ that runs: it would pass without the code';
      findings.push({ path, line: 1, rule: 'test-imports', message });
    }
    walk(source, (node) => {
      if (!ts.isCallExpression(node)) return undefined;
      const called = node.expression.getText();
      if (/^(test|it|describe|suite)\.(skip|todo|only)$/.test(called)) {
        findings.push(findingAt(node, 'test-left-out', `${called} is not for the main branch`));
      }
      if (/^(test|it)$/.test(called) && hidesItsNumber(node.arguments[0])) {
        findings.push(findingAt(node, 'test-number', 'the number of a promise comes first'));
      }
      if (isOfLiterals(called, node.arguments)) {
        findings.push(findingAt(node, 'test-of-literals', 'it cannot fail: no code runs in it'));
      }
      return undefined;
    });
  }
  return findings;
}

/** `docs/traceability.md` finds a promise by the number that a name starts with. */
function hidesItsNumber(name: ts.Expression | undefined): boolean {
  return name !== undefined && /^.(?!\[[VACWOB]\d+\]).*\[[VACWOB]\d+\]/.test(name.getText());
}

function importsCode(source: ts.SourceFile): boolean {
  return importsOf(source).some(
    ({ specifier, isTypeOnly }) =>
      specifier.startsWith('.') && specifier.endsWith('.ts') && !isTypeOnly && !isTest(specifier),
  );
}

function isOfLiterals(called: string, given: readonly ts.Expression[]): boolean {
  if (!/^assert(\.\w+)?$/.test(called) || called === 'assert.fail') return false;
  return given.length > 0 && given.every((each) => isLiteral(each));
}

function isLiteral(node: ts.Expression): boolean {
  return (
    ts.isLiteralExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}
