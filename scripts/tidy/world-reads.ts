import ts from 'typescript-6';
import {
  type Finding,
  findingAt,
  isStartedApart,
  isTest,
  type SourceTree,
  walk,
} from './source-tree.ts';

/** Members that read time or chance, and those that read or write the process's surroundings. */
const timeAndChance = new Map([
  ['Date', ['now']],
  ['Math', ['random']],
  ['performance', ['now', 'timeOrigin', 'mark', 'measure']],
  ['process', ['hrtime', 'uptime']],
  ['crypto', ['randomUUID', 'getRandomValues', 'randomBytes', 'randomInt']],
  ['AbortSignal', ['timeout']],
]);
const surroundings = new Map([['process', ['env']]]);
const timers = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const importedReads = new Map([
  ['node:timers', /./],
  ['node:timers/promises', /./],
  ['node:perf_hooks', /^performance$/],
  ['node:crypto', /^(randomUUID|randomBytes|randomInt|getRandomValues)$/],
  ['node:process', /^(env|hrtime)$/],
]);

interface Reach {
  readonly time: boolean;
  readonly surroundings: boolean;
}

/** What a file may not touch by itself. Tests wait for nothing; the rest is handed a clock. */
function forbiddenIn(path: string): Reach {
  const isAsked = path.startsWith('src/') || (path.startsWith('sim/') && path !== 'sim/run.ts');
  const isRoot = /^src\/(main\.ts|runtime\/|cli\/)/.test(path) || isStartedApart(path);
  return { time: isTest(path) || (isAsked && !isRoot), surroundings: isAsked && !isRoot };
}

/** Nothing reads the world by itself: no clock, timer, chance, environment or console. */
export function worldReads(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.codePaths) {
    const forbidden = forbiddenIn(path);
    if (!forbidden.time && !forbidden.surroundings) continue;
    walk(tree.ast(path), (node) => {
      const read =
        (forbidden.time ? timeRead(node) : undefined) ??
        (forbidden.surroundings ? surroundingsRead(node) : undefined);
      if (read !== undefined) {
        findings.push(findingAt(node, 'world-read', `${read}: take it from what you are handed`));
      }
      return undefined;
    });
  }
  return findings;
}

function timeRead(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && timers.has(node.text) && isValue(node)) return node.text;
  if (isDateOfNow(node)) return 'the date of now';
  if (ts.isImportSpecifier(node)) return importedRead(node);
  return memberRead(node, timeAndChance);
}

function surroundingsRead(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && node.text === 'console' && isValue(node)) return 'console';
  return memberRead(node, surroundings);
}

function memberRead(node: ts.Node, members: ReadonlyMap<string, string[]>): string | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const owner = node.expression;
  if (ts.isIdentifier(owner)) {
    if (owner.text === 'globalThis' && timers.has(node.name.text)) return node.name.text;
    const isListed = members.get(owner.text)?.includes(node.name.text);
    return isListed ? `${owner.text}.${node.name.text}` : undefined;
  }
  // globalThis.performance.now and the like
  if (!ts.isPropertyAccessExpression(owner) || owner.expression.getText() !== 'globalThis') {
    return undefined;
  }
  const isListed = members.get(owner.name.text)?.includes(node.name.text);
  return isListed ? `${owner.name.text}.${node.name.text}` : undefined;
}

function isDateOfNow(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return false;
  if (!ts.isIdentifier(node.expression) || node.expression.text !== 'Date') return false;
  return ts.isCallExpression(node) || (node.arguments ?? []).length === 0;
}

function importedRead(node: ts.ImportSpecifier): string | undefined {
  const declaration = node.parent.parent.parent;
  if (!ts.isImportDeclaration(declaration)) return undefined;
  if (!ts.isStringLiteral(declaration.moduleSpecifier)) return undefined;
  const name = (node.propertyName ?? node.name).text;
  const module = declaration.moduleSpecifier.text;
  return importedReads.get(module)?.test(name) ? `${name} of ${module}` : undefined;
}

/** Whether an identifier stands for a value here, not for the name of a member or declaration. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isTypeQueryNode(parent)) return false;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  return (parent as ts.NamedDeclaration).name !== node;
}
