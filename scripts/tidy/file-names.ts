import { basename, dirname } from 'node:path/posix';
import { type Finding, isTest, type SourceTree } from './source-tree.ts';

const banned = new Set(
  'util utils helper helpers common misc manager managers service services base types'.split(' '),
);
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const withoutReadmeMax = 5;

/** Files bear the name of the one thing they give; crowded folders explain themselves. */
export function fileNames(tree: SourceTree): Finding[] {
  const crowds = new Map<string, number>();
  const findings: Finding[] = [];
  const complain = (path: string, rule: string, message: string): void => {
    findings.push({ path, line: 1, rule, message });
  };
  for (const path of tree.codePaths) {
    const folder = dirname(path);
    if (!isTest(path)) crowds.set(folder, (crowds.get(folder) ?? 0) + 1);
    const parts = path.replace(/\.ts$/, '').split('/');
    const names = parts.flatMap((part) => part.split('.'));
    const odd = names.find((name) => !kebab.test(name));
    if (odd !== undefined) complain(path, 'kebab-case', `${odd} is not in kebab-case`);
    const vague = names.flatMap((name) => name.split('-')).find((word) => banned.has(word));
    if (vague !== undefined) {
      complain(path, 'banned-name', `"${vague}" says nothing: name it for the one thing it gives`);
    }
  }
  for (const [folder, count] of crowds) {
    if (count <= withoutReadmeMax || tree.texts.has(`${folder}/README.md`)) continue;
    complain(folder, 'folder-readme', `${count} files and no README.md in ${basename(folder)}/`);
  }
  return findings;
}
