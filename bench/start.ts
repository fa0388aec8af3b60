/** From the start of the process until it serves: from `dist/` and from the source of a clone. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/runtime/clock.ts';
import { type BenchOptions, percentile, Report, Times } from './bench.ts';
import { startGateway } from './gateway.process.ts';

const starts = 7;
const root = join(import.meta.dirname, '..');
/** Nobody listens there, and without calls nobody asks. */
const modelUrl = 'ws://127.0.0.1:9/v1/realtime';

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('start');
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'));
  try {
    const built = layOut(join(folder, 'built'), ['prompts']);
    build(join(built, 'dist'));
    const clone = layOut(join(folder, 'clone'), ['prompts', 'src']);
    const times = await Times.begin(report, systemClock());
    await times.judge([
      { name: 'ready from dist, median', value: await readyMs(built), unit: 'ms', most: 500 },
      { name: 'ready from source, median', value: await readyMs(clone), unit: 'ms', most: 1200 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return report.finish(options);
}

/** A package of its own, so that the launcher finds what it shall find; the repository stays. */
function layOut(folder: string, linked: readonly string[]): string {
  for (const name of ['bin', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of [...linked, 'node_modules']) symlinkSync(join(root, name), join(folder, name));
  return folder;
}

function build(dist: string): void {
  const script = join(root, 'scripts', 'build.ts');
  const built = spawnSync(process.execPath, [script, '--to', dist], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
}

/** The median of some starts, the first of which warms the disk. */
async function readyMs(folder: string): Promise<number> {
  const found: number[] = [];
  for (let start = 0; start <= starts; start += 1) {
    const launcher = join(folder, 'bin', 'offhook.js');
    const gateway = await startGateway({ modelUrl, format: 'slin', wire: 'auto', launcher });
    found.push(gateway.readyMs);
    await gateway.stop();
  }
  return percentile(found.slice(1), 50);
}
