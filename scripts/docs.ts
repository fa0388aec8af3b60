/**
 * `npm run docs`: writes every document that is generated from the code. With `--check` it writes
 * nothing and fails when one of them is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderConfigurationDocument } from '../src/config/render-configuration-document.ts';
import { renderMetricsDocument } from '../src/observe/render-metrics-document.ts';
import { renderDataModel } from './data-model.ts';
import { renderErrors } from './errors-reference.ts';
import { readTree, type SourceTree } from './tidy/source-tree.ts';
import { renderTraceability } from './traceability.ts';

interface GeneratedDocument {
  readonly path: string;
  readonly render: (tree: SourceTree) => string | Promise<string>;
}

export const generatedDocuments: readonly GeneratedDocument[] = [
  { path: 'docs/DATA_MODEL.md', render: renderDataModel },
  { path: 'docs/configuration.md', render: renderConfigurationDocument },
  { path: 'docs/errors.md', render: renderErrors },
  { path: 'docs/metrics.md', render: renderMetricsDocument },
  { path: 'docs/traceability.md', render: renderTraceability },
];

async function main(isCheck: boolean): Promise<void> {
  const root = join(import.meta.dirname, '..');
  const tree = readTree(root);
  for (const { path, render } of generatedDocuments) {
    const file = join(root, path);
    const wanted = await render(tree);
    if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue;
    if (isCheck) process.exitCode = 1;
    else writeFileSync(file, wanted);
    console.log(isCheck ? `${path} is out of date: run npm run docs` : `wrote ${path}`);
  }
}

if (import.meta.main) await main(process.argv.includes('--check'));
