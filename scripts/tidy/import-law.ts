import { dirname, join } from 'node:path/posix';
import {
  type Finding,
  findingAt,
  type Import,
  importsOf,
  isForTests,
  isStartedApart,
  type SourceTree,
} from './source-tree.ts';

const interfaceFiles = new Set([
  'src/transports/transport.ts',
  'src/providers/provider.ts',
  'src/speech/detector.ts',
  'src/speech/grammar.ts',
  'src/speech/recognizer.ts',
  'src/speech/synthesizer.ts',
  'src/tools/tool.ts',
  'src/store/store.ts',
  'src/store/tables.ts',
  'src/personas/persona.ts',
  'src/observe/observe.ts',
]);

const interfaceLayer = 3;
const concreteLayer = 4;

const layers = new Map([
  ['runtime', 0],
  ['config', 1],
  ['audio', 2],
  ['session', concreteLayer],
  ['realtime-server', concreteLayer],
  ['transports', concreteLayer],
  ['providers', concreteLayer],
  ['speech', concreteLayer],
  ['tools', concreteLayer],
  ['personas', concreteLayer],
  ['asterisk', concreteLayer],
  ['store', concreteLayer],
  ['openai', concreteLayer],
  ['chat', concreteLayer],
  ['mcp', concreteLayer],
  ['observe', concreteLayer],
  ['api', 5],
  ['cli', 6],
  ['evals', 6],
  ['main.ts', 6],
  ['main', 6],
]);
const rootLayer = 6;

/** Doors between two concrete folders. */
const namedExceptions = [
  /** The Realtime wire is declared once; both of its ends read it. */
  { from: 'providers/openai-realtime', to: 'src/realtime-server/wire.ts' },
  /** The engine of our own is a brain of the Realtime server. */
  { from: 'speech', to: 'src/realtime-server/brain.ts' },
];

/** Sockets, files and processes live at the rim; these files are pure. */
const rimModules =
  /^(ws|pg|fastify|node:(net|tls|https?|dgram|fs|child_process|worker_threads)\b.*)$/;
const pureFile = /^src\/session\/|\/(wire|codec)(-[\w-]+)?\.ts$/;

/**
 * Who may import whom. Each file of `src/` has a layer and looks only at lower ones; a concrete
 * folder sees no other concrete folder. Tests and everything outside `src/` may import anything.
 */
export function importLaw(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  const edges = new Map<string, Import[]>();
  const dependencies = declaredDependencies(tree);
  for (const path of tree.codePaths.filter(
    (path) => path.startsWith('src/') && !isForTests(path),
  )) {
    const imports = importsOf(tree.ast(path));
    edges.set(path, imports);
    if (layerOf(path) === undefined) {
      findings.push(unknownFolder(path));
      continue;
    }
    for (const each of imports) {
      const objection = each.specifier.startsWith('.')
        ? objectionToFile(path, join(dirname(path), each.specifier), each.isTypeOnly)
        : objectionToPackage(path, each.specifier, dependencies);
      if (objection !== undefined) findings.push(findingAt(each.node, 'import-law', objection));
    }
  }
  return [...findings, ...cycles(edges)];
}

function unknownFolder(path: string): Finding {
  const message = `${unitOf(path)} is not in the layout of ARCHITECTURE.md`;
  return { path, line: 1, rule: 'import-law', message };
}

function layerOf(path: string): number | undefined {
  if (interfaceFiles.has(path)) return interfaceLayer;
  if (isStartedApart(path)) return rootLayer;
  return layers.get(path.split('/')[1] ?? '');
}

/** The folder that stands for one concrete thing: `session`, `transports/audiosocket`. */
function unitOf(path: string): string {
  const [, folder = '', below = ''] = path.split('/');
  const isFamily = folder === 'transports' || folder === 'providers';
  return isFamily && !below.endsWith('.ts') ? `${folder}/${below}` : folder;
}

function objectionToFile(from: string, to: string, isTypeOnly: boolean): string | undefined {
  if (!to.startsWith('src/')) {
    return to === 'package.json' ? undefined : `src/ imports nothing from outside: ${to}`;
  }
  if (isForTests(to)) return `${to} is for tests`;
  // Whoever starts a worker speaks with it in the worker's own words.
  if (isStartedApart(to) && isTypeOnly && unitOf(from) === unitOf(to)) return undefined;
  const fromLayer = layerOf(from) ?? rootLayer;
  const toLayer = layerOf(to) ?? rootLayer;
  if (fromLayer === interfaceLayer || toLayer === interfaceLayer) {
    return toLayer <= fromLayer ? undefined : `an interface file imports ${unitOf(to)}/`;
  }
  if (unitOf(from) === unitOf(to) && fromLayer >= toLayer) return undefined;
  if (fromLayer === concreteLayer && toLayer === concreteLayer) {
    const unit = unitOf(from);
    if (namedExceptions.some((door) => door.from === unit && door.to === to)) return undefined;
    return `${unitOf(from)} imports ${unitOf(to)}: what it needs is handed to it`;
  }
  const isDown = toLayer < fromLayer || (fromLayer === rootLayer && !isStartedApart(to));
  return isDown ? undefined : `${unitOf(from)} imports upwards: ${to}`;
}

function objectionToPackage(
  from: string,
  specifier: string,
  dependencies: ReadonlySet<string>,
): string | undefined {
  if (pureFile.test(from) && rimModules.test(specifier)) {
    return `${specifier} in a pure file: sockets and files live at the rim`;
  }
  if (specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  if (dependencies.has(name)) return undefined;
  return `${name} is not among the dependencies that are installed with offhook`;
}

function declaredDependencies(tree: SourceTree): ReadonlySet<string> {
  const text = tree.texts.get('package.json');
  if (text === undefined) return new Set();
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(text);
  const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies'];
  return new Set(kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {})));
}

/** Depth-first search; each way back to a file still on the path is reported once, as its loop. */
function cycles(edges: ReadonlyMap<string, readonly Import[]>): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  const onPath: string[] = [];
  const visit = (path: string): void => {
    onPath.push(path);
    for (const { specifier, node } of edges.get(path) ?? []) {
      if (!specifier.startsWith('.')) continue;
      const target = join(dirname(path), specifier);
      const start = onPath.indexOf(target);
      if (start >= 0) {
        const loop = [...onPath.slice(start), target].map((each) => each.slice('src/'.length));
        findings.push(findingAt(node, 'import-cycle', loop.join(' → ')));
      } else if (edges.has(target) && !done.has(target)) visit(target);
    }
    onPath.pop();
    done.add(path);
  };
  for (const path of edges.keys()) if (!done.has(path)) visit(path);
  return findings;
}
