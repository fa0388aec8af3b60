import ts from 'typescript-6';
import {
  type Finding,
  findingAt,
  isForTests,
  isStartedApart,
  type SourceTree,
  walk,
} from './source-tree.ts';

/** Packages whose functions only make values: calling them while a file is read does no work. */
const pureModules = new Set(['zod', 'node:path', 'node:url', 'node:util']);
const pureGlobals = new Set(
  `Array BigInt Boolean Buffer JSON Math Number Object RegExp String Symbol decodeURIComponent
   encodeURIComponent parseFloat parseInt structuredClone`.split(/\s+/),
);
/** Built-in classes that a constant may be made of. */
const valueClasses = new RegExp(
  '^(Map|Set|URL|RegExp|Array|DataView|Text(En|De)coder|(Shared)?ArrayBuffer|Intl\\..+|' +
    '(Big)?(Uint|Int|Float)\\d+(Clamped)?Array)$',
);
const collections = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array']);

/** No state outside `main.ts`'s hands: no `let`, no singleton, and no import that does work. */
export function moduleWork(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.codePaths) {
    if (!path.startsWith('src/') || isForTests(path) || isStartedApart(path)) continue;
    const source = tree.ast(path);
    const imported = importedNames(source);
    for (const statement of source.statements) findings.push(...judge(statement, imported));
  }
  return findings;
}

function judge(statement: ts.Statement, imported: ReadonlyMap<string, string>): Finding[] {
  if (ts.isVariableStatement(statement)) {
    const list = statement.declarationList;
    const isConst = (list.flags & ts.NodeFlags.Const) !== 0;
    const changing = isConst ? [] : [findingAt(statement, 'module-state', 'a module-level let')];
    return [...changing, ...list.declarations.flatMap((each) => judgeConstant(each, imported))];
  }
  if (ts.isClassDeclaration(statement)) {
    return statement.members.flatMap((member) => {
      if (ts.isClassStaticBlockDeclaration(member)) {
        return [findingAt(member, 'import-work', 'a static block runs on import')];
      }
      if (!ts.isPropertyDeclaration(member)) return [];
      const isStatic = member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
      return isStatic ? judgeConstant(member, imported) : [];
    });
  }
  const isDeclaration =
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isModuleDeclaration(statement);
  return isDeclaration ? [] : [findingAt(statement, 'import-work', 'a statement runs on import')];
}

function judgeConstant(
  declaration: ts.VariableDeclaration | ts.PropertyDeclaration,
  imported: ReadonlyMap<string, string>,
): Finding[] {
  const { initializer, type } = declaration;
  if (initializer === undefined) return [];
  const isReadonly = type !== undefined && /^readonly\b|^Readonly/.test(type.getText());
  if (isEmptyCollection(initializer) && !isReadonly) {
    return [findingAt(declaration, 'module-state', 'an empty collection that modules would share')];
  }
  const findings: Finding[] = [];
  walk(initializer, (node) => {
    if (ts.isFunctionLike(node) || ts.isClassExpression(node)) return false;
    const work = workOf(node, imported);
    if (work !== undefined) findings.push(findingAt(node, 'import-work', `${work} runs on import`));
    return undefined;
  });
  return findings;
}

function isEmptyCollection(node: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  if (!ts.isNewExpression(node)) return false;
  return collections.has(node.expression.getText()) && (node.arguments ?? []).length === 0;
}

function workOf(node: ts.Node, imported: ReadonlyMap<string, string>): string | undefined {
  if (ts.isAwaitExpression(node)) return 'await';
  if (ts.isNewExpression(node)) {
    const made = node.expression.getText();
    return valueClasses.test(made) ? undefined : `new ${made}`;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const root = rootOf(node.expression);
  if (!ts.isIdentifier(root)) return undefined;
  const called = node.expression.getText();
  const module = imported.get(root.text);
  if (module !== undefined) {
    return module.startsWith('.') || pureModules.has(module) ? undefined : called;
  }
  const isForeign = !isDeclaredIn(node.getSourceFile(), root.text);
  const isMaker = pureGlobals.has(root.text) || valueClasses.test(root.text);
  return isForeign && !isMaker ? called : undefined;
}

/** `z` of `z.object({…}).strict()`. */
function rootOf(node: ts.Expression): ts.Expression {
  let root = node;
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression;
  return root;
}

function importedNames(source: ts.SourceFile): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier))
      continue;
    const module = statement.moduleSpecifier.text;
    const clause = statement.importClause;
    if (clause?.name !== undefined) names.set(clause.name.text, module);
    const bindings = clause?.namedBindings;
    if (bindings === undefined) continue;
    if (ts.isNamespaceImport(bindings)) names.set(bindings.name.text, module);
    else for (const element of bindings.elements) names.set(element.name.text, module);
  }
  return names;
}

/** Whether the file itself declares `name` at its top: what it builds by it is its own business. */
function isDeclaredIn(source: ts.SourceFile, name: string): boolean {
  return source.statements.some((statement) => {
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      return statement.name?.text === name;
    }
    if (!ts.isVariableStatement(statement)) return false;
    return statement.declarationList.declarations.some((each) => each.name.getText() === name);
  });
}
