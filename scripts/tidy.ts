/** `npm run tidy`: holds the tree against the laws of STYLE.md and ARCHITECTURE.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileNames } from './tidy/file-names.ts';
import { importLaw } from './tidy/import-law.ts';
import { moduleWork } from './tidy/module-work.ts';
import { simulator } from './tidy/simulator.ts';
import { type Exceptions, exceptionsPath, functionLength, lineWidth } from './tidy/size.ts';
import { type Finding, readTree, type SourceTree } from './tidy/source-tree.ts';
import { testFiles } from './tidy/test-files.ts';
import { unsafe } from './tidy/unsafe.ts';
import { workplacePaths } from './tidy/workplace.ts';
import { worldReads } from './tidy/world-reads.ts';

/** Every objection to the tree, in the order of its files. */
export function tidy(tree: SourceTree, exceptions: Exceptions): Finding[] {
  const rules = [
    importLaw,
    fileNames,
    worldReads,
    moduleWork,
    functionLength(exceptions),
    lineWidth,
    unsafe,
    testFiles,
    simulator,
    workplacePaths,
  ];
  return rules
    .flatMap((rule) => rule(tree))
    .sort((left, right) => left.path.localeCompare(right.path) || left.line - right.line);
}

function main(): void {
  const root = join(import.meta.dirname, '..');
  const exceptions: Exceptions = JSON.parse(readFileSync(join(root, exceptionsPath), 'utf8'));
  const tree = readTree(root);
  const findings = tidy(tree, exceptions);
  for (const { path, line, rule, message } of findings) {
    console.log(`${path}:${line} ${rule} ${message}`);
  }
  console.log(`tidy: ${tree.codePaths.length} files, ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

if (import.meta.main) main();
