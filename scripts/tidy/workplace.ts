import type { Finding, SourceTree } from './source-tree.ts';

/** Folders of one person's machine. Spelled in pieces, so that the law can stand here itself. */
const workplace = new RegExp(['(?<![\\w.~-])/', 'work/|\\.\\./', 'shared/'].join(''));

/** What is committed speaks of the repository and of public sources only. */
export function workplacePaths(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree.texts) {
    for (const [index, line] of text.split('\n').entries()) {
      if (!workplace.test(line)) continue;
      const message = 'a path that exists on one machine only';
      findings.push({ path, line: index + 1, rule: 'workplace', message });
    }
  }
  return findings;
}
